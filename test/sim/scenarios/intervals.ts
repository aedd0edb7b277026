/** Instances of one pair that advertise each at its own interval. */
import assert from "node:assert/strict";
import { Cluster } from "../cluster.ts";
import type { SimOptions } from "../config.ts";
import { between, type Scenario, SEEDS, SLACK } from "./measure.ts";

const SHORT = 100;
const LONG = 1000;
const SKEW_100 = (256 - 100) / 256;

/** lb1 serves both, lb2 follows. */
function pair(seed: number, options: Partial<SimOptions> = {}): Cluster {
  const cluster = new Cluster(seed, {
    priorities: [150, 100],
    vrrp: 3,
    instances: 2,
    intervals: [SHORT, LONG],
    preempt: { kind: "immediate" },
    ...options,
  });
  for (const node of cluster.nodes) {
    cluster.clock.in(cluster.random.between(0, LONG), () => node.start());
  }
  cluster.run(10 * LONG);
  assert.deepEqual([cluster.masters("i0"), cluster.masters("i1")], [["lb1"], ["lb1"]]);
  return cluster;
}

/** The master of all dies. */
function assertSilences(cluster: Cluster, waits: Readonly<Record<string, number>>): void {
  const at = cluster.now;
  cluster.node("lb1").powerOff();
  cluster.run(12 * LONG);
  for (const [name, wait] of Object.entries(waits)) {
    const took = cluster.transitions.find(
      (one) => one.at >= at && one.instance === name && one.to === "master",
    );
    const last = cluster.adverts.findLast((one) => one.from === "lb1" && one.instance === name);
    between((took?.at ?? 0) - (last?.at ?? 0), wait, wait + SLACK, name);
  }
}

export const intervals: Readonly<Record<string, Scenario>> = {
  "own interval: each instance speaks as often as it says": () => {
    for (const seed of SEEDS) {
      const cluster = pair(seed);
      const at = cluster.now;
      cluster.run(10 * LONG);
      const said = (name: string): number =>
        cluster.adverts.filter((one) => one.instance === name && one.at >= at).length;
      between(said("i0"), 99, 101, "the short one");
      between(said("i1"), 9, 11, "the long one");
    }
  },

  "own interval: a death is found by each instance's own silence": () => {
    for (const seed of SEEDS) {
      const cluster = pair(seed);
      assertSilences(cluster, { i0: (3 + SKEW_100) * SHORT, i1: (3 + SKEW_100) * LONG });
    }
  },

  "own interval: in version 2, which learns none, too": () => {
    const cluster = pair(1, { vrrp: 2, intervals: [LONG, 3 * LONG] });
    assertSilences(cluster, { i0: (3 + SKEW_100) * LONG, i1: (9 + SKEW_100) * LONG });
  },

  "own interval: a pause is one for the instance that missed a word of its own": () => {
    const cluster = pair(1);
    const at = cluster.now;
    cluster.node("lb1").pause();
    cluster.run(9 * SHORT);
    cluster.node("lb1").thaw();
    cluster.run(2 * LONG);
    const left = cluster.transitions.filter(
      (one) => one.at >= at && one.to === "leaving" && one.node === "lb1",
    );
    assert.deepEqual(
      left.map(({ instance }) => instance),
      ["i0"],
    );
    cluster.run(8 * LONG);
    assert.deepEqual([cluster.masters("i0"), cluster.masters("i1")], [["lb1"], ["lb1"]]);
  },
};

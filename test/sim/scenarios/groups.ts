/** Groups: instances that are master together or not at all. */
import assert from "node:assert/strict";
import { minutes } from "../../../src/base/units.ts";
import { Cluster } from "../cluster.ts";
import { INTERVAL, type SimOptions } from "../config.ts";
import { assertQuiet, type Scenario, SEEDS, SLACK } from "./measure.ts";

const MINUTE = minutes(1);
const TWO = { priorities: [150, 100], vrrp: 3, instances: 2, grouped: true } as const;
const BOTH = ["i0", "i1"] as const;

function pair(options: Partial<SimOptions> = {}, seed = 1): Cluster {
  const cluster = new Cluster(seed, { ...TWO, preempt: { kind: "immediate" }, ...options });
  for (const node of cluster.nodes) {
    cluster.clock.in(cluster.random.between(0, INTERVAL), () => node.start());
  }
  cluster.run(20 * INTERVAL);
  assertTogether(cluster, "lb1");
  return cluster;
}

function assertTogether(cluster: Cluster, name: string): void {
  for (const instance of BOTH) {
    assert.deepEqual(cluster.masters(instance), [name], instance);
    assert.deepEqual(cluster.owners(instance), [name], instance);
  }
}

export const groups: Readonly<Record<string, Scenario>> = {
  "group: a death moves all of it": () => {
    for (const seed of SEEDS) {
      const cluster = pair({}, seed);
      cluster.node("lb1").powerOff();
      cluster.run(6 * INTERVAL);
      assertTogether(cluster, "lb2");
    }
  },

  "group: one member at fault takes the others along, and back": () => {
    for (const seed of SEEDS) {
      const cluster = pair({}, seed);
      const fault = { instance: "i1", fault: "linkDown" } as const;
      cluster.node("lb1").deliver({ kind: "faulted", ...fault });
      cluster.run(3 * INTERVAL);
      assertTogether(cluster, "lb2");
      cluster.node("lb1").deliver({ kind: "repaired", ...fault });
      cluster.run(8 * INTERVAL);
      assertTogether(cluster, "lb1");
    }
  },

  "group: one member that has to yield takes the others along": () => {
    const cluster = pair({ preempt: { kind: "never" } });
    const at = cluster.now;
    cluster.node("lb1").deliver(cluster.advertTo("lb1", "lb2", "i1", 200));
    cluster.run(SLACK);
    const left = cluster.transitions.filter((one) => one.at >= at && one.to === "leaving");
    assert.deepEqual(
      left.map(({ instance, cause }) => `${instance} ${cause}`),
      ["i1 rival", "i0 group"],
    );
    cluster.run(8 * INTERVAL);
    assert.deepEqual(cluster.masters("i0"), cluster.masters("i1"));
  },

  "group: priorities that cross do not part it": () => {
    const cluster = new Cluster(1, { ...TWO, crossed: true, preempt: { kind: "immediate" } });
    cluster.startAll();
    cluster.run(20 * INTERVAL);
    const [master = ""] = cluster.masters("i0");
    assertTogether(cluster, master);
    const at = cluster.now;
    cluster.run(10 * MINUTE);
    assertQuiet(cluster, at, "it flaps");
  },

  "group: a command for one member is one for all": () => {
    const cluster = pair();
    cluster.node("lb1").failover();
    cluster.run(4 * INTERVAL);
    assertTogether(cluster, "lb2");
  },

  "group: the better one takes all of it back": () => {
    const cluster = pair();
    cluster.node("lb1").powerOff();
    cluster.run(8 * INTERVAL);
    cluster.node("lb1").start();
    cluster.run(8 * INTERVAL);
    assertTogether(cluster, "lb1");
  },
};

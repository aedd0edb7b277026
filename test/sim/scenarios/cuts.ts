/** Networks that fall apart and heal. */
import assert from "node:assert/strict";
import { Cluster } from "../cluster.ts";
import { INTERVAL, nameOf } from "../config.ts";
import {
  assertOneOwner,
  assertQuiet,
  gap,
  overlap,
  type Scenario,
  SEEDS,
  SILENCE,
  SLACK,
  settle,
  settledPair,
  since,
  told,
} from "./measure.ts";

/** PROTOCOL.md §7: two masters that can hear each other share a VIP for so long at most. */
const SHARE_LIMIT = INTERVAL + 50;
const MINUTE = 60_000;

/** Splits a settled cluster into two groups that both serve, then heals it. */
function heal(priorities: readonly number[], seed: number, sync = false): Cluster {
  const cluster = settle({ priorities, sync }, seed);
  cluster.partition(["lb1"]);
  cluster.run(10 * INTERVAL + cluster.random.between(0, INTERVAL));
  assert.equal(cluster.masters().length, 2, "both sides serve while they are apart");
  const at = cluster.now;
  cluster.heal();
  cluster.run(20 * INTERVAL);
  assertOneOwner(cluster);
  assert.equal(cluster.takeovers(at).length, 0, "a heal needs no takeover");
  assert.ok(overlap(cluster, at) <= SHARE_LIMIT, `shared for ${overlap(cluster, at)} ms`);
  assert.equal(gap(cluster, at), 0, "the VIP was gone for a while");
  return cluster;
}

/** Ends of a chain do not hear each other; the middle hears both. */
function chain(cluster: Cluster, middle: string): void {
  const [one = "", other = ""] = cluster.nodes.map(({ name }) => name).filter((n) => n !== middle);
  cluster.cut(one, other);
  cluster.cut(other, one);
}

const ORDERS: readonly (readonly number[])[] = [
  [200, 150, 100],
  [200, 100, 150],
  [150, 200, 100],
  [100, 100, 100],
];

export const cuts: Readonly<Record<string, Scenario>> = {
  "healed: the better one stays, and two share the VIP for an interval at most": () => {
    for (const seed of SEEDS) {
      assertOneOwner(heal([150, 100], seed), "lb1");
      assertOneOwner(heal([100, 150], seed), "lb2");
      assertOneOwner(heal([100, 150, 120], seed), "lb2");
    }
  },

  "healed: equal priorities end with one master": () => {
    for (const seed of SEEDS) {
      assertOneOwner(heal([100, 100], seed), "lb2");
      assertOneOwner(heal([100, 100, 100], seed));
    }
  },

  "healed: the winner announces when the loser's VIP is gone": () => {
    for (const seed of SEEDS) {
      const cluster = heal([150, 100], seed);
      const goneAt = cluster.holdings.at(-1)?.at ?? 0;
      const announced = cluster.node("lb1").announced.filter(({ at }) => at >= goneAt);
      assert.ok(
        announced.some(({ at }) => at <= goneAt + SLACK),
        "the winner kept silent",
      );
    }
  },

  "healed: who knows the connections stays, though it is worse": () => {
    const cluster = new Cluster(1, { priorities: [200, 100], sync: true });
    cluster.node("lb2").start();
    cluster.run(2000);
    cluster.node("lb1").start();
    cluster.run(10_000);
    cluster.node("lb1").crash();
    cluster.resync = false;
    cluster.run(10_000);
    cluster.node("lb1").start();
    cluster.run(2000);
    cluster.partition(["lb1"]);
    cluster.run(10 * INTERVAL);
    assert.equal(cluster.masters().length, 2);
    cluster.heal();
    cluster.run(10 * INTERVAL);
    assertOneOwner(cluster, "lb2");
  },

  "a cut from the master: one owner within a few intervals, and then quiet": () => {
    for (const seed of SEEDS) {
      const { cluster } = settledPair({}, seed);
      const at = cluster.now;
      cluster.cut("lb1", "lb2");
      cluster.run(10 * INTERVAL);
      assertOneOwner(cluster);
      assert.equal(cluster.takeovers(at).length, 1);
      const later = cluster.now;
      cluster.run(MINUTE);
      assertQuiet(cluster, later, "flaps while the cut lasts");
      cluster.heal();
      cluster.run(20 * INTERVAL);
      assertQuiet(cluster, later, "flaps when it heals");
    }
  },

  "a cut from the backup changes nothing": () => {
    const { cluster } = settledPair();
    const at = cluster.now;
    cluster.cut("lb2", "lb1");
    cluster.run(MINUTE);
    cluster.heal();
    cluster.run(20 * INTERVAL);
    assertQuiet(cluster, at, "the backup still hears its master");
  },

  "a cut from the master, preemption on: no flapping": () => {
    for (const [from, to] of [
      ["lb1", "lb2"],
      ["lb2", "lb1"],
    ] as const) {
      const { cluster } = settledPair({ preempt: { kind: "immediate" } });
      cluster.cut(from, to);
      cluster.run(20 * INTERVAL);
      assertOneOwner(cluster);
      const at = cluster.now;
      cluster.run(MINUTE);
      assertQuiet(cluster, at, "flaps while the cut lasts");
    }
  },

  "who is deaf to the master believes a third director": () => {
    for (const seed of SEEDS) {
      const cluster = settle({ priorities: [200, 150, 100] }, seed);
      const at = cluster.now;
      cluster.cut("lb1", "lb2");
      cluster.run(MINUTE);
      assertQuiet(cluster, at, "deafness is not death");
      cluster.node("lb1").powerOff();
      cluster.run(8 * INTERVAL);
      assertOneOwner(cluster, "lb2");
    }
  },

  "who starts deaf to the master believes another who hears it": () => {
    for (const seed of SEEDS) {
      const cluster = new Cluster(seed, { priorities: [100, 150, 200] });
      chain(cluster, "lb2");
      cluster.node("lb1").start();
      cluster.run(6 * INTERVAL);
      cluster.node("lb2").start();
      cluster.run(6 * INTERVAL);
      cluster.node("lb3").start();
      cluster.run(MINUTE);
      assert.deepEqual(told(cluster.takeovers()), ["lb1 master noMaster"]);
      cluster.node("lb1").powerOff();
      cluster.run(8 * INTERVAL);
      assertOneOwner(cluster, "lb3");
    }
  },

  "a chain that forms while one serves: quiet": () => {
    for (const priorities of ORDERS) {
      for (const middle of ["lb1", "lb2", "lb3"]) {
        const cluster = settle({ priorities });
        const at = cluster.now;
        chain(cluster, middle);
        cluster.run(MINUTE);
        assertQuiet(cluster, at, `priorities ${priorities.join(" ")}, ${middle} in the middle`);
      }
    }
  },

  "a chain that starts as one: one master": () => {
    for (const priorities of ORDERS) {
      for (const middle of ["lb1", "lb2", "lb3"]) {
        const cluster = new Cluster(1, { priorities });
        chain(cluster, middle);
        cluster.startAll();
        cluster.run(20 * INTERVAL);
        assertOneOwner(cluster);
        const at = cluster.now;
        cluster.run(MINUTE);
        assertQuiet(cluster, at, `priorities ${priorities.join(" ")}, ${middle} in the middle`);
      }
    }
  },

  "everybody alone: everybody serves, and healing leaves one": () => {
    for (const seed of SEEDS) {
      const cluster = settle({ priorities: [200, 150, 150, 100] }, seed);
      for (let index = 0; index < 4; index++) cluster.partition([nameOf(index)]);
      cluster.run(8 * INTERVAL);
      assert.equal(cluster.masters().length, 4);
      const at = cluster.now;
      cluster.heal();
      cluster.run(10 * INTERVAL);
      assertOneOwner(cluster, "lb1");
      assert.ok(overlap(cluster, at) <= SHARE_LIMIT, `shared for ${overlap(cluster, at)} ms`);
    }
  },

  "a flapping network never leaves nobody for longer than a takeover lasts": () => {
    for (const seed of SEEDS) {
      const { cluster } = settledPair({}, seed);
      const at = cluster.now;
      for (let i = 0; i < 40; i++) {
        if (i % 2 === 0) cluster.partition(["lb1"]);
        else cluster.heal();
        cluster.run(cluster.random.between(0, 6 * INTERVAL));
      }
      cluster.heal();
      cluster.run(10 * INTERVAL);
      assertOneOwner(cluster);
      assert.ok(gap(cluster, at) <= SILENCE, `nobody for ${gap(cluster, at)} ms`);
    }
  },

  "losses that both paths share rarely do not move the VIP": () => {
    for (const seed of SEEDS) {
      const { cluster } = settledPair({ paths: 2 }, seed);
      const at = cluster.now;
      cluster.network.loss = 0.03;
      cluster.run(MINUTE);
      assert.deepEqual(told(since(cluster, at)), []);
    }
  },
};

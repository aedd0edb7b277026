/** When a better director takes the VIP from a living master. */
import assert from "node:assert/strict";
import { minutes, ms } from "../../../src/base/units.ts";
import type { Preempt } from "../../../src/config/types.ts";
import { Cluster } from "../cluster.ts";
import { INTERVAL } from "../config.ts";
import {
  assertOneOwner,
  assertQuiet,
  between,
  gap,
  overlap,
  type Scenario,
  SEEDS,
  SILENCE,
  SLACK,
  told,
} from "./measure.ts";

const MINUTE = minutes(1);

/** The worse ones serve; lb1 comes `later`. */
function betterComes(
  preempt: Preempt,
  options: {
    readonly seed?: number;
    readonly sync?: boolean;
    readonly resync?: boolean;
    readonly count?: number;
  } = {},
): { readonly cluster: Cluster; readonly at: number } {
  const { seed = 1, sync = false, resync = true, count = 2 } = options;
  const priorities = [200, ...Array.from({ length: count - 1 }, (_, index) => 150 - index)];
  const cluster = new Cluster(seed, { priorities, preempt, sync, resync });
  for (const node of cluster.nodes.slice(1)) node.start();
  cluster.run(20 * INTERVAL);
  assertOneOwner(cluster, "lb2");
  const at = cluster.now;
  cluster.node("lb1").start();
  return { cluster, at };
}

export const preemption: Readonly<Record<string, Scenario>> = {
  "never: the better one follows": () => {
    const { cluster, at } = betterComes({ kind: "never" });
    cluster.run(10 * MINUTE);
    assert.deepEqual(told(cluster.takeovers(at)), []);
  },

  "immediate: as soon as the two hear each other, without a gap": () => {
    for (const seed of SEEDS) {
      for (const count of [2, 3]) {
        const { cluster, at } = betterComes({ kind: "immediate" }, { seed, count });
        cluster.run(2 * INTERVAL);
        assert.deepEqual(told(cluster.takeovers(at)), ["lb1 master preempt"]);
        assertOneOwner(cluster, "lb1");
        assert.equal(gap(cluster, at), 0);
        assert.ok(overlap(cluster, at) <= 15, `both for ${overlap(cluster, at)} ms`);
        const later = cluster.now;
        cluster.run(MINUTE);
        assertQuiet(cluster, later, "it flaps");
      }
    }
  },

  "after a minute of following, once": () => {
    for (const seed of SEEDS) {
      const { cluster, at } = betterComes({ kind: "after", delay: MINUTE }, { seed });
      cluster.run(2 * MINUTE);
      const takeovers = cluster.takeovers(at);
      assert.deepEqual(told(takeovers), ["lb1 master preempt"]);
      between((takeovers[0]?.at ?? 0) - at, MINUTE, MINUTE + 10, "preemption");
    }
  },

  "after a minute: but at once when the master dies before": () => {
    const { cluster } = betterComes({ kind: "after", delay: MINUTE });
    cluster.run(10 * INTERVAL);
    const at = cluster.now;
    cluster.node("lb2").powerOff();
    cluster.run(SILENCE + SLACK);
    assert.deepEqual(told(cluster.takeovers(at)), ["lb1 master masterSilent"]);
  },

  "not before the connections are known": () => {
    const { cluster, at } = betterComes({ kind: "immediate" }, { sync: true, resync: false });
    cluster.run(20_000);
    assert.deepEqual(told(cluster.takeovers(at)), []);
    cluster.resync = true;
    cluster.run(3000);
    assert.deepEqual(told(cluster.takeovers(at)), ["lb1 master preempt"]);
  },

  "connections that never come across delay it by half a minute": () => {
    const { cluster, at } = betterComes({ kind: "immediate" }, { sync: true, resync: false });
    cluster.run(29_000);
    assert.deepEqual(told(cluster.takeovers(at)), []);
    cluster.run(3000);
    assert.deepEqual(told(cluster.takeovers(at)), ["lb1 master preempt"]);
  },

  "two better ones at once: only the best moves": () => {
    for (const seed of SEEDS) {
      for (const sync of [false, true]) {
        const preempt: Preempt = { kind: "after", delay: ms(4 * INTERVAL) };
        const cluster = new Cluster(seed, { priorities: [200, 150, 100], preempt, sync });
        cluster.node("lb3").start();
        cluster.run(20 * INTERVAL);
        const at = cluster.now;
        cluster.node("lb1").start();
        cluster.node("lb2").start();
        cluster.run(MINUTE);
        assert.deepEqual(told(cluster.takeovers(at)), ["lb1 master preempt"]);
      }
    }
  },

  "equal priorities never preempt": () => {
    const preempt: Preempt = { kind: "immediate" };
    const cluster = new Cluster(1, { priorities: [100, 100], preempt });
    cluster.node("lb1").start();
    cluster.run(20 * INTERVAL);
    cluster.node("lb2").start();
    cluster.run(MINUTE);
    assert.deepEqual(told(cluster.takeovers()), ["lb1 master noMaster"]);
  },

  "a master that is deaf is not preempted": () => {
    const cluster = new Cluster(1, { priorities: [200, 100], preempt: { kind: "immediate" } });
    cluster.node("lb2").start();
    cluster.run(20 * INTERVAL);
    cluster.node("lb1").start();
    cluster.node("lb1").deliver({ kind: "faulted", instance: "i0", fault: "addressLost" });
    cluster.run(20 * INTERVAL);
    cluster.cut("lb1", "lb2");
    cluster.run(8 * INTERVAL);
    const at = cluster.now;
    cluster.node("lb1").deliver({ kind: "repaired", instance: "i0", fault: "addressLost" });
    cluster.run(MINUTE);
    assert.deepEqual(told(cluster.takeovers(at)), []);
  },
};

/** Daemons that die, links that fail, and what the kernel keeps. */
import assert from "node:assert/strict";
import { INTERVAL } from "../config.ts";
import {
  assertOneOwner,
  assertQuiet,
  between,
  gap,
  overlap,
  type Pair,
  type Scenario,
  SEEDS,
  SILENCE,
  SKEW,
  SLACK,
  settle,
  settledPair,
  since,
  told,
} from "./measure.ts";

/** kill -9 at any phase of the interval, and a restart `after` it. */
function crashAndReturn(
  seed: number,
  after: number,
  wiped = false,
): Pair & { readonly at: number } {
  const pair = settledPair({}, seed);
  const { cluster, master } = pair;
  cluster.run(cluster.random.between(0, INTERVAL));
  const at = cluster.now;
  master.crash();
  cluster.run(after);
  if (wiped) master.counter = 0;
  master.start();
  cluster.run(20 * INTERVAL);
  return { ...pair, at };
}

export const crashes: Readonly<Record<string, Scenario>> = {
  "a crash with a restart in time: adopted, nobody else moves": () => {
    for (const seed of SEEDS) {
      for (const after of [1, 0.4 * INTERVAL, 0.95 * INTERVAL]) {
        for (const wiped of [false, true]) {
          const { cluster, at } = crashAndReturn(seed, after, wiped);
          assert.deepEqual(told(since(cluster, at)), ["lb1 master adopted"]);
          assert.equal(gap(cluster, at), 0);
          assert.equal(overlap(cluster, at), 0);
        }
      }
    }
  },

  "a crash with a restart too late: the peer took over and stays": () => {
    for (const seed of SEEDS) {
      const { cluster, at } = crashAndReturn(seed, 6 * INTERVAL);
      assert.deepEqual(told(since(cluster, at)), ["lb2 master masterSilent", "lb1 backup started"]);
      assertOneOwner(cluster, "lb2");
    }
  },

  "a restart just beyond adoption: backup, and one master in the end": () => {
    for (const seed of SEEDS) {
      const { cluster, at } = crashAndReturn(seed, 2.2 * INTERVAL);
      assert.equal(cluster.takeovers(at).length, 1, told(since(cluster, at)).join(", "));
      assertOneOwner(cluster);
    }
  },

  "a restart that was not adopted lets the peer take over after one skew": () => {
    for (const seed of SEEDS) {
      const { cluster, master } = settledPair({}, seed);
      master.powerOff();
      const at = cluster.now;
      master.start();
      cluster.run(10 * INTERVAL);
      assert.deepEqual(told(cluster.takeovers(at)), ["lb2 master goodbye"]);
      between((cluster.takeovers(at)[0]?.at ?? 0) - at, SKEW, SKEW + SLACK, "takeover");
    }
  },

  "a link that fails: its director says so on the other path": () => {
    for (const seed of SEEDS) {
      const { cluster, master } = settledPair({ paths: 2 }, seed);
      const at = cluster.now;
      master.unplug();
      cluster.run(SLACK);
      assert.deepEqual(cluster.masters(), ["lb2"], "one skew at most after the fault");
      cluster.run(SILENCE);
      master.plug();
      cluster.run(20 * INTERVAL);
      assertOneOwner(cluster, "lb2");
      assert.deepEqual(told(since(cluster, at)), [
        "lb1 fault faults",
        "lb2 master goodbye",
        "lb1 backup repaired",
      ]);
    }
  },

  "a link that fails: silence tells where there is no other path": () => {
    for (const seed of SEEDS) {
      const { cluster, master } = settledPair({}, seed);
      const at = cluster.now;
      master.unplug();
      cluster.run(SILENCE + SLACK);
      const [takeover] = cluster.takeovers(at);
      between((takeover?.at ?? 0) - at, SILENCE - INTERVAL, SILENCE + 2, "takeover");
      master.plug();
      cluster.run(20 * INTERVAL);
      assertOneOwner(cluster, "lb2");
    }
  },

  "a backup's link that fails disturbs nobody": () => {
    for (const paths of [1, 2]) {
      const { cluster, backup } = settledPair({ paths });
      const at = cluster.now;
      backup.unplug();
      cluster.run(10 * INTERVAL);
      backup.plug();
      cluster.run(20 * INTERVAL);
      assert.deepEqual(told(since(cluster, at)), ["lb2 fault faults", "lb2 backup repaired"]);
    }
  },

  "a director at fault is no candidate: it costs no skew": () => {
    for (const seed of SEEDS) {
      const cluster = settle({ priorities: [200, 150, 100], paths: 2 }, seed);
      cluster.node("lb2").unplug();
      cluster.run(4 * INTERVAL);
      const at = cluster.now;
      cluster.node("lb1").powerOff();
      cluster.run(6 * INTERVAL);
      const [takeover] = cluster.takeovers(at);
      assert.equal(takeover?.node, "lb3");
      assert.ok((takeover?.at ?? 0) - at < SILENCE + SKEW, "waited for a director at fault");
    }
  },

  "a lone master whose link returns serves again": () => {
    const { cluster, master, backup } = settledPair();
    backup.powerOff();
    master.unplug();
    cluster.run(10 * INTERVAL);
    assert.deepEqual(cluster.owners(), []);
    master.plug();
    cluster.run(SILENCE + SLACK);
    assertOneOwner(cluster, "lb1");
  },

  "both die and return: one master": () => {
    for (const seed of SEEDS) {
      const { cluster, master, backup } = settledPair({}, seed);
      master.powerOff();
      backup.powerOff();
      cluster.run(INTERVAL);
      const at = cluster.now;
      backup.start();
      cluster.run(cluster.random.between(0, 6 * INTERVAL));
      master.start();
      cluster.run(20 * INTERVAL);
      assert.equal(cluster.takeovers(at).length, 1);
      assertOneOwner(cluster);
      const later = cluster.now;
      cluster.run(20 * INTERVAL);
      assertQuiet(cluster, later, "settled");
    }
  },
};

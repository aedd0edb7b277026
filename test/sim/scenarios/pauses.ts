/** Processes that freeze and machines that are stunned. */
import assert from "node:assert/strict";
import { seconds } from "../../../src/base/units.ts";
import { INTERVAL } from "../config.ts";
import {
  assertOneOwner,
  assertQuiet,
  between,
  type Scenario,
  SEEDS,
  settle,
  settledPair,
  since,
  told,
  watchClaims,
} from "./measure.ts";

/** The master sleeps for `duration`, and its peer takes over if that is long enough. */
function sleepOfMaster(options: {
  readonly seed: number;
  readonly duration: number;
  readonly stunned: boolean;
  readonly priorities: readonly number[];
}): void {
  const cluster = settle({ priorities: options.priorities }, options.seed);
  const master = cluster.node(cluster.masters()[0] ?? "");
  cluster.run(cluster.random.between(0, INTERVAL));
  const at = cluster.now;
  master.pause();
  cluster.run(options.duration);
  const takeovers = cluster.takeovers(at).length;
  const claims = watchClaims(cluster, master.name);
  if (options.stunned) master.thawStunned();
  else master.thaw();
  cluster.run(20 * INTERVAL);
  assert.equal(cluster.takeovers(at).length, takeovers, told(since(cluster, at)).join(", "));
  assertOneOwner(cluster);
  if (takeovers > 0) {
    assert.notEqual(cluster.masters()[0], master.name);
    assert.equal(claims.length, 0, "it claimed before it listened");
  }
}

export const pauses: Readonly<Record<string, Scenario>> = {
  "a paused master wakes up, listens, and lets go": () => {
    for (const seed of SEEDS) {
      for (const duration of [4, 5.5, 8, 30, 300].map((count) => count * INTERVAL)) {
        for (const stunned of [false, true]) {
          const common = { seed, duration, stunned };
          sleepOfMaster({ ...common, priorities: [150, 100] });
          sleepOfMaster({ ...common, priorities: [150, 100, 120] });
        }
      }
    }
  },

  "a pause below two intervals is no news": () => {
    for (const seed of SEEDS) {
      const { cluster, master } = settledPair({}, seed);
      const at = cluster.now;
      for (let i = 0; i < 10; i++) {
        master.pause();
        cluster.run(cluster.random.between(0, 2 * INTERVAL - 10));
        master.thaw();
        cluster.run(cluster.random.between(INTERVAL, 2 * INTERVAL));
      }
      assertQuiet(cluster, at, "nobody was silent for long enough");
    }
  },

  "a master that nobody could replace listens for one interval and goes on": () => {
    const { cluster, master, backup } = settledPair();
    backup.powerOff();
    cluster.run(INTERVAL / 2);
    const at = cluster.now;
    master.pause();
    cluster.run(10 * INTERVAL);
    const wokenAt = cluster.now;
    backup.start();
    const claims = watchClaims(cluster, "lb1");
    master.thaw();
    cluster.run(4 * INTERVAL);
    between((claims[0] ?? 0) - wokenAt, INTERVAL, INTERVAL + 5, "first claim");
    assert.deepEqual(told(since(cluster, at)), ["lb2 backup started"]);
    assertOneOwner(cluster, "lb1");
  },

  "a stunned backup does not take over before it has listened": () => {
    for (const seed of SEEDS) {
      const { cluster, backup } = settledPair({}, seed);
      for (const count of [2.5, 3.2, 3.9, 10, 100]) {
        const at = cluster.now;
        backup.pause();
        cluster.run(count * INTERVAL + cluster.random.between(0, INTERVAL));
        backup.thawStunned();
        cluster.run(6 * INTERVAL);
        assertQuiet(cluster, at, `stunned for ${count} intervals`);
      }
    }
  },

  "a backup that wakes up late still takes over from a dead master": () => {
    const { cluster, master, backup } = settledPair();
    backup.pause();
    master.powerOff();
    cluster.run(20 * INTERVAL);
    const at = cluster.now;
    backup.thawStunned();
    cluster.run(2 * INTERVAL);
    assertOneOwner(cluster, "lb2");
    between((cluster.takeovers(at)[0]?.at ?? 0) - at, INTERVAL, INTERVAL + 5, "takeover");
  },

  "a host whose every tick is late still takes over": () => {
    const { cluster, master, backup } = settledPair();
    master.powerOff();
    const at = cluster.now;
    for (let i = 0; i < 10; i++) {
      backup.pause();
      cluster.run(2.5 * INTERVAL);
      backup.thawStunned();
      cluster.run(1);
    }
    assert.equal(cluster.takeovers(at).length, 1);
  },

  "an old goodbye in the socket's buffer is read together with what followed": () => {
    for (const seed of SEEDS) {
      const cluster = settle({ priorities: [200, 150, 100] }, seed);
      const at = cluster.now;
      cluster.node("lb2").pause();
      cluster.run(INTERVAL);
      cluster.node("lb1").stop();
      cluster.run(10 * INTERVAL);
      assertOneOwner(cluster, "lb3");
      cluster.node("lb2").thaw();
      cluster.run(10 * INTERVAL);
      assert.equal(cluster.takeovers(at).length, 1, told(cluster.takeovers(at)).join(", "));
      assertOneOwner(cluster, "lb3");
    }
  },

  "an invitation that was read too late is declined": () => {
    for (const seed of SEEDS) {
      for (const stunned of [false, true]) {
        const { cluster, master, backup } = settledPair({}, seed);
        backup.pause();
        master.failover(seconds(600));
        cluster.run(2.2 * INTERVAL);
        assert.deepEqual(cluster.masters(), ["lb1"], "a failed handover leaves the giver serving");
        const at = cluster.now;
        if (stunned) backup.thawStunned();
        else backup.thaw();
        cluster.run(10 * INTERVAL);
        assertQuiet(cluster, at, "the invitation was over");
      }
    }
  },

  "a director frozen while it lets go listens before it claims again": () => {
    for (const seed of SEEDS) {
      const { cluster, master } = settledPair({}, seed);
      cluster.filter = ({ from }) => from !== "lb1";
      master.failover(seconds(600));
      cluster.run(10);
      master.pause();
      cluster.run(20 * INTERVAL);
      cluster.filter = undefined;
      assert.deepEqual(cluster.masters(), ["lb2"]);
      const claims = watchClaims(cluster, "lb1");
      master.thawStunned();
      cluster.run(20 * INTERVAL);
      assert.deepEqual(claims, []);
      assertOneOwner(cluster, "lb2");
    }
  },

  "everybody sleeps and wakes: one master": () => {
    for (const seed of SEEDS) {
      const cluster = settle({ priorities: [200, 150, 100] }, seed);
      for (const node of cluster.nodes) node.pause();
      cluster.run(40 * INTERVAL);
      for (const node of cluster.nodes) node.thawStunned();
      cluster.run(10 * INTERVAL);
      assertOneOwner(cluster);
    }
  },
};

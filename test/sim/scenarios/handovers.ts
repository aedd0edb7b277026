/** Planned handovers: by command, and when a director stops. */
import assert from "node:assert/strict";
import { seconds } from "../../../src/base/units.ts";
import { Cluster, type Recorded } from "../cluster.ts";
import { INTERVAL } from "../config.ts";
import {
  assertOneOwner,
  assertQuiet,
  claims,
  gap,
  overlap,
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

/** The kernel of the giver needs 5 ms to let go, the news two. */
const OVERLAP_LIMIT = 15;
const DONE = ["lb1 leaving command", "lb2 master handover", "lb1 backup command"];

/** Drops the first datagram that matches. */
function loseOne(cluster: Cluster, which: (datagram: Recorded) => boolean): void {
  let lost = false;
  cluster.filter = (datagram) => {
    if (lost || !which(datagram)) return true;
    lost = true;
    return false;
  };
}

export const handovers: Readonly<Record<string, Scenario>> = {
  "somebody holds the VIP at every instant, two for a moment": () => {
    for (const seed of SEEDS) {
      const { cluster, master } = settledPair({}, seed);
      cluster.run(cluster.random.between(0, INTERVAL));
      const at = cluster.now;
      master.failover();
      cluster.run(20 * INTERVAL);
      assert.deepEqual(told(since(cluster, at)), DONE);
      assert.equal(gap(cluster, at), 0, "nobody held the VIP for a while");
      assert.ok(overlap(cluster, at) <= OVERLAP_LIMIT, `both for ${overlap(cluster, at)} ms`);
      assertOneOwner(cluster, "lb2");
    }
  },

  "the target announces again once the giver's VIP is gone": () => {
    for (const seed of SEEDS) {
      const { cluster, master, backup } = settledPair({}, seed);
      master.failover();
      cluster.run(INTERVAL);
      const goneAt = cluster.holdings.at(-1)?.at ?? 0;
      assert.ok(
        backup.announced.some(({ at }) => at >= goneAt && at <= goneAt + SLACK),
        "in the overlap a client may have learned the giver's answer",
      );
    }
  },

  "the giver stays away, preemption or not, until its hold ends": () => {
    for (const seed of SEEDS) {
      const { cluster, master } = settledPair({ preempt: { kind: "immediate" } }, seed);
      master.failover(seconds(30));
      cluster.run(4 * INTERVAL);
      const at = cluster.now;
      cluster.run(28_000);
      assertQuiet(cluster, at, "it flaps");
      assertOneOwner(cluster, "lb2");
      cluster.run(5000);
      assertOneOwner(cluster, "lb1");
    }
  },

  "`resume` ends the hold": () => {
    const { cluster, master } = settledPair({ preempt: { kind: "immediate" } });
    master.failover();
    cluster.run(10 * INTERVAL);
    assertOneOwner(cluster, "lb2");
    master.deliver({ kind: "resume", instance: "i0" });
    cluster.run(SLACK);
    assertOneOwner(cluster, "lb1");
  },

  "who is on hold serves all the same when the other dies": () => {
    const { cluster, master, backup } = settledPair();
    master.failover();
    cluster.run(8 * INTERVAL);
    backup.powerOff();
    cluster.run(SILENCE + SLACK);
    assertOneOwner(cluster, "lb1");
  },

  "who is on hold goes last": () => {
    for (const seed of SEEDS) {
      const cluster = settle({ priorities: [200, 150, 100] }, seed);
      cluster.failover("lb1");
      cluster.run(8 * INTERVAL);
      assertOneOwner(cluster, "lb2");
      const at = cluster.now;
      cluster.node("lb2").powerOff();
      cluster.run(8 * INTERVAL);
      assert.deepEqual(told(cluster.takeovers(at)), ["lb3 master masterSilent"]);
    }
  },

  "the best that is fit is asked": () => {
    for (const seed of SEEDS) {
      const cluster = settle({ priorities: [200, 100, 150], paths: 2 }, seed);
      const at = cluster.now;
      cluster.failover("lb1");
      cluster.run(8 * INTERVAL);
      assert.deepEqual(told(cluster.takeovers(at)), ["lb3 master handover"]);
      const other = settle({ priorities: [200, 100, 150], paths: 2 }, seed);
      other.node("lb3").unplug();
      other.run(4 * INTERVAL);
      other.failover("lb1");
      other.run(8 * INTERVAL);
      assertOneOwner(other, "lb2");
    }
  },

  "a lost invitation leaves the giver serving": () => {
    for (const seed of SEEDS) {
      const { cluster, master } = settledPair({}, seed);
      const at = cluster.now;
      loseOne(cluster, ({ from, envelope }) => from === "lb1" && envelope.kind === "handover");
      master.failover();
      cluster.run(20 * INTERVAL);
      assert.equal(gap(cluster, at), 0);
      assert.ok(overlap(cluster, at) <= OVERLAP_LIMIT);
      assertOneOwner(cluster);
    }
  },

  "a lost claim: nobody is left without, and one owner within an interval": () => {
    for (const seed of SEEDS) {
      const { cluster, master } = settledPair({}, seed);
      const at = cluster.now;
      loseOne(cluster, (datagram) => datagram.from === "lb2" && claims(datagram));
      master.failover();
      cluster.run(20 * INTERVAL);
      assert.equal(gap(cluster, at), 0);
      assert.ok(overlap(cluster, at) <= INTERVAL + 50, `both for ${overlap(cluster, at)} ms`);
      assertOneOwner(cluster);
    }
  },

  "a lost `released`: the target announces with the giver's next word": () => {
    for (const seed of SEEDS) {
      const { cluster, master, backup } = settledPair({}, seed);
      loseOne(cluster, ({ from, envelope }) => from === "lb1" && envelope.kind === "released");
      master.failover();
      cluster.run(20 * INTERVAL);
      assertOneOwner(cluster, "lb2");
      const goneAt = cluster.holdings.at(-1)?.at ?? 0;
      assert.ok(backup.announced.some(({ at }) => at >= goneAt && at <= goneAt + INTERVAL + SLACK));
    }
  },

  "refused where nobody is fit": () => {
    const alone = new Cluster(1, { priorities: [150, 100] });
    alone.node("lb1").start();
    const young = settledPair({ sync: true, resync: false });
    const sick = settledPair({ paths: 2 });
    sick.backup.unplug();
    const deaf = settledPair();
    deaf.cluster.cut("lb1", "lb2");
    const clusters = [alone, young.cluster, sick.cluster, deaf.cluster];
    const why = [
      "none was heard",
      "lb2 does not know all connections yet",
      "lb2 is in state fault",
    ];
    for (const [index, cluster] of clusters.entries()) {
      cluster.run(index === 3 ? INTERVAL : 8 * INTERVAL);
      if (index === 3) cluster.run(INTERVAL * 0.9);
      const at = cluster.now;
      cluster.failover("lb1");
      cluster.run(INTERVAL * 0.05);
      if (index === 3) continue;
      assertQuiet(cluster, at, `case ${index}`);
      const sentence = `no other director is fit to take over: ${why[index]}`;
      assert.deepEqual(cluster.node("lb1").refused, [sentence]);
    }
    alone.node("lb2").start();
    alone.run(INTERVAL);
    alone.failover("lb2");
    assert.deepEqual(alone.node("lb2").refused, ["this director is not the master"]);
  },

  "forced where nobody is fit: it lets go, and returns when nobody comes": () => {
    const cluster = new Cluster(1, { priorities: [150, 100] });
    cluster.node("lb1").start();
    cluster.run(8 * INTERVAL);
    const at = cluster.now;
    cluster.node("lb1").failover(seconds(600), true);
    cluster.run(INTERVAL);
    assert.deepEqual(cluster.owners(), []);
    cluster.run(SILENCE);
    assertOneOwner(cluster, "lb1");
    assert.equal(cluster.takeovers(at).length, 1);
  },

  "stopping is a handover": () => {
    for (const seed of SEEDS) {
      const { cluster, master } = settledPair({}, seed);
      const at = cluster.now;
      master.stop();
      cluster.run(20 * INTERVAL);
      assert.equal(master.alive, false, "it does not end");
      assert.equal(gap(cluster, at), 0);
      assert.ok(overlap(cluster, at) <= OVERLAP_LIMIT);
      assertOneOwner(cluster, "lb2");
    }
  },

  "stopping alone: the VIP goes, and the program ends": () => {
    const { cluster, master, backup } = settledPair();
    backup.powerOff();
    cluster.run(8 * INTERVAL);
    master.stop();
    cluster.run(INTERVAL);
    assert.equal(master.alive, false);
    assert.deepEqual(cluster.holdings.at(-1)?.holders, []);
  },

  "stopping while nobody is level: a goodbye, and a takeover by rank": () => {
    for (const seed of SEEDS) {
      const cluster = settle({ priorities: [200, 150, 100], sync: true, resync: false }, seed);
      const at = cluster.now;
      cluster.node("lb1").stop();
      cluster.run(8 * INTERVAL);
      assert.deepEqual(told(cluster.takeovers(at)), ["lb2 master goodbye"]);
      assert.ok(gap(cluster, at) <= 10, `nobody for ${gap(cluster, at)} ms`);
      // The better one is deaf to the goodbye's echo: it died. The next waits one skew for it.
      const other = settle({ priorities: [200, 150, 100], sync: true, resync: false }, seed);
      other.node("lb2").powerOff();
      const later = other.now;
      other.node("lb1").stop();
      other.run(8 * INTERVAL);
      assert.deepEqual(told(other.takeovers(later)), ["lb3 master goodbye"]);
      assert.ok(gap(other, later) <= SKEW + 10 && gap(other, later) >= SKEW - 5);
    }
  },

  "both stop at once: both end": () => {
    const { cluster, master, backup } = settledPair();
    master.stop();
    backup.stop();
    cluster.run(4 * INTERVAL);
    assert.equal(master.alive || backup.alive, false);
    assert.deepEqual(cluster.holdings.at(-1)?.holders, []);
  },
};

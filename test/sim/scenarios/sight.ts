/** Doubt: this host may be the one that is cut off, or a master that hears nothing. */
import assert from "node:assert/strict";
import type { Cluster } from "../cluster.ts";
import { INTERVAL } from "../config.ts";
import type { SimNode } from "../node.ts";
import {
  assertOneOwner,
  assertQuiet,
  between,
  gap,
  type Scenario,
  SEEDS,
  SILENCE,
  SLACK,
  settledPair,
  told,
} from "./measure.ts";

const HOLD = 10_000;

/** Looks at eth0 three times an interval, as the daemon does; what is heard may change meanwhile. */
function lookout(cluster: Cluster, node: SimNode): { hears: boolean; witness: boolean } {
  const world = { hears: true, witness: true };
  const again = (): void => {
    const look = { anything: world.hears, others: world.hears, witness: world.witness };
    if (!node.paused) node.deliver({ kind: "looked", interface: "eth0", look });
    cluster.clock.in(INTERVAL / 3, again);
  };
  cluster.clock.in(INTERVAL / 3, again);
  return world;
}

/** lb1 is master; both look, and have seen the witness. */
function watched(options: { readonly paths?: number } = {}, seed = 1) {
  const { cluster, master, backup } = settledPair({ witness: true, ...options }, seed);
  const ours = lookout(cluster, master);
  const theirs = lookout(cluster, backup);
  cluster.run(20 * INTERVAL);
  assertOneOwner(cluster, "lb1");
  return { cluster, master, backup, ours, theirs, at: cluster.now };
}

const deafen = (world: { hears: boolean; witness: boolean }): void => {
  world.hears = false;
  world.witness = false;
};

export const sight: Readonly<Record<string, Scenario>> = {
  "a witness that answers adds no time to a takeover": () => {
    for (const seed of SEEDS) {
      const { cluster, master, at } = watched({}, seed);
      master.powerOff();
      cluster.run(SILENCE + SLACK);
      assert.deepEqual(told(cluster.takeovers(at)), ["lb2 master masterSilent"]);
    }
  },

  "a backup that is cut off does not take over before the hold": () => {
    for (const seed of SEEDS) {
      const { cluster, theirs, at } = watched({}, seed);
      deafen(theirs);
      cluster.partition(["lb1"]);
      cluster.run(HOLD);
      assert.deepEqual(told(cluster.takeovers(at)), []);
    }
  },

  "clients are not left without anybody for ever": () => {
    const { cluster, master, theirs, at } = watched();
    deafen(theirs);
    master.powerOff();
    cluster.run(HOLD + SILENCE + 2 * INTERVAL);
    const [takeover] = cluster.takeovers(at);
    assert.equal(takeover?.node, "lb2");
    between((takeover?.at ?? 0) - at, HOLD - INTERVAL, HOLD + SILENCE + INTERVAL, "the hold");
  },

  "a sign of the network ends the wait": () => {
    const { cluster, master, theirs, at } = watched();
    deafen(theirs);
    master.powerOff();
    cluster.run(10 * INTERVAL);
    assert.deepEqual(told(cluster.takeovers(at)), []);
    theirs.witness = true;
    cluster.run(2 * INTERVAL + SLACK);
    assert.deepEqual(told(cluster.takeovers(at)), ["lb2 master masterSilent"]);
  },

  "back on the network, the master is heard before anything is taken": () => {
    for (const seed of SEEDS) {
      const { cluster, theirs, at } = watched({}, seed);
      deafen(theirs);
      cluster.partition(["lb1"]);
      cluster.run(10 * INTERVAL);
      cluster.heal();
      theirs.witness = true;
      cluster.run(8 * INTERVAL);
      assert.deepEqual(told(cluster.takeovers(at)), []);
    }
  },

  "frames of anybody end it as well": () => {
    const { cluster, master, theirs, at } = watched();
    theirs.witness = false;
    master.powerOff();
    cluster.run(SILENCE + SLACK);
    assert.deepEqual(told(cluster.takeovers(at)), ["lb2 master masterSilent"]);
  },

  "a goodbye is not doubted": () => {
    const { cluster, master, theirs, at } = watched({ paths: 2 });
    deafen(theirs);
    cluster.run(20 * INTERVAL);
    master.failover(undefined, true);
    cluster.run(4 * INTERVAL);
    assert.equal(cluster.takeovers(at)[0]?.node, "lb2");
  },

  "a witness that died long before the master does not count": () => {
    const { cluster, master, ours, theirs } = watched();
    ours.witness = false;
    theirs.witness = false;
    cluster.run(40_000);
    assertOneOwner(cluster, "lb1");
    const at = cluster.now;
    theirs.hears = false;
    master.powerOff();
    cluster.run(SILENCE + 2 * INTERVAL);
    assert.deepEqual(told(cluster.takeovers(at)), ["lb2 master masterSilent"]);
  },

  "a master that hears nothing hands over to one that does": () => {
    for (const seed of SEEDS) {
      const { cluster, ours, at } = watched({ paths: 2 }, seed);
      deafen(ours);
      cluster.run(5000);
      assert.deepEqual(told(cluster.takeovers(at)), ["lb2 master handover"]);
      assert.equal(gap(cluster, at), 0);
      const later = cluster.now;
      cluster.run(60_000);
      assertQuiet(cluster, later, "it flaps");
    }
  },

  "both hear nothing: nothing moves": () => {
    const { cluster, ours, theirs, at } = watched({ paths: 2 });
    deafen(ours);
    deafen(theirs);
    cluster.run(60_000);
    assertQuiet(cluster, at, "a network that is dead for both");
  },

  "a master alone in a quiet network keeps its place when the other returns": () => {
    const { cluster, backup, ours, at } = watched({ paths: 2 });
    backup.powerOff();
    ours.hears = false;
    cluster.run(20_000);
    backup.start();
    ours.hears = true;
    cluster.run(20_000);
    assert.deepEqual(told(cluster.takeovers(at)), []);
  },

  "an invitation that gets lost is said again, and so is its answer": () => {
    for (const seed of SEEDS) {
      const { cluster, master } = settledPair({}, seed);
      const at = cluster.now;
      const lost = { handover: 0, claim: 0 };
      cluster.filter = ({ from, envelope }) => {
        if (from === "lb1" && envelope.kind === "handover" && lost.handover++ === 0) return false;
        return !(from === "lb2" && envelope.kind === "claim" && lost.claim++ === 0);
      };
      master.failover();
      cluster.run(4 * INTERVAL);
      assert.deepEqual(told(cluster.takeovers(at)), ["lb2 master handover"]);
      assert.ok(lost.handover > 1 && lost.claim > 1, "nothing was said again");
      assertOneOwner(cluster, "lb2");
    }
  },
};

/** What a director knows of the other one's connections, and what it may do before it knows. */
import assert from "node:assert/strict";
import type { Preempt } from "../../../src/config/types.ts";
import { Cluster } from "../cluster.ts";
import { INTERVAL } from "../config.ts";
import { assertOneOwner, between, type Scenario, SEEDS, settledPair, told } from "./measure.ts";

const CONNECTIONS = 1000;
/** An interval to be heard, one to ask, half a second for the pass, one to be told. */
const TAUGHT = 4 * INTERVAL + 500;

/** lb2 serves many connections when the better lb1 comes up, its kernel empty. */
function emptyReturns(seed: number, preempt: Preempt): Cluster {
  const cluster = new Cluster(seed, { priorities: [200, 100], preempt, sync: true });
  cluster.node("lb2").start();
  cluster.run(8 * INTERVAL);
  cluster.node("lb2").known = CONNECTIONS;
  return cluster;
}

const isLevel = (cluster: Cluster, name: string): boolean | undefined =>
  cluster.node(name).state?.instances["i0"]?.level;

export const resync: Readonly<Record<string, Scenario>> = {
  "an empty director preempts when it knows the connections, and not before": () => {
    for (const seed of SEEDS) {
      const cluster = emptyReturns(seed, { kind: "immediate" });
      const at = cluster.now;
      cluster.node("lb1").start();
      const known: number[] = [];
      for (let i = 0; i < 40 && cluster.takeovers(at).length === 0; i++) {
        cluster.run(INTERVAL / 4);
        known.push(cluster.node("lb1").known);
      }
      assert.deepEqual(told(cluster.takeovers(at)), ["lb1 master preempt"]);
      assert.equal(known.at(-1), CONNECTIONS, "it took over before it knew them");
      cluster.run(8 * INTERVAL);
      assertOneOwner(cluster, "lb1");
    }
  },

  "taught within some intervals of its start": () => {
    for (const seed of SEEDS) {
      const cluster = emptyReturns(seed, { kind: "never" });
      cluster.node("lb1").start();
      cluster.run(TAUGHT);
      assert.equal(isLevel(cluster, "lb1"), true);
    }
  },

  "records that got lost are sent again": () => {
    const cluster = emptyReturns(1, { kind: "never" });
    cluster.arriving = 0.5;
    cluster.node("lb1").start();
    cluster.run(TAUGHT);
    assert.equal(isLevel(cluster, "lb1"), false, "half of them was enough");
    cluster.arriving = 1;
    cluster.run(TAUGHT);
    assert.equal(isLevel(cluster, "lb1"), true);
    assert.equal(cluster.node("lb1").known, CONNECTIONS);
  },

  "counts that never agree do not matter after two passes": () => {
    const cluster = emptyReturns(1, { kind: "never" });
    cluster.arriving = 0.5;
    cluster.node("lb1").start();
    cluster.run(4 * TAUGHT);
    assert.equal(isLevel(cluster, "lb1"), true);
  },

  "who served beside another master learns what that one has seen": () => {
    const { cluster } = settledPair({ sync: true });
    cluster.run(TAUGHT);
    assert.equal(isLevel(cluster, "lb2"), true);
    cluster.partition(["lb1"]);
    cluster.run(8 * INTERVAL);
    cluster.resync = false;
    cluster.heal();
    cluster.run(8 * INTERVAL);
    assertOneOwner(cluster, "lb1");
    assert.equal(isLevel(cluster, "lb2"), false);
    cluster.resync = true;
    cluster.run(TAUGHT + 1000);
    assert.equal(isLevel(cluster, "lb2"), true);
  },

  "a sync link that was down is made up for": () => {
    const { cluster, backup } = settledPair({ sync: true });
    cluster.run(TAUGHT);
    cluster.resync = false;
    backup.deliver({ kind: "syncMissed" });
    cluster.run(8 * INTERVAL);
    assert.equal(isLevel(cluster, "lb2"), false);
    cluster.resync = true;
    cluster.run(TAUGHT + 1000);
    assert.equal(isLevel(cluster, "lb2"), true);
  },

  "a handover takes the newest connections along": () => {
    for (const seed of SEEDS) {
      const { cluster, master, backup } = settledPair({ sync: true }, seed);
      cluster.run(TAUGHT);
      master.known = CONNECTIONS;
      const at = cluster.now;
      let known = 0;
      cluster.filter = ({ envelope }) => {
        if (envelope.kind === "handover" && known === 0) known = backup.known;
        return true;
      };
      master.failover();
      cluster.run(2 * INTERVAL);
      assert.deepEqual(told(cluster.takeovers(at)), ["lb2 master handover"]);
      assert.equal(known, CONNECTIONS, "asked to take over before it knew them");
    }
  },

  "a handover does not wait for a pass that does not end": () => {
    const { cluster, master } = settledPair({ sync: true });
    cluster.run(TAUGHT);
    const at = cluster.now;
    const { clock } = cluster;
    // As a table that takes the kernel for ever.
    cluster.teachable = false;
    master.failover();
    clock.runUntil(at + 1100);
    const [takeover] = cluster.takeovers(at);
    assert.equal(takeover?.node, "lb2");
    between((takeover?.at ?? 0) - at, 1000, 1020, "the wait for the pass");
  },
};

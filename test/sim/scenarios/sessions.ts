/** Wiped disks, deaf masters and junk: which session is believed. */
import assert from "node:assert/strict";
import { seconds } from "../../../src/base/units.ts";
import type { Cluster, Recorded } from "../cluster.ts";
import { INTERVAL } from "../config.ts";
import { goodbye, restarted, wentAndCame } from "./freshness.ts";
import {
  assertOneOwner,
  assertQuiet,
  claims,
  type Scenario,
  SEEDS,
  SLACK,
  settledPair,
  since,
  told,
} from "./measure.ts";

/** What everybody's last words about themselves would be, if anybody believed them. */
function forge(cluster: Cluster, change: Partial<Recorded["envelope"]>): void {
  const own = cluster.recorded.filter(goodbye).slice(-50);
  own.forEach(({ to, path, envelope }, index) => {
    const sequence = envelope.sequence + 100_000 + index;
    const forged = { ...envelope, sequence, ...change };
    cluster.node(to).deliver({ kind: "datagram", envelope: forged, path });
  });
}

export const sessions: Readonly<Record<string, Scenario>> = {
  "unproven signs of life hold a timer for three intervals at most": () => {
    const { cluster, master } = restarted(1);
    const old = cluster.recorded.filter(
      (one) => one.from === "lb1" && one.to === "lb2" && claims(one),
    );
    master.powerOff();
    const at = cluster.now;
    const fresh = old.map((one, index) => {
      const session = index.toString(16).padStart(32, "0");
      return { ...one, envelope: { ...one.envelope, session, counter: 0, echoes: [] } };
    });
    for (let i = 0; i < 100; i++) {
      cluster.clock.in(i * 50, () => cluster.replay(fresh[i % fresh.length]));
    }
    cluster.run(6 * INTERVAL + SLACK);
    assert.equal(cluster.takeovers(at).length, 1, "a recording kept the dead alive");
    const [takeover] = cluster.takeovers(at);
    assert.ok((takeover?.at ?? 0) - at > 4 * INTERVAL, "a sign of life counted for nothing");
  },

  "a wiped disk: the director is known again at once": () => {
    for (const seed of SEEDS) {
      const { cluster, master, backup } = settledPair({}, seed);
      backup.powerOff();
      backup.counter = 0;
      cluster.run(10 * INTERVAL);
      const at = cluster.now;
      backup.start();
      cluster.run(SLACK);
      assert.equal(master.state?.peers["lb2"]?.session, backup.state?.setup.session);
      cluster.run(10 * INTERVAL);
      assert.deepEqual(told(since(cluster, at)), ["lb2 backup started"]);
      master.powerOff();
      cluster.run(6 * INTERVAL);
      assertOneOwner(cluster, "lb2");
    }
  },

  "a wiped disk, and recordings that count higher": () => {
    for (const seed of SEEDS) {
      const { cluster, master, backup } = settledPair({}, seed);
      for (let start = 0; start < 3; start++) {
        master.powerOff();
        cluster.run(4 * INTERVAL);
        master.start();
        cluster.run(4 * INTERVAL);
      }
      const recordings = cluster.recorded.filter((one) => one.from === "lb1");
      master.powerOff();
      master.counter = 0;
      master.start();
      cluster.run(4 * INTERVAL);
      backup.failover(seconds(1));
      cluster.run(8 * INTERVAL);
      // The listener forgets which sessions are over.
      backup.crash();
      backup.start();
      cluster.run(4 * INTERVAL);
      assertOneOwner(cluster, "lb1");
      const at = cluster.now;
      for (const recording of recordings) {
        cluster.clock.in(cluster.random.between(0, 2000), () => cluster.replay(recording));
      }
      cluster.run(20 * INTERVAL);
      assertQuiet(cluster, at, "a recording was believed");
      // Also when the living one was cut off for a while.
      cluster.partition(["lb1"]);
      cluster.run(8 * INTERVAL);
      for (const recording of recordings) cluster.replay(recording);
      cluster.heal();
      cluster.run(8 * INTERVAL);
      assert.equal(backup.state?.peers["lb1"]?.session, master.state?.setup.session);
      assertOneOwner(cluster, "lb1");
    }
  },

  "a master that cannot hear restarts: it is believed by its counter": () => {
    for (const seed of SEEDS) {
      const { cluster, master } = settledPair({}, seed);
      const at = cluster.now;
      cluster.cut("lb2", "lb1");
      cluster.run(4 * INTERVAL);
      master.crash();
      master.start();
      cluster.run(40 * INTERVAL);
      cluster.heal();
      cluster.run(8 * INTERVAL);
      assert.deepEqual(told(since(cluster, at)), ["lb1 master adopted"]);
    }
  },

  "both disks wiped, one after the other": () => {
    for (const seed of SEEDS) {
      const { cluster } = settledPair({}, seed);
      for (const node of cluster.nodes) {
        node.powerOff();
        node.counter = 0;
        cluster.run(6 * INTERVAL);
        node.start();
        cluster.run(10 * INTERVAL);
      }
      assertOneOwner(cluster);
    }
  },

  "junk and forgeries move nothing": () => {
    for (const seed of SEEDS) {
      const { cluster, backup } = wentAndCame({ paths: 2 }, seed);
      const at = cluster.now;
      forge(cluster, { cluster: "ffffffffffffffff" });
      forge(cluster, { sender: 12345 });
      forge(cluster, { addressee: 12345 });
      forge(cluster, { path: 7 });
      forge(cluster, { session: "f".repeat(32), echoes: [], counter: 0 });
      cluster.run(20 * INTERVAL);
      assertQuiet(cluster, at, "junk was believed");
      const reasons = ["foreign cluster", "other addressee", "unknown sender", "wrong path"];
      for (const reason of [...reasons, "unproven"]) {
        assert.ok((backup.discarded[reason] ?? 0) >= 10, `${reason} is not counted`);
      }
    }
  },

  "without a secret a goodbye waits one skew": () => {
    for (const authenticated of [true, false]) {
      const { cluster, master } = settledPair({ authenticated });
      // Nobody is fit: the goodbye is all that the backup gets.
      cluster.filter = ({ envelope }) => envelope.kind !== "handover";
      const at = cluster.now;
      master.deliver({ kind: "faulted", instance: "i0", fault: "addressLost" });
      cluster.run(6 * INTERVAL);
      const waited = (cluster.takeovers(at)[0]?.at ?? 0) - at;
      if (authenticated) assert.ok(waited <= 3, `waited ${waited} ms`);
      else assert.ok(waited >= INTERVAL / 4 && waited <= INTERVAL / 4 + 3, `waited ${waited} ms`);
    }
  },
};

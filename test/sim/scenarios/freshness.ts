/** Recordings, wiped disks and junk: what proves nothing changes nothing. */
import assert from "node:assert/strict";
import { seconds } from "../../../src/base/units.ts";
import type { Cluster, Recorded } from "../cluster.ts";
import { INTERVAL } from "../config.ts";
import {
  assertOneOwner,
  assertQuiet,
  claims,
  type Pair,
  type Scenario,
  SEEDS,
  settledPair,
  since,
  SLACK,
  told,
} from "./measure.ts";

const goodbye = (datagram: Recorded): boolean => datagram.from === "lb1" && !claims(datagram);

/** lb1 hands over, and gets the VIP back: its goodbyes of this session are on record. */
function wentAndCame(options: { paths?: number } = {}, seed = 1): Pair {
  const pair = settledPair(options, seed);
  const { cluster, master, backup } = pair;
  master.failover(seconds(1));
  cluster.run(8 * INTERVAL);
  assertOneOwner(cluster, "lb2");
  backup.failover(seconds(1));
  cluster.run(20 * INTERVAL);
  assertOneOwner(cluster, "lb1");
  return pair;
}

/** lb1 stopped and returned as master: the goodbyes of its session before are on record. */
function restarted(seed: number): Pair {
  const pair = settledPair({}, seed);
  const { cluster, master, backup } = pair;
  master.stop();
  cluster.run(8 * INTERVAL);
  master.start();
  cluster.run(8 * INTERVAL);
  backup.failover(seconds(1));
  cluster.run(20 * INTERVAL);
  assertOneOwner(cluster, "lb1");
  return pair;
}

/** Every recording that `which` chooses, to whom it was sent, at random moments of two seconds. */
function replayAll(cluster: Cluster, which: (datagram: Recorded) => boolean): void {
  const recordings = cluster.recorded.filter(which);
  assert.ok(recordings.length > 0, "nothing is on record");
  for (const recording of recordings) {
    cluster.clock.in(cluster.random.between(0, 2000), () => cluster.replay(recording));
  }
}

/** What everybody's last words about themselves would be, if anybody believed them. */
function forge(cluster: Cluster, change: Partial<Recorded["envelope"]>): void {
  const own = cluster.recorded.filter(goodbye).slice(-50);
  own.forEach(({ to, path, envelope }, index) => {
    const sequence = envelope.sequence + 100_000 + index;
    const forged = { ...envelope, sequence, ...change };
    cluster.node(to).deliver({ kind: "datagram", envelope: forged, path });
  });
}

export const freshness: Readonly<Record<string, Scenario>> = {
  "goodbyes of this session, replayed at any time": () => {
    for (const seed of SEEDS) {
      for (const paths of [1, 2]) {
        const { cluster } = wentAndCame({ paths }, seed);
        const at = cluster.now;
        replayAll(cluster, goodbye);
        cluster.run(20 * INTERVAL);
        assertQuiet(cluster, at, "a recording was believed");
      }
    }
  },

  "goodbyes of an earlier session, replayed at any time": () => {
    for (const seed of SEEDS) {
      const { cluster } = restarted(seed);
      const at = cluster.now;
      replayAll(cluster, () => true);
      cluster.run(20 * INTERVAL);
      assertQuiet(cluster, at, "a recording was believed");
    }
  },

  "goodbyes replayed to a director that has just started": () => {
    for (const seed of SEEDS) {
      for (const paths of [1, 2]) {
        const { cluster, backup } = wentAndCame({ paths }, seed);
        backup.crash();
        cluster.run(INTERVAL);
        const at = cluster.now;
        replayAll(cluster, ({ to }) => to === "lb2");
        backup.start();
        cluster.run(20 * INTERVAL);
        assert.deepEqual(told(since(cluster, at)), ["lb2 backup started"]);
      }
    }
  },

  "recordings of an earlier session, replayed to a director that has just started": () => {
    for (const seed of SEEDS) {
      const { cluster, backup } = restarted(seed);
      backup.crash();
      cluster.run(INTERVAL);
      const at = cluster.now;
      replayAll(cluster, ({ to }) => to === "lb2");
      backup.start();
      cluster.run(20 * INTERVAL);
      assert.deepEqual(told(since(cluster, at)), ["lb2 backup started"]);
    }
  },

  "a path that was cut so far carries recordings only": () => {
    for (const seed of SEEDS) {
      const cut = (datagram: Recorded): boolean => datagram.path === 0;
      const pair = settledPair({ paths: 2 }, seed);
      const { cluster, master, backup } = pair;
      backup.crash();
      cluster.filter = cut;
      backup.start();
      cluster.run(8 * INTERVAL);
      master.failover(seconds(1));
      cluster.run(8 * INTERVAL);
      backup.failover(seconds(1));
      cluster.run(20 * INTERVAL);
      assertOneOwner(cluster, "lb1");
      const at = cluster.now;
      replayAll(cluster, (datagram) => goodbye(datagram) && datagram.path === 1);
      cluster.run(20 * INTERVAL);
      assertQuiet(cluster, at, "a recording was believed");
    }
  },

  "a path that speaks again after a restart of the listener": () => {
    for (const seed of SEEDS) {
      const { cluster, backup } = wentAndCame({ paths: 2 }, seed);
      backup.crash();
      // Recorded a moment before the restart: not far behind the other path.
      const recent = cluster.recorded.filter(({ path, to }) => path === 1 && to === "lb2");
      cluster.filter = ({ path }) => path === 0;
      backup.start();
      cluster.run(2 * INTERVAL);
      const at = cluster.now;
      for (const { envelope } of recent.slice(-4)) {
        const instances = envelope.instances.map((one) => ({ ...one, claim: false }));
        const forged = { ...envelope, instances };
        backup.deliver({ kind: "datagram", envelope: forged, path: 1 });
      }
      cluster.run(20 * INTERVAL);
      assertQuiet(cluster, at, "a recording was believed");
    }
  },

  "both restart under a flood of recordings: one master": () => {
    for (const seed of SEEDS) {
      const { cluster, master, backup } = restarted(seed);
      master.powerOff();
      backup.powerOff();
      cluster.run(4 * INTERVAL);
      const end = cluster.now + 30 * INTERVAL;
      const flood = (): void => {
        cluster.replay();
        if (cluster.now < end) cluster.clock.in(3, flood);
      };
      flood();
      const at = cluster.now;
      master.start();
      backup.start();
      cluster.run(20 * INTERVAL);
      assertOneOwner(cluster, "lb1");
      assert.equal(cluster.takeovers(at).length, 1);
    }
  },

  "unproven signs of life hold a timer for three intervals at most": () => {
    const { cluster, master } = restarted(1);
    const old = cluster.recorded.filter((one) => one.from === "lb1" && one.to === "lb2" && claims(one));
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

  "the last claim, replayed again and again, keeps nobody alive": () => {
    for (const paths of [1, 2]) {
      const { cluster, master } = settledPair({ paths });
      const at = cluster.now;
      master.powerOff();
      for (const last of cluster.recorded.filter(({ from }) => from === "lb1").slice(-2)) {
        for (let i = 1; i < 100; i++) cluster.clock.in(i * 20, () => cluster.replay(last));
      }
      cluster.run(4 * INTERVAL);
      assert.deepEqual(told(cluster.takeovers(at)), ["lb2 master masterSilent"]);
    }
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

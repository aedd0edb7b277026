/** Recordings, wiped disks and junk: what proves nothing changes nothing. */
import assert from "node:assert/strict";
import { seconds } from "../../../src/base/units.ts";
import { Cluster, type Recorded } from "../cluster.ts";
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
  told,
} from "./measure.ts";

export const goodbye = (datagram: Recorded): boolean =>
  datagram.from === "lb1" && !claims(datagram);

/** lb1 hands over, and gets the VIP back: its goodbyes of this session are on record. */
export function wentAndCame(options: { paths?: number } = {}, seed = 1): Pair {
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
export function restarted(seed: number): Pair {
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

  "recordings of a session that never arrived": () => {
    for (const seed of SEEDS) {
      const cluster = new Cluster(seed, { priorities: [150, 100] });
      const { nodes } = cluster;
      cluster.filter = ({ from }) => from !== "lb1";
      cluster.startAll();
      cluster.run(8 * INTERVAL);
      // These echo the session in which lb2 lives, and say that lb1 is master.
      const recordings = cluster.recorded.filter(({ from }) => from === "lb1");
      nodes[0]?.powerOff();
      cluster.filter = undefined;
      nodes[0]?.start();
      cluster.run(8 * INTERVAL);
      nodes[0]?.powerOff();
      const at = cluster.now;
      for (const [index, recording] of recordings.entries()) {
        cluster.clock.in(index * 40, () => cluster.replay(recording));
      }
      cluster.run(4 * INTERVAL);
      nodes[0]?.start();
      cluster.run(2 * INTERVAL);
      const known = nodes[1]?.state?.peers["lb1"]?.session;
      assert.equal(known, nodes[0]?.state?.setup.session, "the living one is refused");
      assertOneOwner(cluster, "lb2");
      assert.deepEqual(told(since(cluster, at)), ["lb1 backup started"]);
    }
  },
};

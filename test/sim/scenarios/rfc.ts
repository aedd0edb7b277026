/** The election of RFC 9568, which keepalived and routers hold as well. */
import assert from "node:assert/strict";
import { minutes, ms } from "../../../src/base/units.ts";
import { Cluster } from "../cluster.ts";
import { INTERVAL, type SimOptions } from "../config.ts";
import type { SimNode } from "../node.ts";
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
  settle,
  told,
} from "./measure.ts";

const MINUTE = minutes(1);
const V3 = { priorities: [150, 100], vrrp: 3 } as const;
/** RFC 9568 §6.1, of the backup with priority 100. */
const SKEW_100 = ((256 - 100) / 256) * INTERVAL;

/** lb1 serves, lb2 follows it. */
function pair(options: Partial<SimOptions> = {}, seed = 1): { cluster: Cluster; lb1: SimNode } {
  const cluster = new Cluster(seed, { ...V3, preempt: { kind: "immediate" }, ...options });
  // Their ticks fall apart.
  for (const node of cluster.nodes) {
    cluster.clock.in(cluster.random.between(0, INTERVAL), () => node.start());
  }
  cluster.run(20 * (options.interval ?? INTERVAL));
  assertOneOwner(cluster, "lb1");
  return { cluster, lb1: cluster.node("lb1") };
}

/** lb2 serves; lb1, which is better, comes now. */
function betterComes(options: Partial<SimOptions>, seed = 1): { cluster: Cluster; at: number } {
  const cluster = new Cluster(seed, { ...V3, ...options });
  cluster.node("lb2").start();
  cluster.run(20 * INTERVAL);
  assertOneOwner(cluster, "lb2");
  const at = cluster.now;
  cluster.node("lb1").start();
  return { cluster, at };
}

const waits = (cluster: Cluster, at: number): number => (cluster.takeovers(at)[0]?.at ?? 0) - at;

export const rfc: Readonly<Record<string, Scenario>> = {
  "RFC: a death is followed by three intervals and the skew": () => {
    for (const seed of SEEDS) {
      const { cluster, lb1 } = pair({}, seed);
      lb1.powerOff();
      const at = cluster.now;
      const last = cluster.adverts.at(-1)?.at ?? 0;
      cluster.run(6 * INTERVAL);
      assert.deepEqual(told(cluster.takeovers(at)), ["lb2 master masterSilent"]);
      between(waits(cluster, last), SILENCE + SKEW_100, SILENCE + SKEW_100 + 2, "death");
    }
  },

  "RFC: version 2 counts its skew in seconds": () => {
    const { cluster, lb1 } = pair({ vrrp: 2, interval: 2000 });
    lb1.stop();
    const at = cluster.now;
    cluster.run(2000);
    between(waits(cluster, at), 609, 612, "skew");
  },

  "RFC: who stops says so, and serves until somebody claims": () => {
    for (const seed of SEEDS) {
      const { cluster, lb1 } = pair({}, seed);
      const at = cluster.now;
      lb1.stop();
      cluster.run(4 * INTERVAL);
      assert.deepEqual(told(cluster.takeovers(at)), ["lb2 master goodbye"]);
      between(waits(cluster, at), SKEW_100, SKEW_100 + 2, "goodbye");
      assert.equal(gap(cluster, at), 0);
      assertOneOwner(cluster, "lb2");
      assert.equal(lb1.alive, false);
    }
  },

  "RFC: who stops serves until the other one's VIPs are up, which may claim first": () => {
    const { cluster, lb1 } = pair();
    lb1.stop();
    cluster.run(SKEW_100 / 2);
    // As keepalived does it: its VIPs come up some milliseconds after its claim.
    lb1.deliver(cluster.advertTo("lb1", "lb2", "i0", 100));
    cluster.run(15);
    assert.deepEqual(cluster.holdings.at(-1)?.holders, ["lb1"]);
    cluster.run(15);
    assert.deepEqual(cluster.holdings.at(-1)?.holders, []);
    cluster.run(SKEW_100);
    assertOneOwner(cluster, "lb2");
  },

  "RFC: by a virtual MAC who stops is gone with the claim": () => {
    const { cluster, lb1 } = pair({ vmac: true });
    lb1.stop();
    cluster.run(SKEW_100 / 2);
    lb1.deliver(cluster.advertTo("lb1", "lb2", "i0", 100));
    cluster.run(SLACK);
    assert.deepEqual(cluster.holdings.at(-1)?.holders, []);
    cluster.run(SKEW_100);
    assertOneOwner(cluster, "lb2");
  },

  "RFC: by a virtual MAC who yields speaks by the interface's own": () => {
    const { cluster, lb1 } = pair({ vmac: true });
    const at = cluster.now;
    lb1.deliver(cluster.advertTo("lb1", "lb2", "i0", 200));
    cluster.run(SLACK);
    const said = cluster.adverts.filter((one) => one.at >= at && one.from === "lb1");
    assert.deepEqual(
      said.map(({ priority, byOwnMac }) => [priority, byOwnMac]),
      [[150, true]],
    );
  },

  "RFC: who hands over with nobody there serves on": () => {
    const { cluster, lb1 } = pair();
    cluster.node("lb2").powerOff();
    const at = cluster.now;
    lb1.failover();
    cluster.run(MINUTE);
    assert.equal(gap(cluster, at), 0);
    assertOneOwner(cluster, "lb1");
  },

  "RFC: a hand-over on command moves the role, and it stays there": () => {
    const { cluster, lb1 } = pair();
    const at = cluster.now;
    lb1.failover();
    cluster.run(MINUTE);
    assert.deepEqual(told(cluster.takeovers(at)), ["lb2 master goodbye"]);
    assert.equal(gap(cluster, at), 0);
    assertOneOwner(cluster, "lb2");
  },

  "RFC: the better one takes over from a living master, without a gap": () => {
    for (const seed of SEEDS) {
      const { cluster, at } = betterComes({ preempt: { kind: "immediate" } }, seed);
      cluster.run(6 * INTERVAL);
      assert.deepEqual(told(cluster.takeovers(at)), ["lb1 master preempt"]);
      assert.equal(gap(cluster, at), 0);
      assert.ok(overlap(cluster, at) <= 15, `both for ${overlap(cluster, at)} ms`);
      const later = cluster.now;
      cluster.run(MINUTE);
      assertQuiet(cluster, later, "it flaps");
    }
  },

  "RFC: preempt never leaves a living master where it is": () => {
    const { cluster, at } = betterComes({ preempt: { kind: "never" } });
    cluster.run(10 * MINUTE);
    assert.deepEqual(told(cluster.takeovers(at)), []);
  },

  "RFC: a delayed preemption waits, and then for the timer": () => {
    const { cluster, at } = betterComes({ preempt: { kind: "after", delay: MINUTE } });
    cluster.run(2 * MINUTE);
    assert.deepEqual(told(cluster.takeovers(at)), ["lb1 master preempt"]);
    between(waits(cluster, at), MINUTE, MINUTE + 5 * INTERVAL, "preemption");
  },

  "RFC: a delayed preemption does not delay a death": () => {
    const { cluster } = betterComes({ preempt: { kind: "after", delay: MINUTE } });
    cluster.run(10 * INTERVAL);
    const at = cluster.now;
    cluster.node("lb2").powerOff();
    cluster.run(5 * INTERVAL);
    assert.deepEqual(told(cluster.takeovers(at)), ["lb1 master masterSilent"]);
  },

  "RFC: two masters that hear each other settle within an interval, and both speak of it": () => {
    for (const seed of SEEDS) {
      const { cluster } = pair({}, seed);
      cluster.partition(["lb1"]);
      cluster.run(8 * INTERVAL);
      assert.equal(cluster.masters().length, 2);
      cluster.heal();
      const at = cluster.now;
      cluster.run(INTERVAL + SLACK);
      assertOneOwner(cluster, "lb1");
      const announced = cluster.node("lb1").announced.filter((one) => one.at >= at);
      assert.ok(announced.length > 0, "the winner does not say where the VIP is");
      cluster.run(4 * INTERVAL);
      const tail = cluster.node("lb1").announced.filter((one) => one.at >= at);
      assert.ok(tail.length >= 4, `announced ${tail.length} times`);
    }
  },

  "RFC: equal masters are parted by the higher address": () => {
    for (const seed of SEEDS) {
      const cluster = settle({ priorities: [100, 100], vrrp: 3 }, seed);
      cluster.partition(["lb1"]);
      cluster.run(8 * INTERVAL);
      cluster.heal();
      cluster.run(INTERVAL + SLACK);
      assertOneOwner(cluster, "lb2");
    }
  },

  "RFC: who yields does not say priority 0": () => {
    const { cluster } = pair({ priorities: [150, 100, 90] });
    cluster.partition(["lb1"]);
    cluster.run(8 * INTERVAL);
    cluster.heal();
    const at = cluster.now;
    cluster.run(MINUTE);
    assert.deepEqual(told(cluster.takeovers(at)), []);
    const goodbyes = cluster.adverts.filter((one) => one.at >= at && one.priority === 0);
    assert.deepEqual(goodbyes, []);
  },

  "RFC: the owner of the addresses waits for nobody": () => {
    const cluster = new Cluster(1, { priorities: [255, 100], vrrp: 3 });
    cluster.startAll();
    cluster.run(SLACK);
    assertOneOwner(cluster, "lb1");
  },

  "RFC: a paused master listens before it claims": () => {
    const { cluster, lb1 } = pair({ preempt: { kind: "never" } });
    lb1.pause();
    cluster.run(8 * INTERVAL);
    assert.deepEqual(cluster.masters(), ["lb2"]);
    const at = cluster.now;
    lb1.thaw();
    cluster.run(MINUTE);
    assert.deepEqual(told(cluster.takeovers(at)), []);
    assertOneOwner(cluster, "lb2");
  },

  "RFC: backups are silent": () => {
    const { cluster } = pair();
    const at = cluster.now;
    cluster.run(ms(20 * INTERVAL));
    const speakers = new Set(cluster.adverts.filter((one) => one.at >= at).map(({ from }) => from));
    assert.deepEqual([...speakers], ["lb1"]);
  },
};

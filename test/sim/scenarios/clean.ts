/** Elections on a network without faults. */
import assert from "node:assert/strict";
import { Cluster } from "../cluster.ts";
import { INTERVAL, type SimOptions } from "../config.ts";
import {
  assertOneOwner,
  between,
  gap,
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

const PRIORITIES: readonly (readonly number[])[] = [
  [150, 100],
  [100, 150, 120],
  [1, 2, 3, 4],
  [254, 1, 30, 200, 60],
];

const bestOf = (priorities: readonly number[]): string =>
  `lb${priorities.lastIndexOf(Math.max(...priorities)) + 1}`;

function oneTakeover(options: SimOptions, seed: number): void {
  const cluster = new Cluster(seed, options);
  cluster.network.maxDelay = SKEW / 2.5;
  cluster.startAll();
  cluster.run(8 * SILENCE);
  const takeovers = cluster.takeovers().map(({ node }) => node);
  assert.deepEqual(takeovers, [bestOf(options.priorities)]);
  assertOneOwner(cluster);
}

/** All start within a second; exactly one takes over, and nobody follows it up. */
function staggered(priorities: readonly number[], seed: number): void {
  const cluster = new Cluster(seed, { priorities });
  for (const node of cluster.nodes) {
    cluster.clock.in(cluster.random.between(0, 12 * INTERVAL), () => node.start());
  }
  cluster.run(40 * INTERVAL);
  assert.equal(cluster.takeovers().length, 1, told(cluster.takeovers()).join(", "));
  assertOneOwner(cluster);
}

/** Pulls the plugs of `down`, and returns when who took over, counted from the last claim. */
function takeoverAfter(
  priorities: readonly number[],
  down: readonly string[],
  seed: number,
): { readonly node: string; readonly waited: number } {
  const cluster = settle({ priorities }, seed);
  let claimedAt = 0;
  cluster.filter = ({ envelope, from }) => {
    if (from === down[0] && envelope.kind === "claim") claimedAt = cluster.now;
    return true;
  };
  cluster.run(INTERVAL * cluster.random.between(4, 5));
  const at = cluster.now;
  for (const name of down) cluster.node(name).powerOff();
  cluster.run(10 * INTERVAL);
  const takeovers = cluster.takeovers(at);
  assert.equal(takeovers.length, 1, told(takeovers).join(", "));
  const [takeover] = takeovers;
  return { node: takeover?.node ?? "", waited: (takeover?.at ?? 0) - claimedAt };
}

export const clean: Readonly<Record<string, Scenario>> = {
  "all start at once: exactly one takeover, by the best": () => {
    for (const priorities of PRIORITIES) {
      for (const seed of SEEDS) oneTakeover({ priorities }, seed);
    }
  },

  "equal priorities: exactly one takeover, by the highest address": () => {
    for (const count of [2, 3, 5]) {
      for (const seed of SEEDS) oneTakeover({ priorities: new Array(count).fill(100) }, seed);
    }
  },

  "one after another: exactly one takeover": () => {
    for (const priorities of [...PRIORITIES, [100, 100, 100]]) {
      for (const seed of SEEDS) staggered(priorities, seed);
    }
  },

  "a lone director serves after three silent intervals": () => {
    const cluster = new Cluster(1, { priorities: [100, 150] });
    cluster.node("lb1").start();
    cluster.run(SILENCE + SLACK);
    assertOneOwner(cluster, "lb1");
    const [takeover] = cluster.takeovers();
    between(takeover?.at ?? 0, SILENCE, SILENCE + 1, "takeover");
  },

  "the best backup takes over after silence alone": () => {
    for (const seed of SEEDS) {
      const { node, waited } = takeoverAfter([200, 150, 100, 50], ["lb1"], seed);
      assert.equal(node, "lb2");
      between(waited, SILENCE, SILENCE + 2, "takeover");
    }
  },

  "each better candidate that was heard and does nothing costs one skew": () => {
    for (const seed of SEEDS) {
      for (const idle of [1, 2]) {
        const cluster = settle({ priorities: [200, 150, 100, 50] }, seed);
        cluster.run(cluster.random.between(0, INTERVAL));
        const at = cluster.now;
        cluster.node("lb1").powerOff();
        cluster.run(1.5 * INTERVAL);
        for (const node of cluster.nodes.slice(1, 1 + idle)) node.powerOff();
        cluster.run(6 * INTERVAL);
        const [takeover] = cluster.takeovers(at);
        assert.equal(takeover?.node, `lb${2 + idle}`);
        const waited = (takeover?.at ?? 0) - at - idle * SKEW;
        between(waited, SILENCE - INTERVAL, SILENCE + 2, `takeover of rank ${idle}`);
        const phase = (takeover?.at ?? 0) - idle * SKEW;
        between(phase % INTERVAL, 0, 2, "the schedule of the last claim");
      }
    }
  },

  "a death is followed by one takeover however slow the network within a skew": () => {
    for (const seed of SEEDS) {
      const cluster = settle({ priorities: [200, 150, 100, 50] }, seed);
      cluster.network.maxDelay = SKEW / 2.5;
      cluster.run(2 * INTERVAL);
      const at = cluster.now;
      cluster.node("lb1").powerOff();
      cluster.run(20 * INTERVAL);
      assert.deepEqual(told(cluster.takeovers(at)), ["lb2 master masterSilent"]);
    }
  },

  "a director that starts into a serving pair only follows": () => {
    for (const seed of SEEDS) {
      const cluster = new Cluster(seed, { priorities: [250, 100] });
      cluster.node("lb2").start();
      cluster.run(10 * INTERVAL);
      cluster.node("lb1").start();
      cluster.run(20 * INTERVAL);
      assert.deepEqual(told(cluster.takeovers()), ["lb2 master noMaster"]);
    }
  },

  "multicast elects as unicast does": () => {
    for (const seed of SEEDS) {
      oneTakeover({ priorities: [100, 150, 120], multicast: true }, seed);
      oneTakeover({ priorities: [100, 100], multicast: true, paths: 2 }, seed);
    }
  },

  "two paths: one of them is enough": () => {
    for (const path of [0, 1]) {
      const { cluster, master } = settledPair({ paths: 2 });
      const at = cluster.now;
      cluster.filter = (datagram) => datagram.path !== path;
      cluster.run(20 * INTERVAL);
      assert.deepEqual(told(since(cluster, at)), []);
      master.powerOff();
      cluster.run(5 * INTERVAL);
      assertOneOwner(cluster, "lb2");
    }
  },

  "in octets, with what they round and cut": () => {
    for (const seed of SEEDS) {
      const cluster = new Cluster(seed, { priorities: [200, 150, 100], paths: 2 });
      cluster.octets = true;
      cluster.startAll();
      cluster.run(10 * INTERVAL);
      cluster.cut("lb1", "lb3");
      cluster.run(20 * INTERVAL);
      cluster.failover("lb1");
      cluster.run(4 * INTERVAL);
      assert.deepEqual(told(cluster.takeovers()), ["lb1 master noMaster", "lb2 master handover"]);
      cluster.node("lb2").powerOff();
      cluster.run(8 * INTERVAL);
      assertOneOwner(cluster, "lb3");
    }
  },

  "255 instances in parts: all move together": () => {
    const cluster = new Cluster(1, { priorities: [150, 100], instances: 255 });
    cluster.startAll();
    cluster.run(6 * INTERVAL);
    const names = Array.from({ length: 255 }, (_, index) => `i${index}`);
    for (const name of names) assert.deepEqual(cluster.masters(name), ["lb1"], name);
    const at = cluster.now;
    cluster.node("lb1").powerOff();
    cluster.run(SILENCE + SLACK);
    for (const name of names) assert.deepEqual(cluster.masters(name), ["lb2"], name);
    assert.equal(cluster.takeovers(at).length, 255);
  },

  "crossed priorities: the pair shares the work": () => {
    const cluster = new Cluster(1, { priorities: [150, 100], instances: 2, crossed: true });
    cluster.startAll();
    cluster.run(10 * INTERVAL);
    assert.deepEqual(cluster.masters("i0"), ["lb1"]);
    assert.deepEqual(cluster.masters("i1"), ["lb2"]);
    cluster.node("lb1").powerOff();
    cluster.run(6 * INTERVAL);
    assert.deepEqual(cluster.masters("i0"), ["lb2"]);
    assert.deepEqual(cluster.masters("i1"), ["lb2"]);
  },

  "the VIP stays put for an hour": () => {
    const { cluster } = settledPair();
    const at = cluster.now;
    cluster.run(600_000);
    assert.deepEqual(told(since(cluster, at)), []);
    assert.equal(gap(cluster, at), 0);
  },
};

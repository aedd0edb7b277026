/** What scenarios read off a run: who held the VIP when, and who was told. */
import assert from "node:assert/strict";
import { Cluster, type Recorded } from "../cluster.ts";
import { INTERVAL, type SimOptions } from "../config.ts";
import type { SimNode, Transition } from "../node.ts";

/** Throws where something does not hold; runs without a test framework, also on a patched core. */
export type Scenario = () => void;

export const SILENCE = 3 * INTERVAL;
export const SKEW = INTERVAL / 4;
/** What the simulated kernel and network need for one step. */
export const SLACK = 12;

export const SEEDS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8];

export interface Pair {
  readonly cluster: Cluster;
  readonly master: SimNode;
  readonly backup: SimNode;
}

/** All directors up and settled. */
export function settle(options: SimOptions, seed = 1, duration = 20 * INTERVAL): Cluster {
  const cluster = new Cluster(seed, options);
  cluster.startAll();
  cluster.run(duration);
  assert.equal(cluster.masters().length, 1, "no single master to begin with");
  return cluster;
}

/** lb1 is master, lb2 backup. */
export function settledPair(options: Partial<SimOptions> = {}, seed = 1): Pair {
  const cluster = settle({ priorities: [150, 100], ...options }, seed);
  return { cluster, master: cluster.node("lb1"), backup: cluster.node("lb2") };
}

const spans = (cluster: Cluster, since: number): readonly { count: number; length: number }[] =>
  cluster.holdings.map(({ at, holders }, index) => {
    const end = cluster.holdings[index + 1]?.at ?? cluster.now;
    return { count: holders.length, length: end - Math.max(at, since) };
  });

const longest = (cluster: Cluster, since: number, counts: (count: number) => boolean): number =>
  spans(cluster, since)
    .filter(({ count }) => counts(count))
    .reduce((best, { length }) => Math.max(best, length), 0);

/** The longest time since then in which two kernels or more held the VIP. */
export const overlap = (cluster: Cluster, since: number): number =>
  longest(cluster, since, (count) => count > 1);

/** The longest time since then in which no kernel held it. */
export const gap = (cluster: Cluster, since: number): number =>
  longest(cluster, since, (count) => count === 0);

export const since = (cluster: Cluster, at: number): readonly Transition[] =>
  cluster.transitions.filter((one) => one.at >= at);

export const told = (transitions: readonly Transition[]): readonly string[] =>
  transitions.map(({ node, to, cause }) => `${node} ${to} ${cause}`);

export function assertQuiet(cluster: Cluster, at: number, why: string): void {
  assert.deepEqual(told(since(cluster, at)), [], why);
}

export function assertOneOwner(cluster: Cluster, name?: string): void {
  const masters = cluster.masters();
  assert.equal(masters.length, 1, `masters: ${masters.join(" ")}`);
  if (name !== undefined) assert.equal(masters[0], name, "another master than expected");
  assert.deepEqual(cluster.holdings.at(-1)?.holders, masters, "the VIP is not where the master is");
}

export const claims = ({ envelope }: Recorded): boolean =>
  envelope.instances.some((report) => report.claim);

/** Times at which `name` claimed from now on, kept up while the run goes on. */
export function watchClaims(cluster: Cluster, name: string): readonly number[] {
  const times: number[] = [];
  const before = cluster.filter;
  cluster.filter = (datagram) => {
    if (datagram.from === name && claims(datagram)) times.push(cluster.now);
    return before ? before(datagram) : true;
  };
  return times;
}

export function between(value: number, low: number, high: number, what: string): void {
  assert.ok(value >= low && value <= high, `${what}: ${value} is not within ${low} and ${high}`);
}

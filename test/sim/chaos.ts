/** One random life of a cluster from one seed, and what must hold whatever happened. */
import { ms } from "../../src/base/units.ts";
import type { Preempt } from "../../src/config/types.ts";
import { Cluster } from "./cluster.ts";
import { nameOf, type SimOptions } from "./config.ts";
import type { SimNode } from "./node.ts";
import { type Random, random } from "./random.ts";

const FAULTS = 10;
/** Intervals of quiet after which somebody serves: silence, hearsay, a replayed sign of life, ranks. */
const UNSERVED_LIMIT = 12;
const SETTLE = 14;
const WATCH = 10;
/** A resync, and a second pass, before a backup counts as level and preempts. */
const LEVEL_AFTER_MS = 10_000;

export interface ChaosRun {
  /** What was violated, in words. */
  readonly problems: readonly string[];
  readonly cluster: Cluster;
}

export type Transport = "udp" | "vrrp";

/** `watch` sees the cluster before anything happens in it. */
export function chaos(
  seed: number,
  transport: Transport = "udp",
  watch?: (cluster: Cluster) => void,
): ChaosRun {
  const dice = random(seed ^ 0x5bd1e995);
  const options = drawOptions(dice, transport === "vrrp");
  const cluster = new Cluster(seed, options);
  watch?.(cluster);
  const { interval } = options;
  for (const node of cluster.nodes)
    cluster.later(dice.between(0, 4 * interval), () => node.start());
  cluster.run(10 * interval);
  const problems: string[] = [];
  for (let fault = 0; fault < FAULTS && problems.length === 0; fault++) {
    disturb(cluster, dice, interval);
    const longer = dice.chance(0.1) ? UNSERVED_LIMIT : 0;
    cluster.run(dice.between(0.05 * interval, 6 * interval) + longer * interval);
    problems.push(...invariants(cluster, interval));
  }
  cluster.calm();
  cluster.run(settleTime(options));
  problems.push(...settled(cluster, interval));
  return { problems, cluster };
}

type ChaosOptions = SimOptions & { readonly interval: number; readonly preempt: Preempt };

function drawOptions(dice: Random, vrrp: boolean): ChaosOptions {
  const interval = dice.pick([20, 100, 250, 250, 250, 1000]);
  const count = dice.pick([2, 2, 2, 3, 3, 4, 5]);
  const equal = dice.chance(0.3);
  const preempt = dice.pick<Preempt>([
    { kind: "never" },
    { kind: "never" },
    { kind: "immediate" },
    { kind: "after", delay: ms(8 * interval) },
  ]);
  return {
    priorities: Array.from({ length: count }, () => (equal ? 100 : dice.int(1, 254))),
    interval,
    preempt,
    paths: dice.chance(0.3) ? 2 : 1,
    multicast: dice.chance(0.2),
    ...(vrrp && { vrrp: interval === 1000 && dice.chance(0.5) ? 2 : 3 }),
    // Level takes seconds: with short intervals that would be many idle rounds.
    sync: dice.chance(preempt.kind === "never" ? 0.5 : 0.25) && interval >= 250,
  };
}

const settleTime = ({ interval, preempt, sync }: ChaosOptions): number => {
  const delay = preempt.kind === "after" ? preempt.delay + 2 * interval : 0;
  return SETTLE * interval + delay + (sync && preempt.kind !== "never" ? LEVEL_AFTER_MS : 0);
};

type Disturbance = (cluster: Cluster, node: SimNode, interval: number, dice: Random) => void;

const DISTURBANCES: readonly Disturbance[] = [
  (cluster, _node, _interval, dice) =>
    cluster.partition(cluster.nodes.filter(() => dice.chance(0.5)).map((one) => one.name)),
  (cluster) => cluster.heal(),
  (cluster, node, _interval, dice) => cluster.cut(node.name, dice.pick(cluster.nodes).name),
  (_cluster, node) => node.crash(),
  (_cluster, node) => node.powerOff(),
  (cluster, node, interval, dice) => {
    node.crash();
    cluster.later(dice.between(0.05, 3.5) * interval, () => node.start());
  },
  (cluster, node, interval, dice) => {
    node.powerOff();
    node.counter = 0;
    cluster.later(dice.between(0.1, 6) * interval, () => node.start());
  },
  (cluster, node, interval, dice) => {
    if (dice.chance(0.5)) cluster.later(dice.between(1, 8) * interval, () => node.start());
    node.stop();
  },
  (cluster) => {
    for (const node of cluster.nodes) node.start();
  },
  (cluster, node, interval, dice) => {
    node.pause();
    const stunned = dice.chance(0.3);
    cluster.later(dice.between(0.1, 10) * interval, () =>
      stunned ? node.thawStunned() : node.thaw(),
    );
  },
  ({ network }, _node, interval, dice) => {
    network.loss = dice.pick([0, 0, 0.05, 0.3]);
    network.duplicate = dice.pick([0, 0.2]);
    network.maxDelay = Math.max(dice.pick([0, 0.08, 0.4]) * interval, 1);
  },
  (cluster, _node, interval, dice) => {
    for (let i = 0; i < 40; i++) {
      cluster.later(dice.between(0, 2) * interval, () => cluster.replay());
    }
  },
  (cluster, _node, _interval, dice) => {
    cluster.resync = dice.chance(0.5);
  },
  (_cluster, node, interval, dice) => node.failover(ms(dice.pick([2, 8, 1e6]) * interval)),
  (_cluster, node) => node.deliver({ kind: "resume", instance: "i0" }),
  (cluster, node, interval, dice) => {
    node.unplug();
    cluster.later(dice.between(0.4, 8) * interval, () => node.plug());
  },
];

function disturb(cluster: Cluster, dice: Random, interval: number): void {
  cluster.disturbed();
  dice.pick(DISTURBANCES)(cluster, dice.pick(cluster.nodes), interval, dice);
}

/** What holds at every moment. */
function invariants(cluster: Cluster, interval: number): readonly string[] {
  const problems: string[] = [];
  const { now, unservedSince, disturbedAt } = cluster;
  for (const node of cluster.nodes) {
    const one = node.state?.instances["i0"];
    if (!one || node.paused || !node.vips.has("i0")) continue;
    const may = one.kind === "master" || one.kind === "leaving" || one.kind === "fault";
    // The kernel follows within 5 ms.
    if (!may && now - one.since > 10) problems.push(`${node.name} holds the VIP in ${one.kind}`);
  }
  const able = cluster.nodes.some(
    (node) => !node.paused && node.state?.instances["i0"]?.faults.length === 0,
  );
  const unserved = unservedSince === undefined ? 0 : now - Math.max(unservedSince, disturbedAt);
  if (able && unserved > UNSERVED_LIMIT * interval) {
    problems.push(`nobody has served for ${Math.round(unserved)} ms although somebody could`);
  }
  return problems;
}

/** What holds once nothing has gone wrong for a while. */
function settled(cluster: Cluster, interval: number): readonly string[] {
  const problems: string[] = [];
  const masters = cluster.masters();
  if (masters.length !== 1) problems.push(`masters after settling: [${masters.join(" ")}]`);
  const owners = cluster.owners();
  if (owners.join() !== masters.join()) problems.push(`VIP on [${owners}], master [${masters}]`);
  const before = cluster.transitions.length;
  cluster.run(WATCH * interval);
  const later = cluster.transitions.slice(before);
  if (later.length > 0) {
    problems.push(`flaps: ${later.map((one) => `${one.node}→${one.to}:${one.cause}`).join(" ")}`);
  }
  return problems;
}

/** Everything that a run did, for comparison and for people. */
export const chronicle = ({ cluster }: ChaosRun): string =>
  [
    `directors ${cluster.nodes.map((_, index) => nameOf(index)).join(" ")}`,
    ...cluster.transitions.map(
      ({ at, node, to, cause }) => `${at.toFixed(3).padStart(12)} ${node} ${to} (${cause})`,
    ),
  ].join("\n");

/** One random life of a cluster from one seed, and what must hold whatever happened. */
import type { Preempt } from "../../src/config/types.ts";
import { ms } from "../../src/base/units.ts";
import { Cluster } from "./cluster.ts";
import type { SimOptions } from "./config.ts";
import { random } from "./random.ts";

const INTERVAL = 250;
const FAULTS = 12;
/** Long enough for every timer of a settled network. */
const SETTLE = INTERVAL * 100;

/** Runs one seed; returns what was violated, in words. */
export function chaos(seed: number): readonly string[] {
  const dice = random(seed ^ 0x5bd1e995);
  const options = drawOptions(dice);
  const cluster = new Cluster(seed, options);
  for (const node of cluster.nodes) cluster.clock.in(dice.between(0, 2000), () => node.start());
  cluster.run(3000);
  const problems: string[] = [];
  for (let fault = 0; fault < FAULTS; fault++) {
    disturb(cluster);
    cluster.run(dice.between(10, INTERVAL * 12));
    problems.push(...invariants(cluster));
  }
  cluster.calm();
  cluster.run(SETTLE);
  problems.push(...settled(cluster));
  return problems;
}

function drawOptions(dice: ReturnType<typeof random>): SimOptions {
  const count = dice.int(2, 5);
  const equal = dice.chance(0.3);
  const preempts: readonly Preempt[] = [
    { kind: "never" },
    { kind: "never" },
    { kind: "immediate" },
    { kind: "after", delay: ms(2000) },
  ];
  return {
    priorities: Array.from({ length: count }, () => (equal ? 100 : dice.int(1, 254))),
    interval: INTERVAL,
    preempt: dice.pick(preempts),
    paths: dice.int(1, 2),
    sync: dice.chance(0.5),
  };
}

function disturb(cluster: Cluster): void {
  const { random: dice, nodes, network } = cluster;
  const node = dice.pick(nodes);
  const other = dice.pick(nodes);
  switch (dice.int(0, 13)) {
    case 0:
      return cluster.partition(nodes.filter(() => dice.chance(0.5)).map((one) => one.name));
    case 1:
      return cluster.heal();
    case 2:
      return cluster.cut(node.name, other.name);
    case 3:
      return node.crash();
    case 4:
      return node.powerOff();
    case 5:
      node.crash();
      return cluster.clock.in(dice.between(20, 800), () => node.alive || node.start());
    case 6:
      if (!node.alive) node.counter = 0;
      return undefined;
    case 7:
      if (!node.alive) node.start();
      return undefined;
    case 8:
      node.pause();
      return cluster.clock.in(dice.between(50, INTERVAL * 10), () => node.thaw());
    case 9:
      network.loss = dice.pick([0, 0, 0.05, 0.3]);
      return undefined;
    case 10:
      Object.assign(network, { maxDelay: dice.pick([1, 20, 100]), duplicate: dice.pick([0, 0.2]) });
      return undefined;
    case 11:
      for (let i = 0; i < 20; i++) cluster.clock.in(dice.between(0, 500), () => cluster.replay());
      return undefined;
    case 12:
      return node.failover("i0");
    default:
      return linkFlap(cluster, node.name);
  }
}

function linkFlap(cluster: Cluster, name: string): void {
  const node = cluster.node(name);
  node.dispatch({ kind: "faulted", instance: "i0", fault: "linkDown" });
  cluster.clock.in(cluster.random.between(100, 2000), () =>
    node.dispatch({ kind: "repaired", instance: "i0", fault: "linkDown" }),
  );
}

/** What holds at every moment. */
function invariants(cluster: Cluster): readonly string[] {
  const problems: string[] = [];
  for (const node of cluster.nodes) {
    const state = node.state?.instances["i0"];
    if (!state || node.paused) continue;
    const mayHold = state.kind === "master" || state.kind === "leaving" || state.kind === "fault";
    if (node.vips.has("i0") && !mayHold && !justStarted(cluster, node.name)) {
      problems.push(`${node.name} holds the VIP in state ${state.kind} at ${cluster.clock.now}`);
    }
  }
  return problems;
}

const justStarted = (cluster: Cluster, name: string): boolean =>
  cluster.transitions.some((one) => one.node === name && cluster.clock.now - one.at < 10);

/** What holds once nothing has gone wrong for a while. */
function settled(cluster: Cluster): readonly string[] {
  const problems: string[] = [];
  const masters = cluster.masters();
  if (masters.length !== 1) problems.push(`masters after settling: [${masters.join(" ")}]`);
  const owners = cluster.owners();
  if (owners.join() !== masters.join()) problems.push(`VIP on [${owners}], master [${masters}]`);
  const before = cluster.transitions.length;
  cluster.run(INTERVAL * 20);
  const later = cluster.transitions.slice(before);
  if (later.length > 0) {
    problems.push(`flaps: ${later.map((one) => `${one.node}→${one.to}:${one.cause}`).join(" ")}`);
  }
  return problems;
}



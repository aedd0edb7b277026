/** Several simulated directors on a network that loses, delays, doubles, replays, and is cut. */
import { type Envelope } from "../../src/wire/heartbeat/types.ts";
import { Clock } from "./clock.ts";
import { nameOf, type SimOptions } from "./config.ts";
import { SimNode, type Transition } from "./node.ts";
import { type Random, random } from "./random.ts";

export interface Network {
  loss: number;
  duplicate: number;
  minDelay: number;
  maxDelay: number;
}

interface Recorded {
  readonly to: string;
  readonly path: number;
  readonly envelope: Envelope;
}

const RECORDED = 2000;

export class Cluster {
  readonly clock = new Clock();
  readonly random: Random;
  readonly nodes: readonly SimNode[];
  readonly transitions: Transition[] = [];
  readonly network: Network = { loss: 0, duplicate: 0, minDelay: 0.1, maxDelay: 1 };
  /** Directed: `lb1>lb2`. */
  readonly cuts = new Set<string>();
  readonly recorded: Recorded[] = [];

  constructor(seed: number, options: SimOptions) {
    this.random = random(seed);
    const world = {
      clock: this.clock,
      random: this.random,
      options,
      send: (from: string, to: string | undefined, path: number, envelope: Envelope) =>
        this.#send(from, to, path, envelope),
      moved: (transition: Transition) => this.transitions.push(transition),
    };
    this.nodes = options.priorities.map((_, index) => new SimNode(nameOf(index), world));
  }

  node(name: string): SimNode {
    const found = this.nodes.find((one) => one.name === name);
    if (!found) throw new Error(`no node ${name}`);
    return found;
  }

  startAll(): void {
    for (const node of this.nodes) node.start();
  }

  run(duration: number): void {
    this.clock.runUntil(this.clock.now + duration);
  }

  masters(instance = "i0"): readonly string[] {
    return this.nodes.filter((node) => !node.paused && node.isMaster(instance)).map((n) => n.name);
  }

  /** Hosts whose kernel answers for the VIP while their daemon lives. */
  owners(instance = "i0"): readonly string[] {
    return this.nodes.filter((node) => node.alive && node.vips.has(instance)).map((n) => n.name);
  }

  takeovers(): readonly Transition[] {
    return this.transitions.filter((transition) => transition.to === "master");
  }

  cut(from: string, to: string): void {
    this.cuts.add(`${from}>${to}`);
  }

  /** Cuts everything between the two groups. */
  partition(left: readonly string[]): void {
    for (const { name: a } of this.nodes) {
      for (const { name: b } of this.nodes) {
        if (left.includes(a) !== left.includes(b)) this.cut(a, b);
      }
    }
  }

  heal(): void {
    this.cuts.clear();
  }

  replay(): void {
    if (this.recorded.length === 0) return;
    const { to, path, envelope } = this.random.pick(this.recorded);
    this.node(to).receive(envelope, path);
  }

  calm(): void {
    this.heal();
    Object.assign(this.network, { loss: 0, duplicate: 0, minDelay: 0.1, maxDelay: 1 });
    for (const node of this.nodes) {
      if (node.paused) node.thaw();
      if (!node.alive) node.start();
    }
  }

  #send(from: string, to: string | undefined, path: number, envelope: Envelope): void {
    const targets = to === undefined ? this.nodes.map((one) => one.name) : [to];
    for (const target of targets) {
      if (target === from || this.cuts.has(`${from}>${target}`)) continue;
      if (this.recorded.length < RECORDED) this.recorded.push({ to: target, path, envelope });
      else this.recorded[this.random.int(0, RECORDED - 1)] = { to: target, path, envelope };
      const copies = this.random.chance(this.network.duplicate) ? 2 : 1;
      for (let copy = 0; copy < copies; copy++) {
        if (this.random.chance(this.network.loss)) continue;
        const delay = this.random.between(this.network.minDelay, this.network.maxDelay);
        this.clock.in(delay, () => this.node(target).receive(envelope, path));
      }
    }
  }
}

/** Several simulated directors on a network that loses, delays, doubles, replays, and is cut. */

import type { Ip } from "../../src/base/ip.ts";
import { seconds } from "../../src/base/units.ts";
import type { Config } from "../../src/config/types.ts";
import type { Outgoing, OwnAdvert } from "../../src/core/director/effects.ts";
import { addressOf, directorOf } from "../../src/core/director/setup.ts";
import type { DirectorEvent } from "../../src/core/director/types.ts";
import { decode, encode } from "../../src/wire/heartbeat/envelope.ts";
import type { Envelope } from "../../src/wire/heartbeat/types.ts";
import type { Advert } from "../../src/wire/vrrp/types.ts";
import { Clock } from "./clock.ts";
import { nameOf, type SimOptions, simConfig } from "./config.ts";
import { SimNode, type Transition } from "./node.ts";
import { type Random, random } from "./random.ts";

export interface Network {
  loss: number;
  duplicate: number;
  minDelay: number;
  maxDelay: number;
}

export interface Recorded {
  readonly from: string;
  readonly to: string;
  readonly path: number;
  readonly envelope: Envelope;
}

/** Whose kernel held the VIP of i0 from `at` on. */
export interface Holding {
  readonly at: number;
  readonly holders: readonly string[];
}

const CLEAN: Network = { loss: 0, duplicate: 0, minDelay: 0.1, maxDelay: 1 };
const RECORDED = 2000;

export class Cluster {
  readonly clock = new Clock();
  readonly random: Random;
  readonly nodes: readonly SimNode[];
  readonly transitions: Transition[] = [];
  readonly holdings: Holding[] = [{ at: 0, holders: [] }];
  readonly network: Network = { ...CLEAN };
  /** Directed: `lb1>lb2`. */
  readonly cuts = new Set<string>();
  readonly recorded: Recorded[] = [];
  /** On protocol 112, the newest ones. */
  readonly adverts: (OwnAdvert & { readonly at: number; readonly from: string })[] = [];
  /** Whether passes through a connection table come to a good end. */
  resync: boolean;
  /** Whether passes come to any end. */
  teachable = true;
  /** The share of a pass's records that arrive. */
  arriving = 1;
  /** Carries octets instead of values. */
  octets = false;
  /** Sees every datagram before it is sent; false drops it. */
  filter: ((datagram: Recorded) => boolean) | undefined;
  /** Since when no living, running director has had the VIP of i0. */
  unservedSince: number | undefined = 0;
  disturbedAt = 0;
  readonly #config: Config;
  #epoch = 0;

  constructor(seed: number, options: SimOptions) {
    this.random = random(seed);
    this.#config = simConfig(options);
    this.resync = options.resync ?? true;
    const world = {
      clock: this.clock,
      random: this.random,
      config: this.#config,
      authenticated: options.authenticated ?? true,
      resync: () => (this.teachable ? this.resync : undefined),
      send: (from: SimNode, datagram: Outgoing) => this.#send(from, datagram),
      advertise: (from: SimNode, adverts: readonly OwnAdvert[]) => this.#advertise(from, adverts),
      teach: (from: SimNode) => this.#teach(from),
      moved: (transition: Transition) => this.transitions.push(transition),
      changed: () => this.#changed(),
    };
    this.nodes = options.priorities.map((_, index) => new SimNode(nameOf(index), world));
  }

  get now(): number {
    return this.clock.now;
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
    const all = this.nodes.filter((node) => !node.paused && node.kind(instance) === "master");
    return all.map(({ name }) => name);
  }

  /** Hosts whose kernel answers for the VIP while their daemon lives. */
  owners(instance = "i0"): readonly string[] {
    return this.nodes.filter((node) => node.alive && node.vips.has(instance)).map((n) => n.name);
  }

  takeovers(since = 0): readonly Transition[] {
    return this.transitions.filter(({ to, at }) => to === "master" && at >= since);
  }

  cut(from: string, to: string): void {
    this.cuts.add(`${from}>${to}`);
    this.disturbed();
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
    this.disturbed();
  }

  disturbed(): void {
    this.disturbedAt = this.clock.now;
  }

  /** A later fault, or its end; forgotten when calm comes first. */
  later(delay: number, run: () => void): void {
    const epoch = this.#epoch;
    this.clock.in(delay, () => {
      if (epoch === this.#epoch) run();
    });
  }

  replay(recorded = this.#picked()): void {
    if (!recorded) return;
    const { to, path, envelope } = recorded;
    this.node(to).deliver({ kind: "datagram", envelope, path });
  }

  /** Nothing is recorded of protocol 112, where whatever is said counts. */
  #picked(): Recorded | undefined {
    return this.recorded.length === 0 ? undefined : this.random.pick(this.recorded);
  }

  /** All faults end at once. */
  calm(): void {
    this.#epoch++;
    this.heal();
    Object.assign(this.network, CLEAN);
    this.resync = true;
    for (const node of this.nodes) {
      node.thaw();
      node.plug();
      node.start();
    }
  }

  failover(name: string, hold = seconds(600)): void {
    this.node(name).failover(hold);
  }

  #teach(from: SimNode): void {
    for (const target of this.nodes) {
      const cut = this.cuts.has(`${from.name}>${target.name}`);
      if (target !== from && !cut) target.learn(Math.floor(from.known * this.arriving));
    }
  }

  #changed(): void {
    const { now } = this.clock;
    this.disturbedAt = now;
    const held = this.nodes.filter((node) => node.vips.has("i0"));
    const served = held.some((node) => node.alive && !node.paused);
    if (served) this.unservedSince = undefined;
    else this.unservedSince ??= now;
    const holders = held.map(({ name }) => name);
    const last = this.holdings.at(-1);
    if (last?.holders.join() !== holders.join()) this.holdings.push({ at: now, holders });
  }

  #send(from: SimNode, { peer, path, envelope }: Outgoing): void {
    for (const target of this.nodes) {
      if (target === from || (peer !== undefined && target.name !== peer)) continue;
      if (path === 0 && (from.unplugged || target.unplugged)) continue;
      if (this.cuts.size > 0 && this.cuts.has(`${from.name}>${target.name}`)) continue;
      const recorded = { from: from.name, to: target.name, path, envelope };
      this.#record(recorded);
      if (this.filter && !this.filter(recorded)) continue;
      this.#carry(target, recorded);
    }
  }

  /** Protocol 112 goes to all of the segment, each packet on its own way. */
  #advertise(from: SimNode, adverts: readonly OwnAdvert[]): void {
    for (const advert of adverts) this.adverts.push({ ...advert, at: this.now, from: from.name });
    if (this.adverts.length > RECORDED) this.adverts.splice(0, RECORDED / 2);
    for (const target of this.nodes) {
      if (target === from || from.unplugged || target.unplugged) continue;
      if (this.cuts.has(`${from.name}>${target.name}`)) continue;
      for (const { instance, priority } of adverts) {
        this.#deliver(target, this.advertTo(target.name, from.name, instance, priority));
      }
    }
  }

  /** What `to` hears when `from` advertises an instance. */
  advertTo(to: string, from: string, instance: string, priority: number): DirectorEvent {
    const advert = advertOf(this.#config, instance, priority);
    if (!advert) throw new Error(`${instance} does not speak VRRP`);
    const places = { from: this.#addressOf(this.node(from)), own: this.#addressOf(this.node(to)) };
    return { kind: "adverts", heard: [{ instance, ...places, advert }] };
  }

  #addressOf({ name }: SimNode): Ip {
    return addressOf(directorOf(this.#config, name));
  }

  #carry(target: SimNode, recorded: Recorded): void {
    const { path } = recorded;
    const envelope = this.octets ? decode(encode(recorded.envelope)) : recorded.envelope;
    this.#deliver(target, { kind: "datagram", envelope, path });
  }

  #deliver(target: SimNode, event: DirectorEvent): void {
    const { loss, duplicate, minDelay, maxDelay } = this.network;
    const copies = duplicate > 0 && this.random.chance(duplicate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (loss > 0 && this.random.chance(loss)) continue;
      this.clock.in(this.random.between(minDelay, maxDelay), () => target.deliver(event));
    }
  }

  #record(recorded: Recorded): void {
    if (this.recorded.length < RECORDED) this.recorded.push(recorded);
    else this.recorded[this.random.int(0, RECORDED - 1)] = recorded;
  }
}

function advertOf({ instances }: Config, name: string, priority: number): Advert | undefined {
  const instance = instances.find((one) => one.name === name);
  return (
    instance?.vrrp && {
      version: instance.vrrp.version,
      routerId: instance.routerId,
      priority,
      interval: instance.interval,
      addresses: instance.vrrp.advertised,
      authentication: { kind: "none" },
    }
  );
}

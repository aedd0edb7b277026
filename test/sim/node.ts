/** One simulated host: the real core, a kernel that holds VIPs, a disk that holds a counter. */
import { type Millis, seconds } from "../../src/base/units.ts";
import type { Config } from "../../src/config/types.ts";
import { holdsVips } from "../../src/core/director/desired.ts";
import type { DirectorEffect, Outgoing, OwnAdvert } from "../../src/core/director/effects.ts";
import { initialDirector, makeSetup } from "../../src/core/director/setup.ts";
import { nextDeadline, step } from "../../src/core/director/step.ts";
import type { DirectorEvent, DirectorState } from "../../src/core/director/types.ts";
import type { Fault } from "../../src/core/vrrp/types.ts";
import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";

/** What a socket's buffer holds while the process is paused. */
const BUFFER = 300;

export interface Transition {
  readonly at: number;
  readonly node: string;
  readonly instance: string;
  readonly to: string;
  readonly cause: string;
}

export interface Announced {
  readonly at: number;
  readonly instance: string;
  readonly why: string;
}

export interface NodeWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly config: Config;
  readonly authenticated: boolean;
  /** Whether a pass through the connection table succeeds now; undefined: it never ends. */
  resync(): boolean | undefined;
  send(from: SimNode, datagram: Outgoing): void;
  advertise(from: SimNode, adverts: readonly OwnAdvert[]): void;
  /** The records of a pass arrive where they can. */
  teach(from: SimNode): void;
  moved(transition: Transition): void;
  /** A VIP came or went, or who answers for it did. */
  changed(): void;
}

export class SimNode {
  readonly name: string;
  state: DirectorState | undefined;
  paused = false;
  /** The link that the VIPs and path 0 are on. */
  unplugged = false;
  /** VIPs in this host's kernel, by instance: they outlive the process. */
  readonly vips = new Set<string>();
  counter = 0;
  /** Established connections that this host's kernel knows. */
  known = 0;
  readonly announced: Announced[] = [];
  /** Sentences of commands that were refused. */
  readonly refused: string[] = [];
  readonly discarded: Record<string, number> = {};
  readonly #world: NodeWorld;
  readonly #inbox: DirectorEvent[] = [];
  #lastClaim = Number.NEGATIVE_INFINITY;
  #holds: Readonly<Record<string, number>> = {};
  #armedAt = Number.POSITIVE_INFINITY;
  #generation = 0;

  constructor(name: string, world: NodeWorld) {
    this.name = name;
    this.#world = world;
  }

  get alive(): boolean {
    return this.state !== undefined;
  }

  kind(instance = "i0"): string | undefined {
    return this.state?.instances[instance]?.kind;
  }

  start(): void {
    if (this.alive) return;
    const { clock, config, authenticated } = this.#world;
    this.counter++;
    const setup = makeSetup({
      config,
      configDigest: "1111111111111111",
      self: this.name,
      session: this.#session(),
      counter: this.counter,
      keyId: 0,
      authenticated,
    });
    const inTime = clock.now - this.#lastClaim < config.heartbeat.interval * 2;
    const adopt = inTime ? [...this.vips] : [];
    if (!inTime) this.vips.clear();
    this.#forget();
    this.state = initialDirector(setup, clock.now);
    if (this.unplugged) this.#faultAll("faulted");
    this.dispatch({ kind: "started", adopt, level: adopt.length > 0, holds: this.#remaining() });
    this.#world.changed();
  }

  /** kill -9: the kernel keeps what it has. */
  crash(): void {
    this.#remember();
    this.state = undefined;
    this.#forget();
    this.#world.changed();
  }

  /** The plug: nothing is left but the disk. */
  powerOff(): void {
    this.vips.clear();
    this.known = 0;
    this.#lastClaim = Number.NEGATIVE_INFINITY;
    this.crash();
  }

  stop(): void {
    this.deliver({ kind: "stopping" });
  }

  pause(): void {
    this.paused = this.alive;
    this.#world.changed();
  }

  /** As the daemon does it: the sockets are drained first, then what is due is judged. */
  thaw(): void {
    if (!this.paused) return;
    this.paused = false;
    for (const event of this.#inbox.splice(0)) this.dispatch(event);
    this.#armedAt = Number.POSITIVE_INFINITY;
    this.#arm();
    this.#world.changed();
  }

  /** A stunned machine: whatever arrived meanwhile is lost. */
  thawStunned(): void {
    this.#inbox.length = 0;
    this.thaw();
  }

  unplug(): void {
    if (this.unplugged) return;
    this.unplugged = true;
    this.#faultAll("faulted");
  }

  plug(): void {
    if (!this.unplugged) return;
    this.unplugged = false;
    this.#faultAll("repaired");
  }

  failover(hold: Millis = seconds(600), force = false): void {
    this.deliver({ kind: "failover", instance: "i0", hold, force });
  }

  deliver(event: DirectorEvent): void {
    if (!this.paused) return this.dispatch(event);
    const full = event.kind === "datagram" && this.#inbox.length >= BUFFER;
    if (!full) this.#inbox.push(event);
  }

  dispatch(event: DirectorEvent): void {
    if (!this.state) return;
    const result = step(this.state, event, this.#world.clock.now);
    this.state = result.state;
    for (const effect of result.effects) this.#execute(effect);
    this.#reconcile();
    this.#arm();
  }

  #execute(effect: DirectorEffect): void {
    const { clock } = this.#world;
    switch (effect.kind) {
      case "send":
        return this.#send(effect.datagrams);
      case "advertise":
        if (effect.adverts.some(({ priority }) => priority > 0)) this.#lastClaim = clock.now;
        return this.#world.advertise(this, effect.adverts);
      case "announce":
        this.announced.push({ at: clock.now, instance: effect.instance, why: effect.why });
        return undefined;
      case "transition": {
        const { to, cause } = effect.transition;
        const { instance } = effect;
        const place = { at: clock.now, node: this.name, instance };
        return this.#world.moved({ ...place, to, cause: cause.kind });
      }
      case "resync":
        return this.#resync(effect);
      case "refused":
        this.refused.push(effect.sentence);
        return undefined;
      case "discarded":
        this.discarded[effect.reason] = (this.discarded[effect.reason] ?? 0) + 1;
        return undefined;
      case "stopped":
        return this.crash();
      default:
        return undefined;
    }
  }

  /** A pass takes a moment; one that another replaced comes to no end. */
  #resync({ pass, passKind }: Extract<DirectorEffect, { kind: "resync" }>): void {
    const { clock, random } = this.#world;
    const generation = this.#generation;
    const complete = this.#world.resync();
    if (complete === undefined) return;
    const tookMs = random.between(1, passKind === "full" ? 500 : 150);
    const result = { pass, kind: passKind, complete, tookMs, problem: undefined };
    clock.in(tookMs, () => {
      if (generation !== this.#generation) return;
      if (complete) this.#world.teach(this);
      const counts = { i0: this.known };
      const resynced = { ...result, sent: this.known, counts, skipped: {} };
      this.deliver({ kind: "resynced", result: resynced });
    });
  }

  /** What arrives of another kernel's connections is counted by the patrol, a moment later. */
  learn(known: number): void {
    this.known = Math.max(this.known, known);
    const counted = [this.known, 0] as const;
    this.deliver({ kind: "counted", instance: "i0", connections: counted });
  }

  #send(datagrams: readonly Outgoing[]): void {
    for (const datagram of datagrams) {
      if (datagram.envelope.kind === "claim") this.#lastClaim = this.#world.clock.now;
      this.#world.send(this, datagram);
    }
  }

  /** Levels: the kernel follows a few milliseconds later, and confirms. */
  #reconcile(): void {
    const { state } = this;
    if (!state) return;
    const waits = Object.entries(state.instances).some(
      ([name, one]) =>
        holdsVips(state, name) !== this.vips.has(name) ||
        (one.kind === "master" && one.vips === "pending") ||
        (one.kind === "leaving" && one.phase === "releasing") ||
        (one.kind === "fault" && !one.released),
    );
    if (!waits) return;
    const generation = this.#generation;
    this.#world.clock.in(this.#world.random.between(0.2, 5), () => {
      if (generation === this.#generation && !this.paused) this.#apply();
    });
  }

  #apply(): void {
    for (const instance of Object.keys(this.state?.instances ?? {})) {
      const one = this.state?.instances[instance];
      if (!one || !this.state) return;
      const wanted = holdsVips(this.state, instance);
      if (wanted !== this.vips.has(instance)) {
        if (wanted) this.vips.add(instance);
        else this.vips.delete(instance);
        this.#world.changed();
      }
      const coming = one.kind === "master" && one.vips === "pending";
      const going = one.kind === "leaving" || (one.kind === "fault" && !one.released);
      if (wanted && coming) this.dispatch({ kind: "vipsOn", instance });
      else if (!wanted && going) this.dispatch({ kind: "vipsOff", instance });
    }
  }

  /** One timer, as in the daemon; it looks again where the deadline has moved away. */
  #arm(): void {
    const { clock } = this.#world;
    const due = this.state && nextDeadline(this.state, clock.now);
    if (due === undefined) return;
    const at = Math.max(due, clock.now);
    if (this.#armedAt <= at) return;
    this.#armedAt = at;
    const generation = this.#generation;
    clock.at(at, () => {
      if (this.#armedAt !== at || generation !== this.#generation || this.paused) return;
      this.#armedAt = Number.POSITIVE_INFINITY;
      const still = this.state && nextDeadline(this.state, clock.now);
      if (still !== undefined && still <= clock.now) this.dispatch({ kind: "deadline" });
      else this.#arm();
    });
  }

  #faultAll(kind: "faulted" | "repaired"): void {
    const fault: Fault = "linkDown";
    for (const instance of Object.keys(this.state?.instances ?? {})) {
      this.deliver({ kind, instance, fault });
    }
  }

  /** Holds are persisted, as `baton failover` promises. */
  #remember(): void {
    if (!this.state) return;
    const holds = Object.entries(this.state.instances).flatMap(([name, { holdUntil }]) =>
      holdUntil === undefined ? [] : [[name, holdUntil] as const],
    );
    this.#holds = Object.fromEntries(holds);
  }

  #remaining(): Readonly<Record<string, Millis>> {
    const { now } = this.#world.clock;
    const ahead = Object.entries(this.#holds).filter(([, until]) => until > now);
    return Object.fromEntries(ahead.map(([name, until]) => [name, (until - now) as Millis]));
  }

  #forget(): void {
    this.#generation++;
    this.#inbox.length = 0;
    this.#armedAt = Number.POSITIVE_INFINITY;
    this.paused = false;
  }

  #session(): string {
    const { random } = this.#world;
    const word = (): string => random.int(0, 0xffffffff).toString(16).padStart(8, "0");
    return word() + word() + word() + word();
  }
}

/** One simulated director: the real core, a kernel that holds VIPs, a disk that holds a counter. */
import { holdsVips } from "../../src/core/director/desired.ts";
import { initialDirector, makeSetup } from "../../src/core/director/setup.ts";
import { nextDeadline, step } from "../../src/core/director/step.ts";
import type { DirectorEffect, DirectorEvent, DirectorState } from "../../src/core/director/types.ts";
import { seconds } from "../../src/base/units.ts";
import type { Envelope } from "../../src/wire/heartbeat/types.ts";
import type { Clock } from "./clock.ts";
import type { Random } from "./random.ts";
import type { SimOptions } from "./config.ts";
import { simConfig } from "./config.ts";

/** What a socket's buffer holds while the process is paused. */
const BUFFER = 300;

export interface Transition {
  readonly at: number;
  readonly node: string;
  readonly instance: string;
  readonly to: string;
  readonly cause: string;
}

export interface NodeWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly options: SimOptions;
  send(from: string, to: string | undefined, path: number, envelope: Envelope): void;
  moved(transition: Transition): void;
}

export class SimNode {
  readonly name: string;
  readonly #world: NodeWorld;
  state: DirectorState | undefined;
  paused = false;
  /** VIPs in this host's kernel, by instance: they outlive the process. */
  readonly vips = new Set<string>();
  counter = 0;
  announced = 0;
  #lastClaim = Number.NEGATIVE_INFINITY;
  #timer = 0;
  #generation = 0;
  readonly #inbox: { envelope: Envelope; path: number }[] = [];

  constructor(name: string, world: NodeWorld) {
    this.name = name;
    this.#world = world;
  }

  get alive(): boolean {
    return this.state !== undefined;
  }

  isMaster(instance: string): boolean {
    return this.state?.instances[instance]?.kind === "master";
  }

  start(): void {
    const { clock, random, options } = this.#world;
    this.counter++;
    const session = Array.from({ length: 4 }, () =>
      Math.floor(random.next() * 2 ** 32).toString(16).padStart(8, "0"),
    ).join("");
    const config = simConfig(options);
    const setup = makeSetup({
      config,
      configDigest: "1111111111111111",
      self: this.name,
      session,
      counter: this.counter,
      keyId: 0,
      authenticated: true,
    });
    const limit = config.heartbeat.interval * 2;
    const adopt = clock.now - this.#lastClaim < limit ? [...this.vips] : [];
    for (const instance of this.vips) if (!adopt.includes(instance)) this.vips.delete(instance);
    this.#generation++;
    this.paused = false;
    this.#inbox.length = 0;
    this.state = initialDirector(setup, clock.now);
    this.dispatch({ kind: "started", adopt, level: adopt.length > 0, holds: {} });
  }

  /** kill -9: the kernel keeps what it has. */
  crash(): void {
    this.state = undefined;
    this.#generation++;
  }

  /** The plug: nothing is left but the disk. */
  powerOff(): void {
    this.crash();
    this.vips.clear();
    this.#lastClaim = Number.NEGATIVE_INFINITY;
  }

  pause(): void {
    this.paused = true;
  }

  /** As the daemon does it: drain the sockets first, then judge what is due. */
  thaw(): void {
    if (!this.paused) return;
    this.paused = false;
    for (const { envelope, path } of this.#inbox.splice(0)) this.receive(envelope, path);
    this.#arm();
  }

  receive(envelope: Envelope, path: number): void {
    if (!this.state) return;
    if (!this.paused) this.dispatch({ kind: "datagram", envelope, path });
    else if (this.#inbox.length < BUFFER) this.#inbox.push({ envelope, path });
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
    if (effect.kind === "announce") this.announced++;
    if (effect.kind === "transition") {
      const { to, cause } = effect.transition;
      const { instance } = effect;
      this.#world.moved({ at: clock.now, node: this.name, instance, to, cause: cause.kind });
    }
    if (effect.kind !== "send") return;
    for (const { peer, path, envelope } of effect.datagrams) {
      if (envelope.instances.some((report) => report.claim)) this.#lastClaim = clock.now;
      this.#world.send(this.name, peer, path, envelope);
    }
  }

  /** Levels: the kernel follows a few milliseconds later, and confirms. */
  #reconcile(): void {
    const { state } = this;
    if (!state) return;
    const differs = Object.keys(state.instances).filter(
      (instance) => holdsVips(state, instance) !== this.vips.has(instance),
    );
    const waits = Object.entries(state.instances).some(
      ([, one]) =>
        (one.kind === "master" && one.vips === "pending") ||
        (one.kind === "leaving" && one.phase === "releasing") ||
        (one.kind === "fault" && !one.released),
    );
    if (differs.length === 0 && !waits) return;
    const generation = this.#generation;
    this.#world.clock.in(this.#world.random.between(0.2, 5), () => {
      if (generation === this.#generation && !this.paused) this.#apply();
    });
  }

  #apply(): void {
    for (const instance of Object.keys(this.state?.instances ?? {})) {
      const one = this.state?.instances[instance];
      if (!one || !this.state) return;
      if (holdsVips(this.state, instance)) {
        this.vips.add(instance);
        if (one.kind === "master" && one.vips === "pending") {
          this.dispatch({ kind: "vipsOn", instance });
        }
      } else {
        this.vips.delete(instance);
        const pending = one.kind === "leaving" || (one.kind === "fault" && !one.released);
        if (pending) this.dispatch({ kind: "vipsOff", instance });
      }
    }
  }

  #arm(): void {
    const { clock } = this.#world;
    const at = this.state && nextDeadline(this.state, clock.now);
    if (at === undefined) return;
    const timer = ++this.#timer;
    const generation = this.#generation;
    clock.at(Math.max(at, clock.now), () => {
      if (timer !== this.#timer || generation !== this.#generation || this.paused) return;
      this.dispatch({ kind: "deadline" });
    });
  }

  failover(instance: string): void {
    this.dispatch({ kind: "failover", instance, hold: seconds(600), force: false });
  }
}

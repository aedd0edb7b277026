/** Whole directors for unit tests: lb1 of a simulated configuration, and what the others say. */
import { nameId } from "../../src/base/hash.ts";
import { instant, ms } from "../../src/base/units.ts";
import type { Config } from "../../src/config/types.ts";
import type { DirectorEffect, Outgoing } from "../../src/core/director/effects.ts";
import { initialDirector, makeSetup } from "../../src/core/director/setup.ts";
import { nextDeadline, step } from "../../src/core/director/step.ts";
import type { DirectorEvent, DirectorState } from "../../src/core/director/types.ts";
import { decode, encode } from "../../src/wire/heartbeat/envelope.ts";
import type { Envelope, InstanceReport } from "../../src/wire/heartbeat/types.ts";
import { type SimOptions, simConfig } from "../sim/config.ts";
import { reportOf } from "./election.ts";
import type { Fleet } from "./health.ts";

const SESSION = "5".repeat(32);

export const directorWith = (options: SimOptions): DirectorState =>
  initialDirector(
    makeSetup({
      config: simConfig(options),
      configDigest: "1111111111111111",
      self: "lb1",
      session: SESSION,
      counter: 1,
      keyId: 0,
      authenticated: true,
    }),
    instant(0),
  );

/** Two directors, lb1 the better one, over a network that loses nothing. */
export class TwoDirectors {
  readonly states: Record<string, DirectorState>;
  readonly effects: { readonly host: string; readonly effect: DirectorEffect }[] = [];
  at = 0;
  #run = 0;

  constructor(of: Fleet) {
    const services = of.services.map((service) => ({ ...service, instance: "i0" }));
    this.#config = { ...simConfig({ priorities: [150, 100] }), ...of, services };
    this.states = { lb1: this.#begin("lb1"), lb2: this.#begin("lb2") };
    for (const host of ["lb1", "lb2"]) this.tell(host, STARTED);
  }

  readonly #config: Config;

  #begin(self: string): DirectorState {
    const session = String(++this.#run).padStart(32, "0");
    const setup = makeSetup({
      config: this.#config,
      configDigest: "1111111111111111",
      self,
      session,
      counter: this.#run,
      keyId: 0,
      authenticated: true,
    });
    return initialDirector(setup, instant(this.at));
  }

  /** An empty one takes its place. */
  restart(host: string): void {
    this.states[host] = this.#begin(host);
    this.tell(host, STARTED);
  }

  state(host: string): DirectorState {
    const state = this.states[host];
    if (!state) throw new Error(`there is no ${host}`);
    return state;
  }

  tell(host: string, event: DirectorEvent): void {
    const { state, effects } = step(this.state(host), event, instant(this.at));
    this.states[host] = state;
    for (const effect of effects) {
      this.effects.push({ host, effect });
      if (effect.kind === "send") for (const one of effect.datagrams) this.#deliver(host, one);
      const masters = effect.kind === "transition" && effect.transition.to === "master";
      if (masters) this.tell(host, { kind: "vipsOn", instance: "i0" });
      const leaves = state.instances["i0"];
      const gone = leaves?.kind === "leaving" && leaves.phase === "releasing";
      if (gone && effect.kind === "transition")
        this.tell(host, { kind: "vipsOff", instance: "i0" });
    }
    const one = this.state(host).instances["i0"];
    if (one?.kind === "leaving" && one.phase === "releasing") {
      this.tell(host, { kind: "vipsOff", instance: "i0" });
    }
  }

  #deliver(from: string, { envelope, path }: Outgoing): void {
    const to = from === "lb1" ? "lb2" : "lb1";
    // As it is on the wire.
    this.tell(to, { kind: "datagram", envelope: decode(encode(envelope)), path });
  }

  /** Deadlines of both, in steps of 10 ms. */
  pass(duration: number, each: () => void = () => undefined): void {
    for (const end = this.at + duration; this.at < end; ) {
      this.at += 10;
      each();
      for (const host of ["lb1", "lb2"]) {
        const due = nextDeadline(this.state(host), instant(this.at));
        if (due !== undefined && due <= this.at) this.tell(host, { kind: "deadline" });
      }
    }
  }

  get master(): string {
    return ["lb1", "lb2"]
      .filter((host) => this.state(host).instances["i0"]?.kind === "master")
      .join();
  }
}

export interface Told {
  readonly state: DirectorState;
  readonly effects: readonly DirectorEffect[];
}

/** One event after the other. */
export function tell(
  state: DirectorState,
  ...events: readonly (readonly [number, DirectorEvent])[]
): Told {
  let told: Told = { state, effects: [] };
  for (const [at, event] of events) {
    const { state: next, effects } = step(told.state, event, instant(at));
    told = { state: next, effects: [...told.effects, ...effects] };
  }
  return told;
}

/** Lives on from `from` until `until`: every deadline when it is due. */
export function live(state: DirectorState, from: number, until: number): Told {
  let told: Told = { state, effects: [] };
  for (let at = from; ; ) {
    at = Math.max(at, nextDeadline(told.state, instant(at)) ?? until + 1);
    if (at > until) return told;
    const { state: next, effects } = step(told.state, { kind: "deadline" }, instant(at));
    told = { state: next, effects: [...told.effects, ...effects] };
  }
}

export const STARTED: DirectorEvent = { kind: "started", adopt: [], level: true, holds: {} };

export const sent = (effects: readonly DirectorEffect[]): readonly Outgoing[] =>
  effects.flatMap((effect) => (effect.kind === "send" ? effect.datagrams : []));

export const kindsOf = (effects: readonly DirectorEffect[]): readonly string[] =>
  effects.map(({ kind }) => kind);

/** A proven datagram of lb2 that says `report` of instance i0. */
export function datagramOf(
  state: DirectorState,
  report: Partial<InstanceReport>,
  changes: Partial<Envelope> = {},
): DirectorEvent {
  const { setup } = state;
  const echo = { path: 0, sequence: state.sequences["lb2"] ?? 1, age: ms(0) };
  const envelope: Envelope = {
    kind: "hello",
    keyId: 0,
    cluster: setup.cluster,
    sender: nameId("lb2"),
    addressee: setup.selfId,
    session: "b".repeat(32),
    counter: 1,
    sequence: 1,
    path: 0,
    part: 0,
    parts: 1,
    echoes: [{ director: setup.selfId, session: setup.session, paths: [echo] }],
    configDigest: setup.configDigest,
    baton: undefined,
    instances: [reportOf({ id: nameId("i0"), ...report })],
    decisions: [],
    health: undefined,
    ...changes,
  };
  return { kind: "datagram", envelope, path: envelope.path };
}

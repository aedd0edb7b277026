/** Whole directors for unit tests: lb1 of a simulated configuration, and what the others say. */
import { nameId } from "../../src/base/hash.ts";
import { instant, ms } from "../../src/base/units.ts";
import { initialDirector, makeSetup } from "../../src/core/director/setup.ts";
import { nextDeadline, step } from "../../src/core/director/step.ts";
import type {
  DirectorEffect,
  DirectorEvent,
  DirectorState,
  Outgoing,
} from "../../src/core/director/types.ts";
import type { Envelope, InstanceReport } from "../../src/wire/heartbeat/types.ts";
import { type SimOptions, simConfig } from "../sim/config.ts";
import { reportOf } from "./election.ts";

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
    instances: [reportOf({ id: nameId("i0"), ...report })],
    ...changes,
  };
  return { kind: "datagram", envelope, path: envelope.path };
}

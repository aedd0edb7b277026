/** Which lines of the journal a step of the core makes. */
import type { Instant } from "../../base/units.ts";
import { VERSION } from "../../base/version.ts";
import type { DirectorEffect } from "../director/effects.ts";
import type { DirectorEvent, DirectorState } from "../director/types.ts";
import { decisionOf } from "../health/admin.ts";
import type { AdminEntry } from "../health/types.ts";
import { storyTimes } from "../story/story.ts";
import { causeText } from "../vrrp/cause.ts";
import { evidenceOf, type Moment } from "./evidence.ts";
import type { LineBody } from "./types.ts";

/** One step that was taken. */
export interface Step extends Omit<Moment, "event"> {
  readonly event: DirectorEvent;
  readonly effects: readonly DirectorEffect[];
}

/** What comes many times a second, and seldom changes anything. */
const QUIET_EVENTS: ReadonlySet<DirectorEvent["kind"]> = new Set([
  "datagram",
  "adverts",
  "advertRefused",
  "deadline",
  "counted",
  "looked",
  "probed",
  "drained",
  // Its effect tells of it, wherever it was said.
  "decided",
]);
const QUIET_EFFECTS: ReadonlySet<DirectorEffect["kind"]> = new Set([
  "send",
  "advertise",
  "announce",
  "discarded",
  "resync",
  "reweighed",
  "rivalled",
  "stopped",
]);

/** Whether the step has lines; asked of every step, so it is quick. */
export const isNotable = (step: Step): boolean =>
  !QUIET_EVENTS.has(step.event.kind) ||
  step.effects.some(({ kind }) => !QUIET_EFFECTS.has(kind)) ||
  sightChanged(step) ||
  mayTellNews(step) ||
  mayBeMark(step);

/** Heartbeats of hundreds of instances come each second: nothing is made for them here. */
function mayTellNews({ event, before }: Step): boolean {
  if (event.kind === "adverts") {
    return event.heard.some(({ instance, from, advert }) => {
      const views = Object.values(before.instances[instance]?.views ?? {});
      const known = views.find(({ address }) => address === from)?.report;
      return known?.claim !== advert.priority > 0;
    });
  }
  if (event.kind !== "datagram") return false;
  const director = before.setup.peersById[event.envelope.sender]?.name;
  if (director === undefined) return false;
  for (const { id, state, claim } of event.envelope.instances) {
    const one = before.instances[before.setup.instancesById[id] ?? ""];
    const known = one?.views[director]?.report;
    if (one && (known?.state !== state || known.claim !== claim)) return true;
  }
  return false;
}

const mayBeMark = ({ event, effects }: Step): boolean =>
  event.kind === "datagram"
    ? isMark(event.envelope.sequence)
    : effects.some(
        (effect) =>
          effect.kind === "send" && effect.datagrams.some((one) => isMark(one.envelope.sequence)),
      );

/** In their order; `recording` is the file that replays the step. */
export function linesOf(step: Step, recording: string | undefined): readonly LineBody[] {
  return [
    ...clockMarks(step),
    ...eventLines(step),
    ...peersChanged(step),
    ...step.effects.flatMap((effect) => effectLines(step, effect, recording)),
  ];
}

function eventLines({ event, ...step }: Step): readonly LineBody[] {
  if (event.kind === "started") {
    const { session, counter, configDigest } = step.before.setup;
    const { adopt } = event;
    return [{ kind: "started", baton: VERSION, session, counter, configDigest, adopt }];
  }
  if (QUIET_EVENTS.has(event.kind) && !sightChanged({ event, ...step })) return [];
  return [{ kind: "event", event: { ...event } }];
}

function effectLines(
  step: Step,
  effect: DirectorEffect,
  recording: string | undefined,
): readonly LineBody[] {
  switch (effect.kind) {
    case "transition": {
      const { instance, transition } = effect;
      const { from, to, cause } = transition;
      const evidence = evidenceOf({ ...step, event: step.event.kind }, instance);
      if (!evidence) return [];
      const why = causeText(cause);
      return [{ kind: "transition", instance, from, to, cause, why, evidence, recording }];
    }
    case "told": {
      const { instance, story } = effect;
      const { kind: told, ...times } = storyTimes(story);
      return [{ kind: "told", instance, story: told, ...times }];
    }
    case "health":
      return [effect.change];
    case "administered":
      // What an earlier run was told stands in the journal already.
      return step.before.running ? effect.said.map((entry) => decidedLine(entry, step.at)) : [];
    case "note":
    case "refused":
      return [effect];
    case "send":
    case "advertise":
    case "announce":
    case "resync":
    case "reweighed":
    case "rivalled":
    case "discarded":
    case "stopped":
      return [];
  }
}

const decidedLine = (entry: AdminEntry, at: Instant): LineBody => ({
  kind: "decided",
  ...decisionOf(entry, at),
});

/** What this host hears of the network became another. */
function sightChanged({ event, before, after }: Omit<Step, "effects">): boolean {
  if (event.kind !== "looked") return false;
  const blind = ({ sights }: DirectorState): boolean => sights[event.interface]?.blind ?? false;
  return blind(before) !== blind(after);
}

function peersChanged({ event, before, after }: Step): readonly LineBody[] {
  if (event.kind === "datagram") {
    const director = before.setup.peersById[event.envelope.sender]?.name;
    if (director === undefined) return [];
    return event.envelope.instances.flatMap(({ id }) => {
      const instance = before.setup.instancesById[id];
      return instance === undefined ? [] : peerChanged(before, after, instance, director);
    });
  }
  if (event.kind !== "adverts") return [];
  return [...new Set(event.heard.map(({ instance }) => instance))].flatMap((instance) =>
    Object.keys(after.instances[instance]?.views ?? {}).flatMap((director) =>
      peerChanged(before, after, instance, director),
    ),
  );
}

const NOTHING: readonly LineBody[] = [];

function peerChanged(
  before: DirectorState,
  after: DirectorState,
  instance: string,
  director: string,
): readonly LineBody[] {
  const was = before.instances[instance]?.views[director]?.report;
  const is = after.instances[instance]?.views[director]?.report;
  if (!is || (was?.state === is.state && was.claim === is.claim)) return NOTHING;
  const { state: to, claim } = is;
  return [{ kind: "peer", peer: director, instance, from: was?.state, to, claim }];
}

/** Powers of four soon after a start, then each 1024th: both ends choose the same heartbeats. */
const FIRST_MARK = 16;
const MARK_EVERY = 1024;

export const isMark = (sequence: number): boolean =>
  sequence >= FIRST_MARK &&
  (sequence % MARK_EVERY === 0 ||
    (sequence < MARK_EVERY && Number.isInteger(Math.log2(sequence) / 2)));

function clockMarks({ event, effects, before, after }: Step): readonly LineBody[] {
  if (event.kind === "datagram") return heardMarks(event, before, after);
  return effects.flatMap((effect) => {
    if (effect.kind !== "send") return [];
    const { session, config, self } = after.setup;
    const said = new Map<string, number>();
    for (const { peer, envelope } of effect.datagrams) {
      if (!isMark(envelope.sequence)) continue;
      const peers = peer === undefined ? config.directors.map(({ name }) => name) : [peer];
      for (const one of peers) if (one !== self) said.set(one, envelope.sequence);
    }
    return [...said].map(
      ([peer, sequence]): LineBody => ({ kind: "clock", way: "said", peer, session, sequence }),
    );
  });
}

function heardMarks(
  { envelope }: Extract<DirectorEvent, { kind: "datagram" }>,
  before: DirectorState,
  after: DirectorState,
): readonly LineBody[] {
  const { sequence, session } = envelope;
  if (!isMark(sequence)) return [];
  const peer = before.setup.peersById[envelope.sender]?.name;
  if (peer === undefined || after.peers[peer]?.session !== session) return [];
  // The first of several paths brought it.
  const known = Object.values(before.peers[peer]?.paths ?? {}).some(
    (path) => before.peers[peer]?.session === session && path.sequence >= sequence,
  );
  return known ? [] : [{ kind: "clock", way: "heard", peer, session, sequence }];
}

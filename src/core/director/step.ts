/** The whole director: routes each event to its instances, and collects what they ask for. */
import { never } from "../../base/invariant.ts";
import { after, earliest, type Instant, ms } from "../../base/units.ts";
import { endPass } from "../resync/passes.ts";
import type { PassResult } from "../resync/types.ts";
import { isCutOff, look } from "../sight/sight.ts";
import { nextDeadline as instanceDeadline } from "../vrrp/step.ts";
import { advertRefused, composeAdverts, hearAdvert } from "./adverts.ts";
import { announceDue, announcementDeadline } from "./announcing.ts";
import { beatDeadline, firstBeats, keepBeats, wakeWhoOverslept } from "./beats.ts";
import { announceIfMaster, apply, type Draft, speakUp } from "./draft.ts";
import { keepGroups, matesOf } from "./groups.ts";
import {
  answersCame,
  decisionCame,
  drainedCame,
  drainsCame,
  penalise,
  reviewHealth,
} from "./health.ts";
import { hear } from "./hear.ts";
import { withRoles } from "./roles.ts";
import { trackCame, weighTracks } from "./tracks.ts";
import type { DirectorEvent, DirectorState, DirectorStep } from "./types.ts";
import { utter } from "./utter.ts";

export function step(before: DirectorState, event: DirectorEvent, now: Instant): DirectorStep {
  const draft: Draft = {
    state: before,
    instances: { ...before.instances },
    effects: [],
    now,
    occasion: undefined,
    adverts: new Map(),
  };
  dispatch(draft, event);
  keepGroups(draft, before);
  draft.state = withRoles({ ...draft.state, instances: draft.instances }, now);
  speak(draft);
  if (draft.state.stopping) finish(draft, before);
  return { state: draft.state, effects: draft.effects };
}

/** When `step` wants a deadline event at the latest. */
export function nextDeadline(state: DirectorState, now: Instant): Instant | undefined {
  let first = earliest(
    beatDeadline(state),
    announcementDeadline(state),
    state.syncRoles.master.lingersUntil,
    state.syncRoles.backup.lingersUntil,
    state.health.deadline,
  );
  for (const [name, instance] of Object.entries(state.instances)) {
    const election = state.setup.elections[name];
    if (election) first = earliest(first, instanceDeadline(instance, election, now));
  }
  return first;
}

function dispatch(draft: Draft, event: DirectorEvent): void {
  switch (event.kind) {
    case "started":
      return start(draft, event);
    case "datagram":
      return hear(draft, event.envelope, event.path);
    case "adverts":
      for (const heard of event.heard) hearAdvert(draft, heard);
      return undefined;
    case "advertRefused":
      return advertRefused(draft, event);
    case "deadline":
      return deadline(draft);
    case "linkReturned":
      return announceIfMaster(draft, event.instance, "the link returned");
    case "counted": {
      const connections = { ...draft.state.connections, [event.instance]: event.connections };
      draft.state = { ...draft.state, connections };
      return undefined;
    }
    case "resynced":
      return passed(draft, event.result);
    case "served":
      return served(draft, event.instance);
    case "looked":
      return looked(draft, event);
    case "tracked":
      return trackCame(draft, event);
    case "probed":
      return answersCame(draft, event.results);
    case "decided":
      return decisionCame(draft, event.entry);
    case "drains":
      return drainsCame(draft, event);
    case "drained":
      return drainedCame(draft, event);
    case "syncMissed":
      return syncMissed(draft);
    case "reconfigured":
      return reconfigured(draft);
    case "retired":
      return apply(draft, event.instance, { kind: "stopping" });
    case "stopping":
      draft.state = { ...draft.state, stopping: true };
      for (const name of Object.keys(draft.instances)) apply(draft, name, { kind: "stopping" });
      return undefined;
    case "faulted":
    case "repaired":
    case "vipsOn":
    case "vipsOff":
    case "takeover":
      return apply(draft, event.instance, event);
    case "failover":
    case "resume":
      for (const { name } of matesOf(draft.state, event.instance)) apply(draft, name, event);
      return undefined;
    default:
      return never(event);
  }
}

function syncMissed(draft: Draft): void {
  if (draft.state.setup.config.connectionSync === undefined) return;
  for (const [name, one] of Object.entries(draft.instances)) {
    if (one.kind === "backup") apply(draft, name, { kind: "level", level: false });
  }
}

function served(draft: Draft, name: string): void {
  const story = draft.state.stories[name];
  if (story?.kind !== "took" || story.servedAt !== undefined) return;
  const stories = { ...draft.state.stories, [name]: { ...story, servedAt: draft.now } };
  draft.state = { ...draft.state, stories };
}

/** Instances are told when what it means has changed, and judge at once. */
function looked(draft: Draft, event: Extract<DirectorEvent, { kind: "looked" }>): void {
  const { now, state } = draft;
  const { interval: common, missed } = state.setup.config.heartbeat;
  const silence = common * missed;
  const peerLives = Object.values(state.peers).some(
    ({ heardAt }) => heardAt !== undefined && now - heardAt <= silence,
  );
  const here = Object.keys(draft.instances).filter(
    (name) => state.setup.links[name] === event.interface,
  );
  const intervals = here.map((name) => state.setup.elections[name]?.interval ?? common);
  const expected = { interval: ms(Math.max(common, ...intervals)), peerLives };
  const sight = look(state.sights[event.interface], event.look, expected, now);
  draft.state = { ...state, sights: { ...state.sights, [event.interface]: sight } };
  const { blind } = sight;
  for (const name of here) {
    const one = draft.instances[name];
    const cutOff = isCutOff(sight, state.setup.elections[name]?.interval ?? common, now);
    if (!one || (one.blind === blind && one.cutOff === cutOff)) continue;
    apply(draft, name, { kind: "sight", blind, cutOff });
    if (one.blind !== blind) speakUp(draft, "hello");
  }
}

/** Handovers go on, and who was taught learns of it at once. */
function passed(draft: Draft, result: PassResult): void {
  const before = draft.state.resync;
  const resync = endPass(before, result, draft.now);
  if (resync === before) return;
  draft.state = { ...draft.state, resync };
  for (const [name, one] of Object.entries(draft.instances)) {
    if (one.kind === "leaving") apply(draft, name, { kind: "passed" });
  }
  if (draft.state.running) speakUp(draft, "hello");
}

function start(draft: Draft, event: Extract<DirectorEvent, { kind: "started" }>): void {
  const { now } = draft;
  draft.state = { ...draft.state, running: true, beats: firstBeats(draft.state.setup, now) };
  for (const [name, instance] of Object.entries(draft.instances)) {
    const hold = event.holds[name];
    if (hold !== undefined) draft.instances[name] = { ...instance, holdUntil: after(now, hold) };
    const adopt = matesOf(draft.state, name).every((mate) => event.adopt.includes(mate.name));
    apply(draft, name, { kind: "started", adopt, level: event.level });
  }
  deadline(draft);
}

/** Instances that are new wait as after a start; the others go by what the new file says. */
function reconfigured(draft: Draft): void {
  // Who is about to end begins nothing.
  if (draft.state.stopping) return;
  for (const [name, one] of Object.entries(draft.instances)) {
    if (one.kind !== "initialize") continue;
    apply(draft, name, { kind: "started", adopt: false, level: false });
  }
  weighTracks(draft);
  penalise(draft);
  speakUp(draft, "hello");
  deadline(draft);
}

function deadline(draft: Draft): void {
  const { now } = draft;
  wakeWhoOverslept(draft);
  for (const name of Object.keys(draft.instances)) {
    const election = draft.state.setup.elections[name];
    const instance = draft.instances[name];
    if (!election || !instance) continue;
    const due = instanceDeadline(instance, election, now);
    if (due !== undefined && due <= now) apply(draft, name, { kind: "deadline" });
  }
  reviewHealth(draft);
  const announced = announceDue({ ...draft.state, instances: draft.instances }, now);
  draft.state = announced.state;
  draft.effects.push(...announced.effects);
  keepBeats(draft);
}

/** Kernel first: transitions, then the datagram that tells of them, then announcements. */
function speak(draft: Draft): void {
  const { state, said } = words(draft);
  draft.state = state;
  if (!said) return;
  const at = draft.effects.findIndex(({ kind }) => kind === "announce");
  draft.effects.splice(at < 0 ? draft.effects.length : at, 0, said);
}

/** Protocol 112 has a packet for each instance, so only who has a reason speaks between ticks. */
function words({ state, occasion, adverts, now }: Draft): ReturnType<typeof utter> {
  const silent = { state, said: undefined };
  if (occasion !== undefined && state.beats.length === 0) return silent;
  if (adverts.size > 0) {
    return composeAdverts(state, { tick: occasion !== undefined, adverts }, now);
  }
  return occasion === undefined ? silent : utter(state, occasion, now);
}

/** After `stopping`, the last instance that lets go ends the run. */
function finish(draft: Draft, before: DirectorState): void {
  const done = Object.values(draft.instances).every((one) => one.kind === "initialize");
  if (!before.running || !done) return;
  draft.state = { ...draft.state, running: false, beats: [] };
  draft.state = withRoles(draft.state, draft.now);
  draft.effects.push({ kind: "stopped" });
}

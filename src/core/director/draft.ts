/** One step in progress: the instances as changed so far, and what was asked for. */
import { never } from "../../base/invariant.ts";
import type { Instant } from "../../base/units.ts";
import type { Kind } from "../../wire/heartbeat/types.ts";
import { beginPass } from "../resync/passes.ts";
import type { PassKind } from "../resync/types.ts";
import { type Happened, isTold, tellOn } from "../story/story.ts";
import { effectivePriority } from "../vrrp/election.ts";
import { hasYielded } from "../vrrp/rfc/spoken.ts";
import { step as stepInstance } from "../vrrp/step.ts";
import type { VrrpConfig, VrrpEvent, VrrpState } from "../vrrp/types.ts";
import { announceNow } from "./announcing.ts";
import type { DirectorEffect } from "./effects.ts";
import type { DirectorState } from "./types.ts";

/** Later words are stronger: one datagram serves all that happened at once. */
const OCCASIONS: readonly Kind[] = ["hello", "claim", "released", "handover"];

/** What an instance says on protocol 112: that it serves, priority 0, or whom the other one beat. */
export type Word = "claim" | "goodbye" | "yield";

/** Work in progress of one step. */
export interface Draft {
  state: DirectorState;
  readonly instances: Record<string, VrrpState>;
  readonly effects: DirectorEffect[];
  readonly now: Instant;
  /** Speak at once, and why. */
  occasion: Kind | undefined;
  /** On protocol 112: who speaks at once. */
  readonly adverts: Map<string, Word>;
}

/** One event for one instance, and what it leads to. */
export function apply(draft: Draft, name: string, event: VrrpEvent): void {
  const election = draft.state.setup.elections[name];
  if (election) applyBy(draft, name, election, event);
}

/** `apply` with another view of this director than the configuration has. */
export function applyBy(draft: Draft, name: string, election: VrrpConfig, event: VrrpEvent): void {
  const instance = draft.instances[name];
  if (!instance) return;
  const result = stepInstance(instance, election, event, draft.now);
  draft.instances[name] = result.state;
  const { effects, state: after } = result;
  remember(draft, name, { before: instance, after, event, effects });
  const priority = effectivePriority(election, after);
  if (priority !== effectivePriority(election, instance)) {
    draft.effects.push({ kind: "reweighed", instance: name, priority });
  }
  for (const effect of result.effects) {
    switch (effect.kind) {
      case "advertise":
        if (election.rfc) draft.adverts.set(name, wordFor(effect.occasion, instance));
        else speakUp(draft, effect.occasion);
        break;
      case "announce":
        announceIfMaster(draft, name, effect.why);
        break;
      case "pass":
        resync(draft, effect.pass);
        break;
      case "transition":
        draft.effects.push({ kind: "transition", instance: name, transition: effect });
        break;
      case "rivalled":
      case "refused":
      case "note":
        draft.effects.push({ ...effect, instance: name });
        break;
      default:
        never(effect);
    }
  }
}

function wordFor(occasion: Kind, before: VrrpState): Word {
  if (occasion === "released" && hasYielded(before)) return "yield";
  return occasion === "released" || occasion === "handover" ? "goodbye" : "claim";
}

function remember(draft: Draft, name: string, happened: Happened): void {
  const { stories } = draft.state;
  const before = stories[name];
  const story = tellOn(before, happened, draft.now);
  if (story === before || story === undefined) return;
  draft.state = { ...draft.state, stories: { ...stories, [name]: story } };
  const complete = isTold(story) && !(before?.at === story.at && isTold(before));
  if (complete) draft.effects.push({ kind: "told", instance: name, story });
}

/** Begins a pass through the connection table, for all instances that are served here. */
export function resync(draft: Draft, passKind: PassKind): void {
  const begun = beginPass(draft.state.resync, passKind, draft.now);
  if (!begun) return;
  const instances = Object.entries(draft.instances)
    .filter(([, one]) => one.kind === "master" || one.kind === "leaving")
    .map(([name]) => name);
  draft.state = { ...draft.state, resync: begun };
  draft.effects.push({ kind: "resync", pass: begun.started, passKind, instances });
}

export function speakUp(draft: Draft, occasion: Kind): void {
  const current = draft.occasion === undefined ? -1 : OCCASIONS.indexOf(draft.occasion);
  if (OCCASIONS.indexOf(occasion) > current) draft.occasion = occasion;
}

export function announceIfMaster(draft: Draft, instance: string, why: string): void {
  const one = draft.instances[instance];
  // What is not on yet is announced when it is.
  if (one?.kind !== "master" || one.vips !== "on") return;
  const announced = announceNow(draft.state, instance, why, draft.now);
  draft.state = announced.state;
  draft.effects.push(announced.effect);
}

/** The ways into each state; every transition of an instance is made here. */
import { after, type Instant } from "../../base/units.ts";
import type { Kind } from "../../wire/heartbeat/types.ts";
import { SHORT_PASS } from "../resync/passes.ts";
import type { Cause } from "./cause.ts";
import { askAt, handoverLimit, silence } from "./timing.ts";
import type {
  BackupState,
  Fault,
  FaultState,
  InitializeState,
  LeavingState,
  MasterState,
  PeerView,
  VrrpConfig,
  VrrpEffect,
  VrrpState,
  VrrpStep,
} from "./types.ts";
import { withoutClaims } from "./views.ts";

export const stay = (state: VrrpState, ...effects: VrrpEffect[]): VrrpStep => ({ state, effects });

export const advertise = (occasion: Kind): VrrpEffect => ({ kind: "advertise", occasion });
export const pass = (which: "before" | "after"): VrrpEffect => ({ kind: "pass", pass: which });
export const announce = (why: string): VrrpEffect => ({ kind: "announce", why });

/** Whether this host's connection table is kept up with the others'. */
export const isSynced = (config: VrrpConfig): boolean => config.synced;

/** An instance before its start. */
export const initial = (now: Instant): InitializeState => ({
  kind: "initialize",
  views: {},
  faults: [],
  level: false,
  blind: false,
  cutOff: false,
  penalty: 0,
  bonus: 0,
  failing: [],
  holdUntil: undefined,
  since: now,
  cause: { kind: "started" },
});

export function toInitialize(from: VrrpState, now: Instant): VrrpStep {
  const cause: Cause = { kind: "stopped" };
  const state: InitializeState = { ...common(from, cause, now), kind: "initialize" };
  return moved(from, state, [advertise("released")]);
}

export function toBackup(
  from: VrrpState,
  config: VrrpConfig,
  cause: Cause,
  now: Instant,
): VrrpStep {
  const state: BackupState = {
    ...common(from, cause, now),
    level: config.levelAfter > 0 ? from.level && !hasMissed(cause) : true,
    kind: "backup",
    floor: after(now, silence(config)),
    following: undefined,
    goodbye: undefined,
    invited: undefined,
    wantsUntil: undefined,
    doubtSince: undefined,
    ready: undefined,
    wokeAt: undefined,
  };
  return moved(from, state, []);
}

/** Who was cut off, or served beside another master, lacks what the other one has seen. */
const hasMissed = (cause: Cause): boolean =>
  cause.kind === "rival" || cause.kind === "repaired" || cause.kind === "faults";

/** `claiming` false keeps the tongue until the VIPs are on: the giver serves until it hears us. */
export function toMaster(
  from: VrrpState,
  options: { readonly cause: Cause; readonly claiming: boolean },
  now: Instant,
): VrrpStep {
  const state: MasterState = {
    ...common(from, options.cause, now),
    views: options.claiming ? withoutClaims(from.views) : from.views,
    holdUntil: undefined,
    kind: "master",
    vips: "pending",
    claiming: options.claiming,
    // Who was asked to leave and then did not run for long listens before it claims again.
    claimedAt: from.kind === "leaving" ? from.claimedAt : now,
    rivals: {},
    toldAt: undefined,
    listenUntil: undefined,
  };
  return moved(from, state, options.claiming ? [advertise("claim")] : []);
}

/** Goes on serving until `successor` claims; the connections that it may not know come first. */
export function toServing(
  from: MasterState,
  config: VrrpConfig,
  options: {
    /** Undefined by the RFC: who comes forward. */
    readonly successor: PeerView | undefined;
    readonly next: LeavingState["next"];
    readonly cause: Cause;
    readonly holdUntil: Instant | undefined;
  },
  now: Instant,
): VrrpStep {
  const { successor, next, cause, holdUntil } = options;
  const synced = isSynced(config);
  const state: LeavingState = {
    ...common(from, cause, now),
    holdUntil,
    kind: "leaving",
    phase: synced ? "syncing" : "serving",
    successor: successor && { director: successor.director, id: successor.id },
    askAt: synced ? undefined : askAt(config, now),
    until: after(now, synced ? SHORT_PASS : handoverLimit(config)),
    next,
    claimedAt: now,
    goodbyeDue: false,
  };
  return moved(from, state, [synced ? pass("before") : advertise("handover")]);
}

/** Another master is there already, and needs no goodbye. */
const isYielding = ({ kind }: Cause): boolean => kind === "rival" || kind === "group";

/** Lets the VIPs go; the goodbye follows when they are off. */
export function toReleasing(
  from: VrrpState,
  options: {
    readonly next: LeavingState["next"];
    readonly cause: Cause;
    readonly holdUntil?: Instant | undefined;
  },
  now: Instant,
): VrrpStep {
  const state: LeavingState = {
    ...common(from, options.cause, now),
    holdUntil: options.holdUntil ?? from.holdUntil,
    kind: "leaving",
    phase: "releasing",
    successor: from.kind === "leaving" ? from.successor : undefined,
    askAt: undefined,
    until: now,
    next: options.next,
    claimedAt: now,
    goodbyeDue: from.kind === "leaving" ? from.goodbyeDue : !isYielding(options.cause),
  };
  if (from.kind === "leaving") return stay({ ...state, since: from.since, cause: from.cause });
  return moved(from, state, []);
}

export function toFault(from: VrrpState, faults: readonly Fault[], now: Instant): VrrpStep {
  const state: FaultState = {
    ...common(from, { kind: "faults", faults }, now),
    faults,
    kind: "fault",
    released: from.kind === "initialize" || from.kind === "backup",
  };
  return moved(from, state, [advertise("hello")]);
}

function common(from: VrrpState, cause: Cause, now: Instant): Omit<InitializeState, "kind"> {
  const { views, faults, level, blind, cutOff, penalty, bonus, failing, holdUntil } = from;
  const kept = { views, faults, level, blind, cutOff, penalty, bonus, failing, holdUntil };
  return { ...kept, since: now, cause };
}

/** The transition is told first, then what follows from it. */
function moved(from: VrrpState, to: VrrpState, effects: readonly VrrpEffect[]): VrrpStep {
  const transition: VrrpEffect = {
    kind: "transition",
    from: from.kind,
    to: to.kind,
    cause: to.cause,
  };
  return { state: to, effects: [transition, ...effects] };
}

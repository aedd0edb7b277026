/** State backup: follow the master, and take over when it is gone. */
import { never } from "../../base/invariant.ts";
import { after, elapsed, type Instant, type Millis, ms } from "../../base/units.ts";
import type { Cause } from "./cause.ts";
import { effectivePriority, isBetter, isCandidate, selfAs } from "./election.ts";
import { claimants, claimEnd, isHeard, silence, skew, takeoverAt } from "./timing.ts";
import { advertise, stay, toFault, toInitialize, toMaster } from "./transitions.ts";
import type { BackupState, Heard, PeerView, VrrpConfig, VrrpEvent, VrrpStep } from "./types.ts";
import { seen, withHeard, withLife } from "./views.ts";

export function stepBackup(
  state: BackupState,
  config: VrrpConfig,
  event: VrrpEvent,
  now: Instant,
): VrrpStep {
  switch (event.kind) {
    case "heard":
      return heard(state, config, event.peer, now);
    case "life":
      return stay(seen(state, withLife(state.views, event.director, now)));
    case "deadline":
      return settle(state, config, now);
    case "woke":
      return stay(listenAnew(state, config, now));
    case "faulted":
      return toFault(state, [...state.faults, event.fault], now);
    case "failover":
      return stay(state, { kind: "refused", sentence: "this director is not the master" });
    case "takeover":
      return takeover(state, config, event.patience, now);
    case "stopping":
      return toInitialize(state, now);
    case "started":
    case "repaired":
    case "resume":
    case "vipsOn":
    case "vipsOff":
    case "level":
    case "sight":
    case "health":
    case "tracked":
    case "groupTakes":
    case "groupYields":
    case "passed":
      return stay(state);
    default:
      return never(event);
  }
}

/** Only a master that lives can hand over; an own hold ends with the wish. */
function takeover(
  state: BackupState,
  config: VrrpConfig,
  patience: Millis,
  now: Instant,
): VrrpStep {
  const living = claimants(state.views, config, now).length > 0;
  if (!living) return stay(state, { kind: "refused", sentence: "no master is heard" });
  const wantsUntil = after(now, patience);
  return stay({ ...state, wantsUntil, holdUntil: undefined }, advertise("hello"));
}

/** Notes what was said; a deadline judges it, when everything that waits in the sockets is read. */
function heard(state: BackupState, config: VrrpConfig, peer: Heard, now: Instant): VrrpStep {
  const before = state.views[peer.director];
  const views = withHeard(state.views, peer, now);
  const next = invite(follow(seen(state, views), config, now), config, peer, now);
  const letGo = before?.claimAt !== undefined && views[peer.director]?.claimAt === undefined;
  if (!letGo || claimants(views, config, now).length > 0) return stay(next);
  const wait = config.authenticated ? ms(0) : skew(config);
  const goodbye = { director: peer.director, state: peer.report.state };
  return stay({ ...next, floor: after(now, wait), goodbye });
}

/** An invitation stands until the one who sent it says something else. */
function invite(state: BackupState, config: VrrpConfig, peer: Heard, now: Instant): BackupState {
  const { director } = peer;
  const stands = state.invited?.director === director;
  if (stands === isHandoverToUs(state, config, peer, now)) return state;
  return { ...state, invited: stands ? undefined : { director, at: now } };
}

/** A stunned machine finds its sockets empty: one interval to hear who took over meanwhile. */
function listenAnew(state: BackupState, config: VrrpConfig, now: Instant): BackupState {
  const again = state.wokeAt !== undefined && now - state.wokeAt < silence(config);
  // A host that always runs late still takes over where nobody else does.
  if (again) return { ...state, invited: undefined };
  const floor = latest(state.floor, after(now, config.interval));
  return { ...state, floor, wokeAt: now, invited: undefined };
}

/** Only the master that is followed may hand over. */
function isHandoverToUs(
  state: BackupState,
  config: VrrpConfig,
  peer: Heard,
  now: Instant,
): boolean {
  const { report } = peer;
  const asked = report.state === "leaving" && report.claim && report.successor === config.selfId;
  return asked && claimants(state.views, config, now)[0]?.director === peer.director;
}

/** Takes over if it is time: invited, by preemption, or by silence. */
function settle(state: BackupState, config: VrrpConfig, now: Instant): VrrpStep {
  const next = follow(state, config, now);
  if (next.invited) {
    const cause: Cause = { kind: "handover", from: next.invited.director };
    return toMaster(next, { cause, claiming: false }, now);
  }
  const preempted = preemptAt(next, config, now);
  if (preempted !== undefined && preempted.at <= now) {
    const { director } = preempted.over;
    const priority = effectivePriority(config, next);
    const cause: Cause = { kind: "preempt", over: director, priority };
    return toMaster(next, { cause, claiming: false }, now);
  }
  const takeover = takeoverAt(next, config);
  if (takeover > now) return stay(notInDoubt(next));
  const doubt = inDoubt(next, config, takeover, now);
  if (doubt) return doubt;
  return toMaster(next, { cause: takeoverCause(next, config, now), claiming: true }, now);
}

/** The silence may be this host's own: wait for a sign of the network, and say so once. Undefined:
 * the takeover that is due since `takeover` is not in doubt. */
export function inDoubt(
  state: BackupState,
  config: VrrpConfig,
  takeover: Instant,
  now: Instant,
): VrrpStep | undefined {
  const waits = state.cutOff && !state.goodbye && after(takeover, config.witnessHold) > now;
  if (!waits) return undefined;
  if (state.doubtSince !== undefined) return stay(state);
  const sentence = "the takeover waits: no witness answers, and nothing is heard on the interface";
  return stay({ ...state, doubtSince: now }, { kind: "note", sentence });
}

/** The network is there again: an interval and a skew to hear the master, which may be there too. */
export function reassured(state: BackupState, config: VrrpConfig, now: Instant): BackupState {
  if (state.cutOff || state.doubtSince === undefined) return state;
  const heard = after(now, ms(config.interval + skew(config)));
  return { ...notInDoubt(state), floor: latest(state.floor, heard) };
}

const notInDoubt = (state: BackupState): BackupState =>
  state.doubtSince === undefined ? state : { ...state, doubtSince: undefined };

/** Keeps up which master is followed since when, what that means for `level`, and a hold's end. */
function follow(state: BackupState, config: VrrpConfig, now: Instant): BackupState {
  const director = claimants(state.views, config, now)[0]?.director;
  const following =
    director === undefined
      ? undefined
      : state.following?.director === director
        ? state.following
        : { director, since: now };
  const level =
    state.level || (following !== undefined && now >= after(following.since, config.levelAfter));
  const held = state.holdUntil !== undefined && state.holdUntil > now;
  const holdUntil = held ? state.holdUntil : undefined;
  const goodbye = following ? undefined : state.goodbye;
  const doubtSince = following ? undefined : state.doubtSince;
  const same =
    following === state.following &&
    goodbye === state.goodbye &&
    doubtSince === state.doubtSince &&
    level === state.level &&
    holdUntil === state.holdUntil;
  return same ? state : { ...state, following, goodbye, doubtSince, level, holdUntil };
}

/** Is about to preempt itself, or does already and claims once its VIPs are on. */
const mayServe = (view: PeerView): boolean =>
  isCandidate(view) || (view.report.state === "master" && view.hearsUs);

/** When, and over whom, this backup preempts a living master; undefined: not as things are. */
function preemptAt(
  state: BackupState,
  config: VrrpConfig,
  now: Instant,
): { readonly at: Instant; readonly over: PeerView } | undefined {
  const { following } = state;
  const over = following && state.views[following.director];
  if (config.preempt.kind === "never" || !over) return undefined;
  const self = selfAs(config, state);
  const reached = over.hearsUs && isHeard(over, config, now);
  const ready = state.level && reached && over.report.state === "master";
  if (!ready || self.report.priority <= over.report.priority) return undefined;
  const better = Object.values(state.views).some(
    (view) => mayServe(view) && isHeard(view, config, now) && isBetter(view, self),
  );
  if (better) return undefined;
  const delay = config.preempt.kind === "after" ? config.preempt.delay : ms(0);
  return { at: after(following.since, delay), over };
}

function takeoverCause(state: BackupState, config: VrrpConfig, now: Instant): Cause {
  if (state.goodbye) return { kind: "goodbye", ...state.goodbye };
  const last = Object.values(state.views)
    .filter((view) => view.claimAt !== undefined)
    .sort(
      (a, b) => (claimEnd(b, state.views, config) ?? 0) - (claimEnd(a, state.views, config) ?? 0),
    )[0];
  if (last?.claimAt === undefined) return { kind: "noMaster", waited: elapsed(state.since, now) };
  return { kind: "masterSilent", director: last.director, silent: elapsed(last.claimAt, now) };
}

/** Everything that may happen to a backup without another event. */
export function backupDeadlines(
  state: BackupState,
  config: VrrpConfig,
  now: Instant,
): readonly (Instant | undefined)[] {
  const takeover = takeoverAt(state, config);
  const levelAt =
    state.level || !state.following ? undefined : after(state.following.since, config.levelAfter);
  return [
    state.invited?.at,
    isInDoubt(state) && takeover <= now ? after(takeover, config.witnessHold) : takeover,
    preemptAt(state, config, now)?.at,
    levelAt,
    state.holdUntil,
  ];
}

/** A takeover waits, to the end of the hold; a sign of the network comes as an event. */
const isInDoubt = (state: BackupState): boolean =>
  state.cutOff && !state.goodbye && state.doubtSince !== undefined;

const latest = (a: Instant, b: Instant): Instant => (a > b ? a : b);

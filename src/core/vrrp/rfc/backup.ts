/** State backup by RFC 9568 §6.4.2: only masters speak, and who they are is known by their source. */
import { after, elapsed, type Instant, type Millis, times } from "../../../base/units.ts";
import { inDoubt, stepBackup } from "../backup.ts";
import type { Cause } from "../cause.ts";
import { effectivePriority } from "../election.ts";
import { stay, toMaster } from "../transitions.ts";
import type { BackupState, Heard, PeerView, VrrpConfig, VrrpEvent, VrrpStep } from "../types.ts";
import { seen, withHeard } from "../views.ts";
import { takeoverAt } from "./timing.ts";

export function stepRfcBackup(
  state: BackupState,
  config: VrrpConfig,
  event: VrrpEvent,
  now: Instant,
): VrrpStep {
  if (event.kind === "heard") return stay(heard(state, config, event.peer, now));
  if (event.kind === "deadline") return settle(state, config, now);
  if (event.kind === "groupTakes" && state.ready) return toMaster(state, state.ready, now);
  if (event.kind === "takeover") {
    const sentence = "VRRP has no word for it: ask the master to hand over";
    return stay(state, { kind: "refused", sentence });
  }
  return stepBackup(state, config, event, now);
}

/** A deadline takes over, when everything that waits in the sockets is read. */
function heard(state: BackupState, config: VrrpConfig, peer: Heard, now: Instant): BackupState {
  const next = seen(state, withHeard(state.views, peer, now));
  const { director, report } = peer;
  if (!report.claim) {
    // From a master that let go the timer is the skew alone; its successor's priority decides.
    const goodbye = { director, state: undefined };
    return { ...next, floor: now, following: undefined, goodbye };
  }
  const following = followed(state, config, peer, now);
  if (!isRespected(next, config, report.priority, elapsed(following.since, now))) {
    return state.following ? next : { ...next, following };
  }
  const interval = config.rfc?.version === 3 ? report.interval : config.interval;
  const floor = after(now, times(interval, config.missed));
  return { ...next, floor, following, goodbye: undefined, doubtSince: undefined, ready: undefined };
}

/** The master, since when on this side of the own priority: basis of a delayed preemption. */
function followed(
  state: BackupState,
  config: VrrpConfig,
  peer: Heard,
  now: Instant,
): NonNullable<BackupState["following"]> {
  const { following, views } = state;
  const own = effectivePriority(config, state);
  const before = views[peer.director];
  const same = following?.director === peer.director && before !== undefined;
  const crossed = same && before.report.priority < own !== peer.report.priority < own;
  return same && !crossed ? following : { director: peer.director, since: now };
}

/** Whether an advert restarts the timer; equal priorities do, whatever the addresses. */
function isRespected(
  state: BackupState,
  config: VrrpConfig,
  priority: number,
  heardFor: Millis,
): boolean {
  if (priority >= effectivePriority(config, state)) return true;
  if (config.preempt.kind === "never") return true;
  return config.preempt.kind === "after" && heardFor < config.preempt.delay;
}

function settle(state: BackupState, config: VrrpConfig, now: Instant): VrrpStep {
  const held = state.holdUntil !== undefined && state.holdUntil > now;
  const next: BackupState = held ? state : { ...state, holdUntil: undefined };
  const takeover = takeoverAt(next, config);
  if (takeover > now || next.ready) return stay(next);
  const doubt = inDoubt(next, config, takeover, now);
  if (doubt) return doubt;
  const living = next.goodbye ? undefined : livingMaster(next, config, now);
  if (living) {
    const priority = effectivePriority(config, next);
    const cause: Cause = { kind: "preempt", over: living.director, priority };
    return take(next, config, { cause, claiming: false }, now);
  }
  const cause = takeoverCause(next, now);
  // Who lives, or let go as baton does, serves until it hears us: the VIPs are here before it goes.
  return take(next, config, { cause, claiming: cause.kind !== "goodbye" }, now);
}

/** Alone at once, in a group when all of it can. */
function take(
  state: BackupState,
  config: VrrpConfig,
  ready: NonNullable<BackupState["ready"]>,
  now: Instant,
): VrrpStep {
  return config.grouped ? stay({ ...state, ready }) : toMaster(state, ready, now);
}

/** One with a lower priority, for the timer would not have run out. */
function livingMaster(
  { views }: BackupState,
  config: VrrpConfig,
  now: Instant,
): PeerView | undefined {
  return Object.values(views).find(
    ({ claimAt, report }) =>
      claimAt !== undefined && after(claimAt, times(report.interval, config.missed)) > now,
  );
}

function takeoverCause(state: BackupState, now: Instant): Cause {
  if (state.goodbye) return { kind: "goodbye", ...state.goodbye };
  const last = state.following && state.views[state.following.director];
  if (last?.claimAt === undefined) return { kind: "noMaster", waited: elapsed(state.since, now) };
  return { kind: "masterSilent", director: last.director, silent: elapsed(last.claimAt, now) };
}

/** Everything that may happen without another event. */
export function rfcBackupDeadlines(
  state: BackupState,
  config: VrrpConfig,
  now: Instant,
): readonly (Instant | undefined)[] {
  const takeover = takeoverAt(state, config);
  const waits = state.cutOff && !state.goodbye && state.doubtSince !== undefined;
  if (state.ready) return [state.holdUntil];
  return [
    waits && takeover <= now ? after(takeover, config.witnessHold) : takeover,
    state.holdUntil,
  ];
}

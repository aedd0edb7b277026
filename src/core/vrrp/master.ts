/** State master: hold the VIPs, claim, and judge who else claims. */
import { never } from "../../base/invariant.ts";
import { after, type Instant } from "../../base/units.ts";
import type { Cause, RivalWhy } from "./cause.ts";
import { bestFit, effectivePriority, goesFirst, selfAs, whyNoneFit } from "./election.ts";
import { claimEnd, silence } from "./timing.ts";
import { advertise, announce, stay, toFault, toReleasing, toServing } from "./transitions.ts";
import type {
  Heard,
  MasterState,
  PeerView,
  VrrpConfig,
  VrrpEffect,
  VrrpEvent,
  VrrpStep,
} from "./types.ts";
import { isServing, seen, withHeard } from "./views.ts";

export function stepMaster(
  before: MasterState,
  config: VrrpConfig,
  event: VrrpEvent,
  now: Instant,
): VrrpStep {
  const state = wake(before, config, now);
  switch (event.kind) {
    case "heard":
      return heard(state, config, event.peer, now);
    case "deadline":
      return deadline(state, config, now);
    case "faulted":
      return toFault(state, [...state.faults, event.fault], now);
    case "vipsOn":
      return vipsOn(state, now);
    case "vipsOff":
      return stay({ ...state, vips: "pending" });
    case "failover":
      return failover(state, config, event, now);
    case "stopping":
      return stopping(state, config, now);
    case "takeover":
      return stay(state, { kind: "refused", sentence: "this director is the master" });
    case "started":
    case "life":
    case "woke":
    case "repaired":
    case "resume":
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

/** A master that could not speak for as long as others wait listens before it claims again. */
export function wake(state: MasterState, config: VrrpConfig, now: Instant): MasterState {
  const silent = now - state.claimedAt >= silence(config);
  if (!state.claiming || state.listenUntil !== undefined || !silent) return state;
  return { ...state, listenUntil: after(now, config.interval) };
}

function heard(state: MasterState, config: VrrpConfig, peer: Heard, now: Instant): VrrpStep {
  const before = state.views[peer.director];
  const next = seen(state, withHeard(state.views, peer, now));
  const { report } = peer;
  if (report.claim && report.state === "master") return rival(next, config, peer, now);
  // The giver asks again because it did not hear that this director has claimed.
  const speaks = next.claiming && next.listenUntil === undefined;
  if (report.successor === config.selfId && speaks) return stay(next, advertise("claim"));
  if (followsAnother(next, config, peer, now)) {
    const cause = { kind: "rival", director: peer.director, why: "followed" } as const;
    return toReleasing(next, { next: "backup", cause }, now);
  }
  const successor = next.views[peer.director];
  const settled = next.vips === "on" && next.listenUntil === undefined;
  const cause = whyMove(next, config, peer);
  if (cause && settled && successor && bestFit([successor])) {
    const { holdUntil } = next;
    return toServing(next, config, { successor, next: "backup", cause, holdUntil }, now);
  }
  const was = next.rivals[peer.director];
  const level = next.level || report.followed === config.selfId;
  const serves = isServing(next.views[peer.director]);
  const letGo = (isServing(before) && !serves) || was !== undefined;
  if (!letGo) {
    const same = level === next.level ? next : { ...next, level };
    const returned = !serves && wasAway(before, config, now);
    return returned ? stay(same, announce(`${peer.director} is heard again`)) : stay(same);
  }
  const { [peer.director]: _, ...rivals } = next.rivals;
  return stay({ ...next, rivals, level }, announce(`${peer.director} let go`));
}

/** Why this director gives the role to one that could serve better; undefined: it stays. */
function whyMove(state: MasterState, config: VrrpConfig, peer: Heard): Cause | undefined {
  const { report, director } = peer;
  if (report.wants) return { kind: "asked", by: director };
  if (state.blind && report.sees) return { kind: "blind", successor: director };
  // Equally bad is no reason to move.
  if (report.priority <= effectivePriority(config, state)) return undefined;
  if (state.penalty > 0) return { kind: "servers", successor: director };
  const { failing } = state;
  return failing.length > 0 ? { kind: "tracks", failing, successor: director } : undefined;
}

/** Unheard for so long, it may have served meanwhile, and have turned the neighbours to itself. */
const wasAway = (view: PeerView | undefined, config: VrrpConfig, now: Instant): boolean =>
  view === undefined || now - view.heardAt >= silence(config);

/** Two masters that do not hear each other: who hears both decides, once both claimed for long.
 *
 * The wait is longer than the one for a deaf rival, so that the two rules never empty the seat.
 */
function followsAnother(
  state: MasterState,
  config: VrrpConfig,
  { report, hearsUs }: Heard,
  now: Instant,
): boolean {
  if (report.followed === 0 || report.followed === config.selfId || !hearsUs) return false;
  return now - report.followedAge >= state.since + 2 * silence(config);
}

/** Two masters that hear each other settle here; the loser's goodbye comes when its VIPs are off. */
function rival(state: MasterState, config: VrrpConfig, peer: Heard, now: Instant): VrrpStep {
  const { director } = peer;
  const yieldTo = (why: RivalWhy): VrrpStep =>
    toReleasing(state, { next: "backup", cause: { kind: "rival", director, why } }, now);
  if (state.listenUntil !== undefined) return yieldTo("woke");
  if (goesFirst(peer, selfAs(config, state))) return yieldTo("better");
  const since = state.rivals[director];
  if (since === undefined) {
    const rivals = { ...state.rivals, [director]: now };
    const told = [advertise("claim"), announce(`${director} claims as well`)] as const;
    return stay({ ...state, rivals }, ...told, { kind: "rivalled", director });
  }
  // Who cannot hear us cannot give way: on doubt, the VIP is not held twice.
  if (!peer.hearsUs && now - since >= silence(config)) return yieldTo("deaf");
  return stay(state);
}

function deadline(state: MasterState, config: VrrpConfig, now: Instant): VrrpStep {
  const effects: VrrpEffect[] = [];
  const alive = Object.entries(state.rivals).filter(([director]) => {
    const view = state.views[director];
    return view !== undefined && (claimEnd(view, state.views, config) ?? now) > now;
  });
  if (alive.length < Object.keys(state.rivals).length)
    effects.push(announce("a rival fell silent"));
  const listening = state.listenUntil !== undefined && state.listenUntil > now;
  const resumed = state.listenUntil !== undefined && !listening;
  if (resumed) effects.push(advertise("claim"));
  const next: MasterState = {
    ...state,
    rivals: Object.fromEntries(alive),
    listenUntil: listening ? state.listenUntil : undefined,
    claimedAt: resumed ? now : state.claimedAt,
  };
  return stay(next, ...effects);
}

function vipsOn(state: MasterState, now: Instant): VrrpStep {
  const effects: VrrpEffect[] = state.claiming ? [] : [advertise("claim")];
  const why = state.vips === "on" ? "VIPs were put back" : "took over";
  const claimedAt = state.claiming ? state.claimedAt : now;
  return stay({ ...state, vips: "on", claiming: true, claimedAt }, ...effects, announce(why));
}

function failover(
  state: MasterState,
  config: VrrpConfig,
  event: Extract<VrrpEvent, { kind: "failover" }>,
  now: Instant,
): VrrpStep {
  const successor = successorOf(state);
  const holdUntil = after(now, event.hold);
  const restarting = event.restarting && { restarting: event.restarting };
  const cause = { kind: "command", successor: successor?.director, ...restarting } as const;
  if (successor)
    return toServing(state, config, { successor, next: "backup", cause, holdUntil }, now);
  if (event.force) return toReleasing(state, { next: "backup", cause, holdUntil }, now);
  const why =
    state.listenUntil === undefined
      ? whyNoneFit(Object.values(state.views))
      : "this one listens whether somebody else is master";
  const sentence = `no other director is fit to take over: ${why}`;
  return stay(state, { kind: "refused", sentence });
}

/** Nobody while we listen: a handover would claim, and somebody else may be master by now. */
const successorOf = (state: MasterState): PeerView | undefined =>
  state.listenUntil === undefined ? bestFit(Object.values(state.views)) : undefined;

function stopping(state: MasterState, config: VrrpConfig, now: Instant): VrrpStep {
  const successor = successorOf(state);
  const cause = { kind: "stopping", successor: successor?.director } as const;
  const { holdUntil } = state;
  const next = "initialize";
  if (successor) return toServing(state, config, { successor, next, cause, holdUntil }, now);
  return toReleasing(state, { next, cause }, now);
}

export function masterDeadlines(
  state: MasterState,
  config: VrrpConfig,
): readonly (Instant | undefined)[] {
  const rivals = Object.keys(state.rivals).map((director) => {
    const view = state.views[director];
    return view && claimEnd(view, state.views, config);
  });
  return [...rivals, state.listenUntil];
}

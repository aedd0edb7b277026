/** State leaving: serve until the successor claims, then let the VIPs go. */
import { never } from "../../base/invariant.ts";
import { after, type Instant, ms } from "../../base/units.ts";
import type { Cause } from "./cause.ts";
import { askAt, claimants, handoverLimit } from "./timing.ts";
import {
  advertise,
  isSynced,
  pass,
  stay,
  toBackup,
  toFault,
  toInitialize,
  toMaster,
  toReleasing,
} from "./transitions.ts";
import type { Heard, LeavingState, VrrpConfig, VrrpEvent, VrrpStep } from "./types.ts";
import { seen, withHeard } from "./views.ts";

/** keepalived claims first and brings its VIPs up then: so long this director serves on. */
export const VIPS_AFTER_CLAIM = ms(20);

export function stepLeaving(
  state: LeavingState,
  config: VrrpConfig,
  event: VrrpEvent,
  now: Instant,
): VrrpStep {
  switch (event.kind) {
    case "heard":
      return heard(state, config, event.peer, now);
    case "deadline":
      return deadline(state, config, now);
    case "vipsOff":
      return state.phase === "releasing" ? released(state, config, now) : stay(state);
    case "faulted": {
      const faults = [...state.faults, event.fault];
      return toReleasing({ ...state, faults }, { next: state.next, cause: state.cause }, now);
    }
    case "failover":
      return stay(state, { kind: "refused", sentence: "this director is letting go already" });
    case "stopping":
      return stay({ ...state, next: "initialize" });
    case "takeover":
      return stay(state, { kind: "refused", sentence: "this director is letting go" });
    case "passed":
      return state.phase === "syncing" ? invite(state, config, now) : stay(state);
    case "started":
    case "level":
    case "sight":
    case "health":
    case "tracked":
    case "groupTakes":
    case "groupYields":
    case "life":
    case "woke":
    case "repaired":
    case "resume":
    case "vipsOn":
      return stay(state);
    default:
      return never(event);
  }
}

/** Any claim ends the service here: somebody else answers for the VIPs.
 *
 * By a virtual MAC at once: who still answered the new master's announcement would draw its clients
 * back here until the next advert, for the switch believes whom it heard last.
 */
function heard(state: LeavingState, config: VrrpConfig, peer: Heard, now: Instant): VrrpStep {
  const heard = seen(state, withHeard(state.views, peer, now));
  const claimed = peer.report.claim && peer.report.state === "master";
  if (state.phase === "releasing" || !claimed) return stay(heard);
  const next = { ...heard, cause: withSuccessor(state.cause, peer.director) };
  if (config.rfc && !config.rfc.virtualMac && state.phase === "serving") {
    const until = earlier(state.until, after(now, VIPS_AFTER_CLAIM));
    return stay({ ...next, until });
  }
  return letGo(next, config, now);
}

/** With what was opened since the pass before. */
function letGo(state: LeavingState, config: VrrpConfig, now: Instant): VrrpStep {
  const step = toReleasing(state, { next: state.next, cause: state.cause }, now);
  return isSynced(config) ? { ...step, effects: [...step.effects, pass("after")] } : step;
}

/** By the RFC it is known by its claim alone. */
const withSuccessor = (cause: Cause, director: string): Cause =>
  (cause.kind === "command" || cause.kind === "stopping") && cause.successor === undefined
    ? { ...cause, successor: director }
    : cause;

/** Asks the successor to take over: what could be sent of the connections has been sent. */
function invite(state: LeavingState, config: VrrpConfig, now: Instant): VrrpStep {
  const until = after(now, handoverLimit(config));
  const again = askAt(config, now);
  return stay({ ...state, phase: "serving", until, askAt: again }, advertise("handover"));
}

function deadline(state: LeavingState, config: VrrpConfig, now: Instant): VrrpStep {
  if (state.phase === "releasing") return stay(state);
  if (state.until > now) {
    if (state.askAt === undefined || state.askAt > now) return stay(state);
    return stay({ ...state, askAt: askAt(config, now) }, advertise("handover"));
  }
  if (state.phase === "syncing") return invite(state, config, now);
  const others = claimants(state.views, config, now).length > 0;
  if (others) return letGo(state, config, now);
  if (state.next === "initialize") {
    return toReleasing(state, { next: state.next, cause: state.cause }, now);
  }
  const successor = state.successor?.director ?? "the successor";
  return toMaster(state, { cause: { kind: "handoverFailed", successor }, claiming: true }, now);
}

/** The VIPs are off: say so at once, the new master announces again when it hears it. */
function released(state: LeavingState, config: VrrpConfig, now: Instant): VrrpStep {
  if (state.next === "initialize") return toInitialize(state, now);
  if (state.faults.length > 0) return toFault(state, state.faults, now);
  const step = toBackup(state, config, state.cause, now);
  return { ...step, effects: [...step.effects, advertise("released")] };
}

export const leavingDeadlines = (state: LeavingState): readonly (Instant | undefined)[] =>
  state.phase === "releasing" ? [] : [state.until, state.askAt];

const earlier = (a: Instant, b: Instant): Instant => (a < b ? a : b);

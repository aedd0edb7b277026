/** The owner's side: when a pass through the connection table begins, and what its end means. */
import { after, elapsed, type Instant, minutes, seconds } from "../../base/units.ts";
import type { PassKind, PassResult, ResyncState } from "./types.ts";

/** Between two full passes. */
const PAUSE = seconds(1);
/** A pass that does not come to an end is given up. A kernel before 6.14 takes ten minutes for a
 * million connections: given up too early, such a table would never be taught.
 */
const LIMIT = minutes(30);
/** Of a pass that goes with a handover; then the VIP moves in any case. Until then this director
 * serves, so that no client waits for it.
 */
export const SHORT_PASS = seconds(1);

/** The state with another pass begun; undefined where that has to wait. */
export function beginPass(
  state: ResyncState,
  kind: PassKind,
  now: Instant,
): ResyncState | undefined {
  const { running, notBefore, started } = state;
  const busy = running !== undefined && elapsed(running.since, now) < LIMIT;
  const early = notBefore !== undefined && notBefore > now;
  if (kind === "full" && (busy || early)) return undefined;
  return { ...state, started: started + 1, running: { pass: started + 1, since: now } };
}

/** What came of a pass; an earlier one that another replaced says nothing. */
export function endPass(state: ResyncState, result: PassResult, now: Instant): ResyncState {
  if (state.running?.pass !== result.pass) return state;
  const next = {
    ...state,
    running: undefined,
    notBefore: after(now, PAUSE),
    last: { ...result, at: now },
  };
  return result.complete ? { ...next, sent: result.pass, counts: result.counts } : next;
}

/** State master by RFC 9568 §6.4.3. */
import { after, elapsed, type Instant, ms } from "../../../base/units.ts";
import type { Cause } from "../cause.ts";
import { isBetter, selfAs } from "../election.ts";
import { stepMaster, wake } from "../master.ts";
import { advertise, announce, stay, toReleasing, toServing } from "../transitions.ts";
import type { Heard, MasterState, VrrpConfig, VrrpEffect, VrrpEvent, VrrpStep } from "../types.ts";
import { seen, withHeard } from "../views.ts";

/** A flood of adverts is not answered one by one. */
const ANSWER_GAP = ms(10);

export function stepRfcMaster(
  before: MasterState,
  config: VrrpConfig,
  event: VrrpEvent,
  now: Instant,
): VrrpStep {
  const state = wake(before, config, now);
  if (event.kind === "heard") return heard(state, config, event.peer, now);
  if (event.kind === "failover") {
    const restarting = event.restarting && { restarting: event.restarting };
    const cause: Cause = { kind: "command", successor: undefined, ...restarting };
    const holdUntil = after(now, event.hold);
    return letGo(state, config, { holdUntil, next: "backup", cause }, now);
  }
  if (event.kind === "stopping") {
    const cause: Cause = { kind: "stopping", successor: undefined };
    const { holdUntil } = state;
    return letGo(state, config, { holdUntil, next: "initialize", cause }, now);
  }
  if (event.kind === "groupYields") {
    const cause: Cause = { kind: "group", member: event.member };
    return toReleasing(state, { next: "backup", cause }, now);
  }
  return stepMaster(before, config, event, now);
}

function heard(state: MasterState, config: VrrpConfig, peer: Heard, now: Instant): VrrpStep {
  const next = seen(state, withHeard(state.views, peer, now));
  const { director, report } = peer;
  if (!report.claim) {
    const { [director]: _, ...rivals } = next.rivals;
    return tell({ ...next, rivals }, config, `${director} let go`, now);
  }
  const yieldTo = (why: "better" | "woke"): VrrpStep =>
    toReleasing(next, { next: "backup", cause: { kind: "rival", director, why } }, now);
  if (next.listenUntil !== undefined) return yieldTo("woke");
  if (isBetter(rivalAs(peer), selfAs(config, next))) return yieldTo("better");
  // Before the VIPs are on the other one serves, and is to go on with it.
  if (!next.claiming) return stay(next);
  const rivals = { ...next.rivals, [director]: next.rivals[director] ?? now };
  const told = tell(
    { ...next, rivals: known(rivals, next) },
    config,
    `${director} claims as well`,
    now,
  );
  const rivalled = { kind: "rivalled", director } as const;
  const announced = told.effects.some(({ kind }) => kind === "announce");
  return announced ? { ...told, effects: [...told.effects, rivalled] } : told;
}

/** Who was forgotten as a speaker is no rival either: anybody on the segment may speak. */
const known = (rivals: MasterState["rivals"], { views }: MasterState): MasterState["rivals"] =>
  Object.fromEntries(Object.entries(rivals).filter(([director]) => director in views));

/** The neighbours are told as often as a rival speaks, not as often as a flood of it arrives. */
function tell(state: MasterState, config: VrrpConfig, why: string, now: Instant): VrrpStep {
  const { toldAt } = state;
  const recently = toldAt !== undefined && elapsed(toldAt, now) < config.interval / 2;
  if (recently) return answer(state, config, [], now);
  return answer({ ...state, toldAt: now }, config, [announce(why)], now);
}

/** Nobody is more level than another here: the RFC compares priority, then source address. */
const rivalAs = ({ director, address, report }: Heard): Parameters<typeof isBetter>[0] => ({
  director,
  address,
  report,
});

/** The other one hears at once who goes first, and the neighbours whom to talk to. */
function answer(
  state: MasterState,
  config: VrrpConfig,
  told: readonly VrrpEffect[],
  now: Instant,
): VrrpStep {
  const silent = !state.claiming || state.listenUntil !== undefined;
  if (silent) return stay(state);
  if (elapsed(state.claimedAt, now) < Math.min(ANSWER_GAP, config.interval / 2)) {
    return stay(state, ...told);
  }
  return stay(state, advertise("claim"), ...told);
}

/** Says priority 0 and serves on, until somebody claims or nobody can be coming. */
function letGo(
  state: MasterState,
  config: VrrpConfig,
  options: {
    readonly holdUntil: MasterState["holdUntil"];
    readonly next: "backup" | "initialize";
    readonly cause: Cause;
  },
  now: Instant,
): VrrpStep {
  if (state.listenUntil !== undefined) return toReleasing(state, options, now);
  return toServing(state, config, { ...options, successor: undefined }, now);
}

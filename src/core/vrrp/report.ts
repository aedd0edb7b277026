/** What an instance says of itself in a heartbeat. */
import { after, elapsed, type Instant, ms } from "../../base/units.ts";
import type { InstanceReport } from "../../wire/heartbeat/types.ts";
import { effectivePriority } from "./election.ts";
import { wake } from "./master.ts";
import { claimants, silence } from "./timing.ts";
import type { VrrpConfig, VrrpState } from "./types.ts";
import { isClaiming } from "./views.ts";

/** The part of a report that the election does not know. */
export type ReportBase = Pick<
  InstanceReport,
  | "id"
  | "routerId"
  | "vipDigest"
  | "activeConnections"
  | "inactiveConnections"
  | "asks"
  | "sees"
  | "passesStarted"
  | "passesSent"
  | "passCount"
>;

/** The state after speaking, and what is said; a master that listens says nothing at all. */
export function speak(
  before: VrrpState,
  config: VrrpConfig,
  base: ReportBase,
  now: Instant,
): { readonly state: VrrpState; readonly report: InstanceReport | undefined } {
  const state = before.kind === "master" ? wake(before, config, now) : before;
  if (state.kind === "master" && state.listenUntil !== undefined) {
    return { state, report: undefined };
  }
  const claim = isClaiming(state);
  const report: InstanceReport = {
    id: base.id,
    routerId: base.routerId,
    vipDigest: base.vipDigest,
    activeConnections: base.activeConnections,
    inactiveConnections: base.inactiveConnections,
    state: state.kind,
    claim,
    level: state.level,
    hold: state.holdUntil !== undefined,
    wants: state.kind === "backup" && state.wantsUntil !== undefined && state.wantsUntil > now,
    priority: effectivePriority(config, state),
    serviceable: state.faults.length === 0,
    sees: base.sees,
    blind: state.blind,
    interval: config.interval,
    successor:
      state.kind === "leaving" && state.phase === "serving" ? (state.successor?.id ?? 0) : 0,
    asks: base.asks && state.kind === "backup",
    passesStarted: base.passesStarted,
    passesSent: base.passesSent,
    passCount: base.passCount,
    ...followed(state, config, now),
  };
  return { state: claim && "claimedAt" in state ? { ...state, claimedAt: now } : state, report };
}

/** Only what this director hears itself: hearsay of hearsay would never die. */
function followed(
  state: VrrpState,
  config: VrrpConfig,
  now: Instant,
): Pick<InstanceReport, "followed" | "followedAge"> {
  if (state.kind !== "backup") return { followed: 0, followedAge: ms(0) };
  const heard = claimants(state.views, config, now).find(
    (view) => view.claimAt !== undefined && after(view.claimAt, silence(config)) > now,
  );
  if (heard?.claimAt === undefined) return { followed: 0, followedAge: ms(0) };
  return { followed: heard.id, followedAge: elapsed(heard.claimAt, now) };
}

/** The timers of an election, as functions of the state (PROTOCOL.md §3). */
import { after, before, type Instant, type Millis, ms, times } from "../../base/units.ts";
import { isBetter, selfAs } from "./election.ts";
import type { BackupState, PeerView, Views, VrrpConfig, VrrpState } from "./types.ts";

const MIN_SKEW = 20;
/** What a handover may take beyond one skew. */
const HANDOVER_MARGIN = ms(100);

/** One step of rank: long enough for the better candidate's claim to arrive first. */
export const skew = (config: VrrpConfig): Millis => ms(Math.max(config.interval / 4, MIN_SKEW));

export const silence = (config: VrrpConfig): Millis => times(config.interval, config.missed);

/** By the RFC the slowest backup waits for an interval (version 2: a second) less one 256th. */
export const handoverLimit = (config: VrrpConfig): Millis =>
  ms((config.rfc ? rfcSkew(config) : skew(config)) + HANDOVER_MARGIN);

const rfcSkew = ({ rfc, interval }: VrrpConfig): number => (rfc?.version === 2 ? 1000 : interval);

/** When the successor is invited once more. Priority 0 is said once: a second one would start the
 * timers of those who heard the first anew. */
export const askAt = (config: VrrpConfig, now: Instant): Instant | undefined =>
  config.rfc ? undefined : after(now, ms(handoverLimit(config) / 4));

/** Heard within `missed` of its own intervals before `at`. */
export const isHeard = (view: PeerView, config: VrrpConfig, at: Instant): boolean =>
  at - view.heardAt <= times(view.report.interval, config.missed);

/** When `view`'s claim runs out; undefined where it claims nothing.
 *
 * Three kinds of evidence count: its own claim; what is signed but not proven fresh, for one more
 * silence at most; and a third director that hears it itself, so that deafness is not death.
 */
export const claimEnd = (view: PeerView, views: Views, config: VrrpConfig): Instant | undefined =>
  endOf(view, Object.values(views), config);

function endOf(
  view: PeerView,
  witnesses: readonly PeerView[],
  config: VrrpConfig,
): Instant | undefined {
  const duration = times(view.report.interval, config.missed);
  let last = view.claimAt;
  if (last === undefined) return undefined;
  if (view.lifeAt !== undefined) last = max(last, min(view.lifeAt, after(last, duration)));
  for (const witness of witnesses) {
    if (witness.report.followed !== view.id) continue;
    last = max(last, before(witness.heardAt, witness.report.followedAge));
  }
  return after(last, duration);
}

/** When masters that only others hear run out. */
function hearsayEnd(views: readonly PeerView[], config: VrrpConfig): Instant | undefined {
  let end: Instant | undefined;
  for (const witness of views) {
    const { followed, followedAge, interval } = witness.report;
    if (followed === 0 || followed === config.selfId) continue;
    if (views.some((view) => view.id === followed)) continue;
    end = max(end, after(before(witness.heardAt, followedAge), times(interval, config.missed)));
  }
  return end;
}

/** The masters that count at `now`, best first. */
export function claimants(views: Views, config: VrrpConfig, now: Instant): readonly PeerView[] {
  const all = Object.values(views);
  const claiming = all.filter((view) => (endOf(view, all, config) ?? now) > now);
  return claiming.length > 1 ? claiming.sort((a, b) => (isBetter(a, b) ? -1 : 1)) : claiming;
}

/** When the last master's claim has run out, before any skew. */
export function masterDownAt(state: BackupState, config: VrrpConfig): Instant {
  const views = Object.values(state.views);
  let end = state.floor;
  for (const view of views) end = max(end, endOf(view, views, config) ?? end);
  return max(end, hearsayEnd(views, config) ?? end);
}

/** When this backup takes over unless it hears more. */
export function takeoverAt(state: BackupState, config: VrrpConfig): Instant {
  const down = masterDownAt(state, config);
  return after(down, times(skew(config), rank(state, config, down)));
}

/** How many directors go first: heard, able to serve, better, and not masters that went silent. */
export function rank(state: VrrpState, config: VrrpConfig, down: Instant): number {
  const self = selfAs(config, state);
  const heardSince = before(down, silence(config));
  return Object.values(state.views).filter(
    (view) =>
      view.claimAt === undefined &&
      view.report.state === "backup" &&
      view.heardAt >= heardSince &&
      isBetter(view, self),
  ).length;
}

const min = (a: Instant, b: Instant): Instant => (a < b ? a : b);
const max = (a: Instant | undefined, b: Instant): Instant => (a === undefined || a < b ? b : a);

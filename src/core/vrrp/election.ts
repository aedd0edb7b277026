/** Who goes before whom. */
import { compareIp, type Ip } from "../../base/ip.ts";
import type { PeerView, VrrpConfig, VrrpState } from "./types.ts";

/** What an election compares. */
export interface Standing {
  readonly director: string;
  readonly address: Ip;
  readonly report: { readonly priority: number; readonly level: boolean };
}

/** Of the addresses' owner (RFC 9568 §6.1). */
export const OWNER = 255;
const LAST_PRIORITY = 1;
/** The addresses' owner has 255, and nothing moves it but a penalty. */
const FIRST_PRIORITY = 254;

/** Priority as it counts: who is on hold goes last, the addresses' owner too; so does a backup that
 * hears nothing where it would serve. */
export const effectivePriority = (config: VrrpConfig, state: VrrpState): number =>
  state.holdUntil !== undefined || (state.blind && state.kind === "backup")
    ? LAST_PRIORITY
    : Math.max(LAST_PRIORITY, weighed(config.self.priority, state.bonus) - state.penalty);

const weighed = (priority: number, bonus: number): number =>
  priority > FIRST_PRIORITY ? priority : Math.min(priority + bonus, FIRST_PRIORITY);

export const selfAs = (config: VrrpConfig, state: VrrpState): Standing => ({
  director: config.self.director,
  address: config.self.address,
  report: { priority: effectivePriority(config, state), level: state.level },
});

/** By priority, then by the higher address, as RFC 9568 §6.4.3 breaks ties. */
export const isBetter = (a: Standing, b: Standing): boolean =>
  a.report.priority !== b.report.priority
    ? a.report.priority > b.report.priority
    : tieBreak(a, b) > 0;

/** Between two masters the one whose connection table is complete stays, then the better one. */
export const goesFirst = (a: Standing, b: Standing): boolean =>
  a.report.level !== b.report.level ? a.report.level : isBetter(a, b);

/** The best director that could serve this instance at once; undefined where there is none. */
export function bestFit(views: readonly PeerView[]): PeerView | undefined {
  return views
    .filter(isFit)
    .reduce<PeerView | undefined>(
      (best, view) => (best && isBetter(best, view) ? best : view),
      undefined,
    );
}

/** Fit for a planned handover: it can serve, knows the connections, and agrees on what to serve. */
const isFit = (view: PeerView): boolean => isCandidate(view) && view.report.level;

/** Why none of them is fit, in words. */
export function whyNoneFit(views: readonly PeerView[]): string {
  const why = views.map((view) => `${view.director} ${shortOf(view)}`);
  return why.length === 0 ? "none was heard" : why.join(", ");
}

function shortOf({ report, sameConfig, hearsUs }: PeerView): string {
  if (report.state !== "backup") return `is in state ${report.state}`;
  if (!sameConfig) return "runs another configuration";
  if (!hearsUs) return "does not hear this director";
  if (!report.serviceable) return "can not serve";
  if (report.blind) return "hears nothing on its interface";
  return report.level ? "is fit" : "does not know all connections yet";
}

/** Fit, or only waiting to be level. */
export const isCandidate = (view: PeerView): boolean =>
  view.report.state === "backup" &&
  view.report.serviceable &&
  !view.report.blind &&
  view.sameConfig &&
  view.hearsUs;

function tieBreak(a: Standing, b: Standing): number {
  const byAddress = compareIp(a.address, b.address);
  return byAddress !== 0 ? byAddress : a.director < b.director ? -1 : 1;
}

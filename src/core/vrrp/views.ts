/** What is known of the other directors, kept up with each report. */
import type { Instant } from "../../base/units.ts";
import type { Heard, PeerView, Views, VrrpState } from "./types.ts";

/** `views` after a fresh report. A director that is leaving keeps its claim until its VIPs are off. */
export function withHeard(views: Views, peer: Heard, now: Instant): Views {
  const previous = views[peer.director];
  const { claim, state } = peer.report;
  const claimAt = claim ? now : state === "leaving" ? previous?.claimAt : undefined;
  const view: PeerView = {
    director: peer.director,
    id: peer.id,
    address: peer.address,
    report: peer.report,
    heardAt: now,
    claimAt,
    lifeAt: undefined,
    hearsUs: peer.hearsUs,
    sameConfig: peer.sameConfig,
  };
  return { ...views, [peer.director]: view };
}

/** `views` after a datagram that shows life and proves nothing. */
export function withLife(views: Views, director: string, now: Instant): Views {
  const view = views[director];
  return view?.claimAt === undefined ? views : { ...views, [director]: { ...view, lifeAt: now } };
}

/** Forgets claims, when this director takes over: who claims again is a rival. */
export const withoutClaims = (views: Views): Views =>
  Object.fromEntries(
    Object.entries(views).map(([name, view]) => [name, { ...view, claimAt: undefined }]),
  );

/** Whether the director behind `view` holds VIPs, or may. */
export const isServing = (view: PeerView | undefined): boolean =>
  view !== undefined && (view.report.state === "master" || view.report.state === "leaving");

/** Whether `one` says that it holds the VIPs, when it speaks. */
export const isClaiming = (one: VrrpState): boolean =>
  (one.kind === "master" && one.claiming && one.listenUntil === undefined) ||
  (one.kind === "leaving" && one.phase !== "releasing");

/** The state with nothing but its views changed. */
export const seen = <S extends VrrpState>(state: S, views: Views): S => ({ ...state, views });

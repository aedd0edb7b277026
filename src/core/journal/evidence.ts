/** What an instance knew when it changed its state. */
import { elapsed, type Instant } from "../../base/units.ts";
import type { DirectorState } from "../director/types.ts";
import { effectivePriority } from "../vrrp/election.ts";
import type { PeerView, VrrpState } from "../vrrp/types.ts";
import type { Evidence, PeerEvidence } from "./types.ts";

export interface Moment {
  readonly before: DirectorState;
  readonly after: DirectorState;
  /** The kind of the event between them. */
  readonly event: string;
  readonly at: Instant;
}

/** Undefined where there is no such instance. */
export function evidenceOf(moment: Moment, name: string): Evidence | undefined {
  const { before, after, event, at } = moment;
  const [was, is] = [before.instances[name], after.instances[name]];
  const election = before.setup.elections[name];
  if (!was || !is || !election) return undefined;
  return {
    event,
    intervalMs: election.interval,
    missed: election.missed,
    priority: effectivePriority(election, was),
    level: is.level,
    blind: is.blind,
    cutOff: is.cutOff,
    holdMs: is.holdUntil && elapsed(at, is.holdUntil),
    faults: is.faults,
    peers: peersOf(was, is, at),
  };
}

/** A takeover forgets the claims that it follows, and a datagram may bring what decides. */
const peersOf = (was: VrrpState, is: VrrpState, at: Instant): readonly PeerEvidence[] =>
  Object.values(is.views).map((view) =>
    peerOf(view, was.views[view.director]?.claimAt ?? view.claimAt, at),
  );

const peerOf = (
  { director, report, hearsUs, heardAt }: PeerView,
  claimAt: Instant | undefined,
  at: Instant,
): PeerEvidence => ({
  director,
  state: report.state,
  claim: report.claim,
  priority: report.priority,
  level: report.level,
  hold: report.hold,
  serviceable: report.serviceable,
  hearsUs,
  heardAgoMs: tenths(elapsed(heardAt, at)),
  claimAgoMs: claimAt && tenths(elapsed(claimAt, at)),
});

export const tenths = (duration: number): number => Math.round(duration * 10) / 10;

/** Whether a datagram is new, or a recording (PROTOCOL.md §2).
 *
 * A session counts once it echoes what we said within the last `missed` intervals, so that it lives
 * now; or, where the one known has fallen silent, by a higher counter: a peer that cannot hear us
 * cannot echo. While the known one speaks a higher counter proves nothing: after the loss of a disk
 * recordings count higher than the living. What is signed but unproven shows life and changes no
 * state.
 *
 * Within a session every utterance, of one part or more, has a number: the sequence of its first
 * part. All paths carry it at once. A path that brings an older one than another path did is alive,
 * and its words are stale.
 */
import { elapsed, type Instant, type Millis, ms } from "../../base/units.ts";
import type { Echo, Envelope } from "../../wire/heartbeat/types.ts";
import type { Refusal } from "./effects.ts";
import type { Candidate, PathView, PeerState } from "./types.ts";

const RETIRED_LIMIT = 64;
const JITTER_SHARE = 16;
/** So many utterances one path may be slower than another. */
const PATH_LAG = 8;
/** More than any outage loses between two that arrive. */
const MAX_LOST = 2 ** 32;
const ONLY_PART: readonly number[] = [0];

/** What this director is, as far as freshness goes. */
export interface Listener {
  readonly id: number;
  readonly session: string;
  /** The last sequence said to this peer `missed` intervals ago. */
  readonly spokenBefore: number;
  readonly interval: Millis;
  readonly missed: number;
}

export const unheard = (name: string): PeerState => ({
  name,
  session: undefined,
  counter: 0,
  candidate: undefined,
  retired: [],
  paths: {},
  heardAt: undefined,
  hearsUs: false,
  configDigest: undefined,
  baton: undefined,
  greetedAt: undefined,
});

export type Verdict =
  | { readonly kind: "fresh"; readonly peer: PeerState; readonly renewed: boolean }
  /** New on its path, older than what another path brought. */
  | { readonly kind: "stale"; readonly peer: PeerState }
  | { readonly kind: "life"; readonly peer: PeerState }
  | { readonly kind: "refused"; readonly reason: Refusal };

export function judge(
  peer: PeerState,
  envelope: Envelope,
  listener: Listener,
  now: Instant,
): Verdict {
  const { session } = envelope;
  const echo = envelope.echoes.find((one) => one.director === listener.id);
  const context = { echo, listener, now };
  if (session === peer.session) return judgeKnown(peer, envelope, context);
  const old = peer.retired.find((one) => one.session === session);
  if (old && utteranceOf(envelope) <= old.utterance) {
    return { kind: "refused", reason: "old session" };
  }
  if (!echoesFreshly(context) && (old || !countsHigher(peer, envelope, context))) {
    return { kind: "life", peer: { ...peer, candidate: candidateOf(peer, envelope, context) } };
  }
  return { kind: "fresh", peer: heard(renew(peer, envelope), envelope, context), renewed: true };
}

/** Which unproven session is echoed: the one with the highest counter first.
 *
 * Recordings must not crowd the living one out. It comes after those that count higher after the
 * loss of a disk: each has as long as a master's silence to prove itself.
 */
function candidateOf(
  { candidate: before }: PeerState,
  { session, counter, path, sequence }: Envelope,
  { listener, now }: Context,
): Candidate {
  if (before?.session === session) {
    return sequence > before.sequence ? { ...before, path, sequence, heardAt: now } : before;
  }
  const over = before && elapsed(before.since, now) > listener.interval * listener.missed;
  if (before && !over && counter <= before.counter) return before;
  return { session, counter, since: now, path, sequence, heardAt: now };
}

interface Context {
  readonly echo: Echo | undefined;
  readonly listener: Listener;
  readonly now: Instant;
}

function judgeKnown(peer: PeerState, envelope: Envelope, context: Context): Verdict {
  const before = peer.paths[envelope.path];
  const { listener, now } = context;
  const utterance = utteranceOf(envelope);
  const newest = newestOf(peer);
  const lags = utterance + PATH_LAG * envelope.parts < newest;
  if (lags || (before && isRepeated(before, envelope))) {
    return { kind: "refused", reason: "replayed" };
  }
  if (utterance >= newest) {
    return { kind: "fresh", peer: heard(peer, envelope, context), renewed: false };
  }
  const view = heardOn(before, envelope, { interval: listener.interval, echoAge: undefined, now });
  return { kind: "stale", peer: { ...peer, paths: { ...peer.paths, [envelope.path]: view } } };
}

const utteranceOf = ({ sequence, part }: Envelope): number => sequence - part;

function newestOf(peer: PeerState): number {
  let newest = 0;
  for (const { utterance } of Object.values(peer.paths)) newest = Math.max(newest, utterance);
  return newest;
}

/** The parts of one utterance may overtake each other. */
const isRepeated = (before: PathView, envelope: Envelope): boolean => {
  const utterance = utteranceOf(envelope);
  return (
    utterance < before.utterance ||
    (utterance === before.utterance && before.parts.includes(envelope.part))
  );
};

const echoesFreshly = ({ echo, listener }: Context): boolean =>
  echo?.session === listener.session &&
  echo.paths.some(({ sequence }) => sequence > listener.spokenBefore);

function countsHigher(peer: PeerState, { counter }: Envelope, { listener, now }: Context): boolean {
  if (peer.session === undefined || peer.heardAt === undefined) return false;
  const silent = elapsed(peer.heardAt, now) > listener.interval * listener.missed;
  return silent && counter > peer.counter;
}

/** The session before is remembered with its last word: were it alive, it would say more. */
function renew(peer: PeerState, { session, counter }: Envelope): PeerState {
  const others = peer.retired.filter((one) => one.session !== session);
  const replaced = { session: peer.session ?? session, utterance: newestOf(peer) };
  const retired = peer.session === undefined ? others : [...others, replaced];
  return {
    ...peer,
    session,
    counter,
    candidate: undefined,
    retired: retired.slice(-RETIRED_LIMIT),
    paths: {},
  };
}

function heard(peer: PeerState, envelope: Envelope, context: Context): PeerState {
  const { echo, listener, now } = context;
  const ours = echo?.session === listener.session ? echo : undefined;
  const limit = listener.interval * listener.missed;
  const before = peer.paths[envelope.path];
  const echoAge = ours?.paths.find((one) => one.path === envelope.path)?.age;
  const path = heardOn(before, envelope, { interval: listener.interval, echoAge, now });
  return {
    name: peer.name,
    session: peer.session,
    counter: peer.counter,
    candidate: peer.candidate,
    retired: peer.retired,
    paths: { ...peer.paths, [envelope.path]: path },
    heardAt: now,
    hearsUs: ours?.paths.some((one) => one.age <= limit) ?? false,
    configDigest: envelope.configDigest,
    baton: envelope.baton,
    greetedAt: peer.greetedAt,
  };
}

function heardOn(
  before: PathView | undefined,
  envelope: Envelope,
  context: {
    readonly interval: Millis;
    readonly echoAge: Millis | undefined;
    readonly now: Instant;
  },
): PathView {
  const { interval, echoAge, now } = context;
  const { sequence } = envelope;
  const utterance = utteranceOf(envelope);
  const single = envelope.parts === 1 ? ONLY_PART : [envelope.part];
  if (!before) {
    const counts = { received: 1, lost: 0, jitter: ms(0), echoAge };
    return { sequence, utterance, parts: single, heardAt: now, ...counts };
  }
  // An advert at once is early on purpose, and the parts of one tick arrive together.
  const gap = elapsed(before.heardAt, now);
  const regular = gap > interval / 2;
  const deviation = Math.abs(gap - interval);
  const jitter = before.jitter + (deviation - before.jitter) / JITTER_SHARE;
  // A part that was overtaken was counted as lost; a leap is a `release` that speaks for the dead.
  const ahead = sequence - before.sequence - 1;
  const missing = sequence > before.sequence ? (ahead > MAX_LOST ? 0 : ahead) : -1;
  return {
    sequence: Math.max(sequence, before.sequence),
    utterance,
    parts: utterance === before.utterance ? [...before.parts, envelope.part] : single,
    heardAt: now,
    received: before.received + 1,
    lost: Math.max(0, before.lost + missing),
    jitter: regular ? ms(jitter) : before.jitter,
    echoAge: echoAge ?? before.echoAge,
  };
}

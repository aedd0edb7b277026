/** Whether a datagram is new, or a recording (PROTOCOL.md §2).
 *
 * A session counts once it echoes our current session, or shows a higher counter than the one
 * known. What is signed but unproven shows life and changes no state. A session that was replaced
 * never comes back, and within a session the sequence must grow on each path.
 */
import { elapsed, type Instant, type Millis, ms } from "../../base/units.ts";
import type { Echo, Envelope } from "../../wire/heartbeat/types.ts";
import type { PathView, PeerState, Refusal } from "./types.ts";

const RETIRED_LIMIT = 64;
const JITTER_SHARE = 16;
/** So many utterances one path may be slower than another. */
const PATH_LAG = 8;

/** What this director is, as far as freshness goes. */
export interface Listener {
  readonly id: number;
  readonly session: string;
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
  greetedAt: undefined,
});

export type Verdict =
  | { readonly kind: "fresh"; readonly peer: PeerState; readonly renewed: boolean }
  | { readonly kind: "life"; readonly peer: PeerState }
  | { readonly kind: "refused"; readonly reason: Refusal };

export function judge(
  peer: PeerState,
  envelope: Envelope,
  listener: Listener,
  now: Instant,
): Verdict {
  const { session, counter } = envelope;
  const echo = envelope.echoes.find((one) => one.director === listener.id);
  if (peer.retired.includes(session)) return { kind: "refused", reason: "old session" };
  if (session === peer.session) {
    if (isReplay(peer, envelope, echo, listener)) return { kind: "refused", reason: "replayed" };
    return { kind: "fresh", peer: heard(peer, envelope, { echo, listener, now }), renewed: false };
  }
  const proven =
    echo?.session === listener.session || (peer.session !== undefined && counter > peer.counter);
  if (!proven) return { kind: "life", peer: { ...peer, candidate: session } };
  const renewed = renew(peer, session, counter);
  return { kind: "fresh", peer: heard(renewed, envelope, { echo, listener, now }), renewed: true };
}

/** Whether this session said it before.
 *
 * A path that was silent so far proves nothing of its own: there a recording made before our start
 * betrays itself by the session that it echoes, a later one by lagging behind the other paths.
 */
function isReplay(
  peer: PeerState,
  { path, sequence, parts }: Envelope,
  echo: Echo | undefined,
  listener: Listener,
): boolean {
  const before = peer.paths[path];
  if (before === undefined && echo !== undefined && echo.session !== listener.session) return true;
  if (before !== undefined && sequence <= before.sequence) return true;
  const behind = sequence + PATH_LAG * parts;
  return Object.values(peer.paths).some((other) => other.sequence > behind);
}

function renew(peer: PeerState, session: string, counter: number): PeerState {
  const retired = peer.session === undefined ? peer.retired : [...peer.retired, peer.session];
  return {
    ...peer,
    session,
    counter,
    candidate: undefined,
    retired: retired.slice(-RETIRED_LIMIT),
    paths: {},
  };
}

function heard(
  peer: PeerState,
  envelope: Envelope,
  context: { readonly echo: Echo | undefined; readonly listener: Listener; readonly now: Instant },
): PeerState {
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
  if (!before) {
    return { sequence, heardAt: now, received: 1, lost: 0, jitter: ms(0), echoAge };
  }
  // An advert at once is early on purpose, and the parts of one tick arrive together.
  const gap = elapsed(before.heardAt, now);
  const regular = gap > interval / 2;
  const deviation = Math.abs(gap - interval);
  const jitter = before.jitter + (deviation - before.jitter) / JITTER_SHARE;
  return {
    sequence,
    heardAt: now,
    received: before.received + 1,
    lost: before.lost + Math.max(0, sequence - before.sequence - 1),
    jitter: regular ? ms(jitter) : before.jitter,
    echoAge,
  };
}

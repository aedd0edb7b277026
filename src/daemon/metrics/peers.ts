/** Metrics of the other directors: whether they are heard, and how regularly. */
import type { PathSnapshot, PeerSnapshot } from "../../core/director/snapshot-types.ts";
import {
  counter,
  type Family,
  gauge,
  histogram,
  type Known,
  known,
  type Sample,
  truth,
} from "./family.ts";

const each =
  (tell: (peer: PeerSnapshot) => boolean | undefined) =>
  ({ snapshot }: Known): readonly Sample[] =>
    snapshot.peers.flatMap((peer) => {
      const value = tell(peer);
      return known(value === undefined ? undefined : truth(value), {
        labels: { director: peer.director },
      });
    });

/** Protocol 112 has no paths. */
const eachPath =
  (tell: (path: PathSnapshot) => number | undefined) =>
  ({ snapshot }: Known): readonly Sample[] =>
    snapshot.heartbeat.transport === "vrrp"
      ? []
      : snapshot.peers.flatMap(({ director, paths }) =>
          paths.flatMap((path) => known(tell(path), { labels: { director, path: path.path } })),
        );

export const PEER_FAMILIES: readonly Family[] = [
  gauge(
    "baton_peer_alive",
    "1 while the director is heard; over VRRP: while it speaks as a master.",
    each(({ alive }) => alive),
  ),
  gauge(
    "baton_peer_hears_back",
    "1 where the director says that it hears this one.",
    each(({ hearsUs }) => hearsUs),
  ),
  gauge(
    "baton_peer_same_config",
    "1 where the director runs the same configuration.",
    each(({ sameConfig }) => sameConfig),
  ),
  counter(
    "baton_peer_heartbeats_received_total",
    "Heartbeats heard on a path, in the session of the director that speaks now.",
    eachPath(({ received }) => received),
  ),
  gauge(
    "baton_peer_heartbeats_lost",
    "Heartbeats that are missing in the session of the director that speaks now; what comes late is taken off.",
    eachPath(({ lost }) => lost),
  ),
  gauge(
    "baton_peer_jitter_seconds",
    "Mean deviation of the arrivals from the interval.",
    eachPath(({ jitterMs }) => (jitterMs === undefined ? undefined : jitterMs / 1000)),
  ),
  histogram(
    "baton_advert_gap_seconds",
    "Between two believed adverts, or heartbeats on one path, of a director.",
    ({ meters }) => meters.gaps.map(({ director, reading }) => ({ labels: { director }, reading })),
  ),
  histogram(
    "baton_advert_lateness_seconds",
    "How long after their time own adverts or heartbeats were decided on.",
    ({ meters }) => [{ labels: {}, reading: meters.lateness }],
  ),
  counter(
    "baton_datagrams_refused_total",
    "Datagrams that were not believed, could not be sent or were dropped, by reason.",
    ({ snapshot }) =>
      Object.entries(snapshot.discarded).map(([reason, value]) => ({ labels: { reason }, value })),
  ),
];

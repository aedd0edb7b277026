/** The one view of a running director: status, metrics and pages all print this. */
import { formatCidr } from "../../base/ip.ts";
import { elapsed, type Instant } from "../../base/units.ts";
import { VERSION } from "../../base/version.ts";
import type { TrackUse } from "../../config/track-types.ts";
import type { Instance, Preempt } from "../../config/types.ts";
import { passText } from "../resync/text.ts";
import { storyTimes } from "../story/story.ts";
import { causeText, faultWords } from "../vrrp/cause.ts";
import { effectivePriority } from "../vrrp/election.ts";
import { claimants, isHeard } from "../vrrp/timing.ts";
import type { PeerView, VrrpConfig, VrrpState } from "../vrrp/types.ts";
import { alarmsOf } from "./alarms.ts";
import { holdsVips } from "./desired.ts";
import type { Observed } from "./observed.ts";
import { activeRoles } from "./roles.ts";
import { directorOf } from "./setup.ts";
import { serviceReaders } from "./snapshot-services.ts";
import type {
  InstanceSnapshot,
  PathSnapshot,
  PeerSnapshot,
  Snapshot,
  SyncSnapshot,
} from "./snapshot-types.ts";
import { groupTracks } from "./tracks.ts";
import type { DirectorState, PeerState } from "./types.ts";

function configurationOf({ configuration }: Observed, now: Instant): Snapshot["configuration"] {
  const { file, loadedAt, lastReload, confirmUntil } = configuration;
  return {
    file,
    loadedAgoMs: elapsed(loadedAt, now),
    lastReload: lastReload && {
      agoMs: elapsed(lastReload.at, now),
      time: lastReload.time,
      done: lastReload.done,
      sentence: lastReload.sentence,
    },
    goesBackInMs: confirmUntil && elapsed(now, confirmUntil),
  };
}

export const snapshot = (state: DirectorState, observed: Observed, now: Instant): Snapshot => ({
  ...surroundings(state, observed, now),
  services: serviceReaders(state, observed, now).map((read) => read()),
});

/** Everything but the services, of which there may be thousands. */
export function surroundings(state: DirectorState, observed: Observed, now: Instant): Snapshot {
  const { setup } = state;
  const { heartbeat } = setup.config;
  return {
    format: 1,
    director: setup.self,
    cluster: setup.config.cluster,
    configDigest: setup.configDigest,
    baton: VERSION,
    configuration: configurationOf(observed, now),
    heartbeat: {
      transport: heartbeat.transport,
      intervalMs: heartbeat.interval,
      missed: heartbeat.missed,
      port: heartbeat.port,
      authenticated: heartbeat.secretFile !== undefined,
    },
    instances: setup.config.instances.map(({ name }) => instanceOf(state, observed, name, now)),
    peers: Object.values(state.peers).map((peer) => peerOf(state, peer, now)),
    services: [],
    foreignServices: observed.ipvs?.foreign ?? [],
    sync: syncOf(state, observed, now),
    ipvs: {
      problem: observed.ipvsProblem,
      readAgoMs: observed.ipvs && elapsed(observed.ipvs.readAt, now),
    },
    discarded: observed.discarded,
    repairs: observed.repairs.map(({ at, what }) => ({ agoMs: elapsed(at, now), what })),
    history: observed.history.map(({ at, ...rest }) => ({ ...rest, agoMs: elapsed(at, now) })),
    serverHistory: observed.serverHistory.map(({ at, ...rest }) => ({
      ...rest,
      agoMs: elapsed(at, now),
    })),
    decisions: observed.decisions.map(({ at, ...rest }) => ({ ...rest, agoMs: elapsed(at, now) })),
    alerts: observed.alerts.map(({ lastFailure, ...rest }) => ({
      ...rest,
      lastFailure: lastFailure && {
        why: lastFailure.why,
        agoMs: elapsed(lastFailure.at, now),
        time: lastFailure.time,
      },
    })),
    loop: { worstLagMs: observed.lag.worst, recentLagMs: observed.lag.recent },
    alarms: alarmsOf(state, observed, now),
  };
}

function instanceOf(
  state: DirectorState,
  observed: Observed,
  name: string,
  now: Instant,
): InstanceSnapshot {
  const config = state.setup.config.instances.find((one) => one.name === name);
  const election = state.setup.elections[name];
  const one = state.instances[name];
  if (!config || !election || !one) throw new TypeError(`no instance ${name}`);
  const wanted = holdsVips(state, name);
  return {
    name,
    routerId: config.routerId,
    interface: config.interface,
    vrrp: vrrpOf(config),
    state: one.kind,
    sinceMs: elapsed(one.since, now),
    why: causeText(one.cause),
    story: storyOf(state, name, now),
    priority: election.self.priority,
    effectivePriority: effectivePriority(election, one),
    level: one.level,
    holdMs: one.holdUntil === undefined ? undefined : Math.max(0, elapsed(now, one.holdUntil)),
    faults: one.faults.map(faultWords),
    group: config.group,
    tracks: [...groupTracks(state.setup.config, name), ...config.tracks].map((use) =>
      trackOf(state, use),
    ),
    master: masterOf(state, election, one, now),
    vips: config.vips.map((vip) => ({
      vip: formatCidr(vip),
      interface: vip.interface,
      wanted,
      present: observed.addresses.some(
        (found) => found.address === vip.address && found.interface === vip.interface,
      ),
    })),
    peers: Object.values(one.views).map((view) => ({
      director: view.director,
      state: view.report.state,
      claims: view.report.claim && (!election.rfc || isHeard(view, election, now)),
      priority: view.report.priority,
      level: view.report.level,
      hold: view.report.hold,
      serviceable: view.report.serviceable,
      hearsUs: view.hearsUs,
      heardAgoMs: elapsed(view.heardAt, now),
      follows: nameOf(state, view),
      connections: {
        active: view.report.activeConnections,
        inactive: view.report.inactiveConnections,
      },
      sameVips: view.report.vipDigest === state.setup.bases[name]?.vipDigest,
    })),
  };
}

function preemptAfter(preempt: Preempt): number | undefined {
  if (preempt.kind === "never") return undefined;
  return preempt.kind === "after" ? preempt.delay : 0;
}

const vrrpOf = ({ vrrp, interval, preempt }: Instance): InstanceSnapshot["vrrp"] =>
  vrrp && {
    version: vrrp.version,
    mode: vrrp.unicast ? "unicast" : `multicast to ${vrrp.group}`,
    advertised: vrrp.advertised,
    intervalMs: interval,
    preemptAfterMs: preemptAfter(preempt),
    vmac: vrrp.vmac && { interface: vrrp.vmac.interface, mac: vrrp.vmac.mac },
  };

function trackOf(
  { tracks }: DirectorState,
  { track, weight, reverse }: TrackUse,
): InstanceSnapshot["tracks"][number] {
  const verdict = tracks[track];
  const holds = verdict && verdict.holds !== reverse;
  return { name: track, weight, holds, why: verdict?.why };
}

function masterOf(
  state: DirectorState,
  election: VrrpConfig,
  one: VrrpState,
  now: Instant,
): string | undefined {
  if (one.kind === "master") return state.setup.self;
  return claimants(one.views, election, now)[0]?.director;
}

const nameOf = (state: DirectorState, view: PeerView): string | undefined =>
  state.setup.config.directors.find(({ id }) => id === view.report.followed)?.name;

function peerOf(state: DirectorState, peer: PeerState, now: Instant): PeerSnapshot {
  const { config, self } = state.setup;
  const limit = config.heartbeat.interval * config.heartbeat.missed;
  const byAdverts = config.heartbeat.transport === "vrrp";
  const advertised = byAdverts && isAdvertising(state, peer.name, now);
  const heardAt = byAdverts ? lastAdvertOf(state, peer.name) : peer.heardAt;
  const heardAgoMs = heardAt === undefined ? undefined : elapsed(heardAt, now);
  const own = directorOf(config, self).paths;
  const theirs = directorOf(config, peer.name).paths;
  const paths = theirs.slice(0, own.length).map(({ address }, index): PathSnapshot => {
    const view = peer.paths[index];
    return {
      path: index,
      from: own[index]?.address ?? "",
      to: address,
      heardAgoMs: view && elapsed(view.heardAt, now),
      received: view?.received ?? 0,
      lost: view?.lost ?? 0,
      jitterMs: view?.jitter,
      hearsUsAgoMs: view?.echoAge,
    };
  });
  return {
    director: peer.name,
    alive: advertised || (!byAdverts && heardAgoMs !== undefined && heardAgoMs <= limit),
    heardAgoMs,
    hearsUs: byAdverts ? undefined : peer.hearsUs,
    configDigest: peer.configDigest,
    baton: peer.baton,
    sameConfig:
      peer.configDigest === undefined ? undefined : peer.configDigest === state.setup.configDigest,
    paths,
  };
}

/** Protocol 112 knows no directors: what each instance heard from one of this name. */
const lastAdvertOf = ({ instances }: DirectorState, director: string): Instant | undefined =>
  Object.values(instances).reduce<Instant | undefined>((last, { views }) => {
    const heardAt = views[director]?.heardAt;
    return heardAt === undefined || (last ?? heardAt) > heardAt ? last : heardAt;
  }, undefined);

const isAdvertising = ({ instances, setup }: DirectorState, name: string, now: Instant): boolean =>
  Object.entries(instances).some(([instance, { views }]) => {
    const [view, election] = [views[name], setup.elections[instance]];
    return view !== undefined && election !== undefined && isHeard(view, election, now);
  });

function storyOf(
  { stories }: DirectorState,
  name: string,
  now: Instant,
): InstanceSnapshot["story"] {
  const story = stories[name];
  if (!story) return undefined;
  return { agoMs: elapsed(story.at, now), ...storyTimes(story) };
}

function syncOf(state: DirectorState, observed: Observed, now: Instant): SyncSnapshot | undefined {
  const sync = state.setup.config.connectionSync;
  if (!sync) return undefined;
  return {
    interface: sync.interface,
    syncId: sync.syncId,
    wanted: activeRoles(state),
    running: observed.ipvs?.daemons.map(({ role }) => role) ?? [],
    resync: resyncOf(state, now),
  };
}

function resyncOf({ resync }: DirectorState, now: Instant): SyncSnapshot["resync"] {
  const { last, running, learning } = resync;
  return {
    last: last && passText(last),
    lastAgoMs: last && elapsed(last.at, now),
    runningMs: running && elapsed(running.since, now),
    learning: Object.entries(learning).map(([instance, { from, since }]) => ({
      instance,
      from,
      forMs: elapsed(since, now),
    })),
  };
}

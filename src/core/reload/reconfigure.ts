/** A running director under another configuration: what it knows stays, what it follows is new. */
import type { Instant } from "../../base/units.ts";
import type { Config } from "../../config/types.ts";
import { firstBeats } from "../director/beats.ts";
import { initialDirector } from "../director/setup.ts";
import type { DirectorState, PeerState, Setup } from "../director/types.ts";
import { NO_RESYNC } from "../resync/types.ts";
import type { VrrpState } from "../vrrp/types.ts";
import { carryHealth } from "./carry-health.ts";
import { same } from "./changes.ts";
import { retiredBy } from "./retire.ts";

/** Instances that are new, or are another virtual router now, begin in state initialize: they are
 * started by the event `reconfigured`. Who retires must have let go before.
 */
export function reconfigure(before: DirectorState, setup: Setup, now: Instant): DirectorState {
  const fresh = initialDirector(setup, now);
  const [was, is] = [before.setup.config, setup.config];
  const kept = keptInstances(was, is);
  const names = new Set(kept);
  const links = new Set(Object.values(setup.links));
  return {
    ...fresh,
    running: before.running,
    stopping: before.stopping,
    sequences: before.sequences,
    earlier: before.earlier,
    // All speak at once: a peer that waits for a shorter interval hears in time.
    beats: before.running ? firstBeats(setup, now) : [],
    peers: Object.fromEntries(
      Object.entries(fresh.peers).map(([name, peer]) => [name, keptPeer(before, is, name) ?? peer]),
    ),
    instances: {
      ...fresh.instances,
      ...Object.fromEntries(kept.map((name) => [name, carried(before, is, name)])),
    },
    announcements: only(before.announcements, names),
    connections: only(before.connections, names),
    syncRoles: before.syncRoles,
    resync: same(was.connectionSync, is.connectionSync)
      ? { ...before.resync, running: undefined }
      : NO_RESYNC,
    health: carryHealth(before, setup, now),
    peerHealth: only(before.peerHealth, new Set(Object.keys(fresh.peers))),
    tracks: only(before.tracks, keptTracks(was, is)),
    stories: only(before.stories, names),
    sights: only(before.sights, links),
  };
}

function keptInstances(was: Config, is: Config): readonly string[] {
  const retired = new Set(retiredBy(was, is).map(({ name }) => name));
  const known = new Set(was.instances.map(({ name }) => name));
  return is.instances
    .map(({ name }) => name)
    .filter((name) => known.has(name) && !retired.has(name));
}

/** A master whose list of VIPs has changed waits to see them stand, and announces them then. */
function carried({ instances, setup }: DirectorState, is: Config, name: string): VrrpState {
  const one = instances[name];
  if (!one) throw new TypeError(`no instance ${name}`);
  const views = Object.fromEntries(
    Object.entries(one.views).filter(([director]) => mayBeHeard(is, director)),
  );
  const vipsOf = ({ instances: all }: Config): unknown => all.find((i) => i.name === name)?.vips;
  const moved = !same(vipsOf(setup.config), vipsOf(is));
  if (one.kind === "master" && moved) return { ...one, views, vips: "pending" };
  return { ...one, views };
}

/** On protocol 112 strangers are heard as well, by their addresses. */
const mayBeHeard = ({ directors, heartbeat }: Config, director: string): boolean =>
  heartbeat.transport === "vrrp" || directors.some(({ name }) => name === director);

/** Freshness is proven on paths: with others it is proven anew. */
function keptPeer(
  { peers, setup }: DirectorState,
  is: Config,
  name: string,
): PeerState | undefined {
  const pathsOf = ({ directors }: Config): unknown =>
    directors.map((one) => (one.name === name || one.name === setup.self ? one.paths : []));
  return same(pathsOf(setup.config), pathsOf(is)) ? peers[name] : undefined;
}

/** What was found of a track says nothing of another one by its name. */
function keptTracks(was: Config, is: Config): ReadonlySet<string> {
  const known = new Map(was.tracks.map((track) => [track.name, track.subject]));
  const kept = is.tracks.filter(({ name, subject }) => same(known.get(name), subject));
  return new Set(kept.map(({ name }) => name));
}

const only = <V>(
  record: Readonly<Record<string, V>>,
  names: ReadonlySet<string>,
): Record<string, V> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));

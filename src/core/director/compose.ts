/** The datagrams of one moment: one for each peer and path, in parts where they are large. */
import { elapsed, type Instant } from "../../base/units.ts";
import { VERSION } from "../../base/version.ts";
import type { Echo, Envelope, InstanceReport, Kind } from "../../wire/heartbeat/types.ts";
import { sees } from "../sight/sight.ts";
import { speak } from "../vrrp/report.ts";
import type { VrrpState } from "../vrrp/types.ts";
import type { Outgoing } from "./effects.ts";
import { NOTHING_SAID, type ServersPart, serversPart } from "./servers.ts";
import { directorOf } from "./setup.ts";
import type { DirectorState, PeerState } from "./types.ts";

/** Reports in one part: with all echoes they stay below the codec's MAX_LENGTH. */
export const REPORTS_PER_PART = 16;
/** Whom a multicast datagram is for, among the sequences. */
export const EVERYBODY = "*";

/** Every instance speaks; the state afterwards knows when it claimed last. */
export function compose(
  state: DirectorState,
  kind: Kind,
  now: Instant,
): { readonly state: DirectorState; readonly datagrams: readonly Outgoing[] } {
  const instances: Record<string, VrrpState> = {};
  const reports: InstanceReport[] = [];
  for (const [name, before] of Object.entries(state.instances)) {
    const spoken = speakFor(state, name, before, now);
    instances[name] = spoken.state;
    if (spoken.report) reports.push(spoken.report);
  }
  const occasion = kind === "hello" && reports.some((report) => report.claim) ? "claim" : kind;
  const parts = withServers(state, chunks(reports, REPORTS_PER_PART), now);
  const sequences = { ...state.sequences };
  const datagrams: Outgoing[] = [];
  for (const { peer, paths } of targets(state)) {
    const common = header(state, occasion, peer, now);
    const target = peer?.name ?? EVERYBODY;
    const last = sequences[target] ?? 0;
    for (let path = 0; path < paths; path++) {
      for (let part = 0; part < parts.length; part++) {
        const sequence = last + 1 + part;
        const place = { sequence, path, part, parts: parts.length };
        const envelope = assemble(common, place, parts[part] ?? EMPTY);
        datagrams.push({ peer: peer?.name, path, envelope });
      }
    }
    sequences[target] = last + parts.length;
  }
  return { state: { ...state, instances, sequences }, datagrams };
}

function speakFor(
  state: DirectorState,
  name: string,
  before: VrrpState,
  now: Instant,
): ReturnType<typeof speak> {
  const election = state.setup.elections[name];
  const base = state.setup.bases[name];
  if (!election || !base) return { state: before, report: undefined };
  const [activeConnections, inactiveConnections] = state.connections[name] ?? [0, 0];
  const { resync } = state;
  const more = {
    id: base.id,
    routerId: base.routerId,
    vipDigest: base.vipDigest,
    activeConnections,
    inactiveConnections,
    asks: resync.learning[name] !== undefined,
    sees: seesOf(state, name, now),
    passesStarted: resync.started,
    passesSent: resync.sent,
    passCount: resync.counts[name] ?? 0,
  };
  return speak(before, election, more, now);
}

function seesOf({ setup, sights }: DirectorState, name: string, now: Instant): boolean {
  const link = setup.links[name];
  return sees(link === undefined ? undefined : sights[link], setup.config.heartbeat.interval, now);
}

type Part = Pick<Envelope, "instances"> & ServersPart;

const EMPTY: Part = { instances: [], ...NOTHING_SAID };
/** Beside more of them a datagram has no room for what is said about servers. */
const REPORTS_BESIDE_SERVERS = 4;

/** What there is to say about servers goes with the last part, or becomes one of its own. */
function withServers(
  state: DirectorState,
  chunked: readonly (readonly InstanceReport[])[],
  now: Instant,
): readonly Part[] {
  const parts: Part[] = chunked.map((instances) => ({ instances, ...NOTHING_SAID }));
  const turn = Object.values(state.sequences).reduce((sum, sequence) => sum + sequence, 0);
  const said = serversPart(state, turn, now);
  if (said.decisions.length === 0 && !said.health) return parts;
  const last = parts.at(-1) ?? EMPTY;
  const fits = last.instances.length <= REPORTS_BESIDE_SERVERS;
  return fits ? [...parts.slice(0, -1), { ...last, ...said }] : [...parts, { ...EMPTY, ...said }];
}

type Place = Pick<Envelope, "sequence" | "path" | "part" | "parts">;
type Header = Omit<Envelope, keyof Place | keyof Part>;

/** Field by field: spreading is several times slower, and this runs for every datagram. */
const assemble = (header: Header, place: Place, said: Part): Envelope => ({
  kind: header.kind,
  keyId: header.keyId,
  cluster: header.cluster,
  sender: header.sender,
  addressee: header.addressee,
  session: header.session,
  counter: header.counter,
  sequence: place.sequence,
  path: place.path,
  part: place.part,
  parts: place.parts,
  echoes: header.echoes,
  configDigest: header.configDigest,
  baton: header.baton,
  instances: said.instances,
  decisions: said.decisions,
  health: said.health,
});

function header(
  state: DirectorState,
  kind: Kind,
  peer: PeerState | undefined,
  now: Instant,
): Header {
  const { setup } = state;
  const addressed = peer ? [peer] : Object.values(state.peers);
  return {
    kind,
    keyId: setup.keyId,
    cluster: setup.cluster,
    sender: setup.selfId,
    addressee: peer ? directorOf(setup.config, peer.name).id : 0,
    session: setup.session,
    counter: setup.counter,
    configDigest: setup.configDigest,
    baton: VERSION,
    echoes: addressed.flatMap((one) => echo(state, one, now)),
  };
}

/** The proven session, or the candidate's, so that a peer that has just started is proven soon. */
function echo(state: DirectorState, peer: PeerState, now: Instant): readonly Echo[] {
  const { candidate } = peer;
  const session = peer.session ?? candidate?.session;
  if (session === undefined) return [];
  const views =
    peer.session === undefined && candidate
      ? [candidate]
      : Object.entries(peer.paths).map(([path, view]) => ({ ...view, path: Number(path) }));
  const paths = views.map(({ path, sequence, heardAt }) => ({
    path,
    sequence,
    age: elapsed(heardAt, now),
  }));
  return [{ director: directorOf(state.setup.config, peer.name).id, session, paths }];
}

/** Who sends to `peer` numbers what it says to it: the sequences of one peer, or of everybody. */
export const targetOf = (state: DirectorState, peer: string): string =>
  state.setup.config.heartbeat.multicast === undefined ? peer : EVERYBODY;

/** All paths speak at once, so that their sequences run side by side. */
function targets(
  state: DirectorState,
): readonly { readonly peer: PeerState | undefined; readonly paths: number }[] {
  const { config, self } = state.setup;
  const own = directorOf(config, self).paths.length;
  if (config.heartbeat.multicast !== undefined) return [{ peer: undefined, paths: own }];
  return Object.values(state.peers).map((peer) => {
    const theirs = directorOf(config, peer.name).paths.length;
    return { peer, paths: Math.min(own, theirs) };
  });
}

/** At least one chunk, so that a director without instances is heard too. */
function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const result: T[][] = [];
  for (let i = 0; i < items.length; i += size) result.push(items.slice(i, i + size));
  return result.length > 0 ? result : [[]];
}

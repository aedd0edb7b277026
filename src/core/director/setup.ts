/** What a director knows from its start on, derived from its configuration once. */
import { digest64, nameId } from "../../base/hash.ts";
import type { Ip } from "../../base/ip.ts";
import { type Millis, ms, seconds } from "../../base/units.ts";
import type { Config, Director, Instance } from "../../config/types.ts";
import { makePlan, newHealth } from "../health/health.ts";
import { NO_RESYNC } from "../resync/types.ts";
import { OWNER } from "../vrrp/election.ts";
import { initial } from "../vrrp/transitions.ts";
import type { VrrpConfig } from "../vrrp/types.ts";
import { addressDigest } from "./adverts.ts";
import { unheard } from "./freshness.ts";
import type { DirectorState, Setup } from "./types.ts";

/** So long after it began to follow a backup counts as level although its resync did not end. */
const LEVEL_AFTER = seconds(30);

export interface SetupOptions {
  readonly config: Config;
  readonly configDigest: string;
  readonly self: string;
  readonly session: string;
  readonly counter: number;
  readonly keyId: number;
  readonly authenticated: boolean;
}

export function makeSetup(options: SetupOptions): Setup {
  const { config, authenticated, ...rest } = options;
  const self = directorOf(config, options.self);
  // On protocol 112 nobody says how complete a table is: all of them count as complete.
  const told = config.connectionSync !== undefined && config.heartbeat.transport === "udp";
  const levelAfter = told ? LEVEL_AFTER : ms(0);
  const elections = config.instances.map((instance) => [
    instance.name,
    election(config, instance, { self, authenticated, levelAfter }),
  ]);
  const bases = config.instances.map((instance) => [
    instance.name,
    { id: instance.id, routerId: instance.routerId, vipDigest: digestOf(instance) },
  ]);
  const peers = config.directors.filter((director) => director !== self);
  return {
    ...rest,
    config,
    selfId: self.id,
    peersById: Object.fromEntries(peers.map((peer) => [peer.id, peer])),
    instancesById: Object.fromEntries(config.instances.map(({ id, name }) => [id, name])),
    cluster: digest64(config.cluster),
    health: makePlan(config),
    serviceIds: config.services.map(({ name }) => nameId(name)),
    groups: groupsOf(config),
    elections: Object.fromEntries(elections),
    links: Object.fromEntries(config.instances.map(({ name, interface: link }) => [name, link])),
    bases: Object.fromEntries(bases),
  };
}

export function initialDirector(setup: Setup, now: DirectorStart): DirectorState {
  const peers = setup.config.directors.filter((director) => director.name !== setup.self);
  return {
    setup,
    running: false,
    stopping: false,
    sequences: {},
    earlier: [],
    beats: [],
    peers: Object.fromEntries(peers.map(({ name }) => [name, unheard(name)])),
    instances: Object.fromEntries(setup.config.instances.map(({ name }) => [name, initial(now)])),
    announcements: {},
    connections: {},
    syncRoles: {
      master: { wanted: false, lingersUntil: undefined },
      backup: { wanted: false, lingersUntil: undefined },
    },
    resync: NO_RESYNC,
    health: newHealth(setup.health, now),
    peerHealth: {},
    sights: {},
    stories: {},
    tracks: {},
    refusedAdverts: {},
  };
}

type DirectorStart = Parameters<typeof initial>[0];

export function directorOf(config: Config, name: string): Director {
  const found = config.directors.find((director) => director.name === name);
  if (!found) throw new TypeError(`no director ${name}`);
  return found;
}

/** The address that breaks ties: the director's first path. */
export const addressOf = (director: Director): Ip => {
  const [path] = director.paths;
  if (!path) throw new TypeError(`director ${director.name} has no path`);
  return path.address;
};

function groupsOf({ instances }: Config): Setup["groups"] {
  const groups = new Map<string, string[]>();
  for (const { name, group } of instances) {
    if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), name]);
  }
  return [...groups.values()];
}

const digestOf = (instance: Instance): string =>
  instance.vrrp ? addressDigest(instance.vrrp.advertised) : vipDigest(instance);

/** Order of the list does not matter, prefix does. */
export const vipDigest = (instance: Instance): string =>
  digest64(
    instance.vips
      .map((vip) => `${vip.address}/${vip.prefix}`)
      .sort()
      .join(" "),
  );

function election(
  config: Config,
  instance: Instance,
  options: {
    readonly self: Director;
    readonly authenticated: boolean;
    readonly levelAfter: Millis;
  },
): VrrpConfig {
  const { self, authenticated, levelAfter } = options;
  const priority = instance.priorities[self.name] ?? self.priority;
  // RFC 9568 §6.1: whatever Preempt_Mode says.
  const owns = priority === OWNER;
  return {
    self: { director: self.name, address: addressOf(self), priority },
    selfId: self.id,
    interval: instance.interval,
    missed: config.heartbeat.missed,
    preempt: owns && instance.vrrp ? { kind: "immediate" } : instance.preempt,
    authenticated,
    levelAfter,
    synced: config.connectionSync !== undefined,
    grouped: instance.group !== undefined,
    rfc: instance.vrrp && {
      version: instance.vrrp.version,
      virtualMac: instance.vrrp.vmac !== undefined,
    },
    witnessHold: instance.witness?.hold ?? ms(0),
  };
}

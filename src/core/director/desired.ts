/** The levels that follow from a director's state: what the kernel of this host should be like. */
import { familyOf } from "../../base/ip.ts";
import type { Instant } from "../../base/units.ts";
import type { Config, Instance } from "../../config/types.ts";
import type { SyncDaemon, SyncRole } from "../../wire/ipvs/types.ts";
import type { Desired, DesiredVmac, PlacedVip } from "../types.ts";
import { OWNER } from "../vrrp/election.ts";
import { activeRoles } from "./roles.ts";
import type { DirectorState } from "./types.ts";

/** The kernel's defaults lose connections: with 3 in `sync_threshold` one that has only shaken
 * hands never reaches the peer, and without a refresh a quiet one is never sent again. */
const SYNC_SYSCTLS = {
  "net.ipv4.vs.sync_threshold": "2 50",
  "net.ipv4.vs.sync_refresh_period": "10",
  "net.ipv4.vs.sync_retries": "1",
} as const;

/** A server that left the table takes its connections along: by default the kernel drops packets of
 * an open one until it times out, and sends a persistent client to a server of weight 0 for ever.
 */
const CHECK_SYSCTLS = {
  "net.ipv4.vs.expire_nodest_conn": "1",
  "net.ipv4.vs.expire_quiescent_template": "1",
} as const;

const NO_SERVICES: Desired["services"] = [];

export function desiredOf(state: DirectorState): Desired {
  const { config } = state.setup;
  const keepsTable = state.running || config.onStop === "keep";
  const served = config.instances.filter(({ name }) => holdsVips(state, name));
  return {
    vmacs: config.instances.flatMap((instance) => vmacOf(state, instance)),
    vips: served.flatMap(({ vips }) => vips),
    routes: served.flatMap(({ routes }) => routes),
    rules: served.flatMap(({ rules }) => rules),
    services: keepsTable ? state.health.table : NO_SERVICES,
    timeouts: config.ipvs.timeouts,
    daemons: activeRoles(state).flatMap((role) => daemonOf(state, role)),
    sysctls: sysctlsOf(state),
  };
}

/** Whether both ask for the same: asked after every turn, where most have changed nothing of it. */
export function desiresSame(a: DirectorState, b: DirectorState): boolean {
  const common =
    a.setup === b.setup &&
    a.running === b.running &&
    a.health.table === b.health.table &&
    a.syncRoles === b.syncRoles;
  return common && Object.keys(b.instances).every((name) => standsSame(a, b, name));
}

const standsSame = (a: DirectorState, b: DirectorState, name: string): boolean =>
  a.instances[name] === b.instances[name] ||
  (holdsVips(a, name) === holdsVips(b, name) && hasEnded(a, name) === hasEnded(b, name));

const hasEnded = ({ instances }: DirectorState, name: string): boolean =>
  instances[name]?.kind === "initialize";

/** Down in a backup: what neighbours still send to the virtual MAC is not for it (RFC 9568 §8.2). */
function vmacOf(
  state: DirectorState,
  { name, interface: base, vips, vrrp, priorities }: Instance,
): readonly DesiredVmac[] {
  const vmac = vrrp?.vmac;
  if (vmac === undefined || hasEnded(state, name)) return [];
  const ipv6 = vips.some(({ address }) => familyOf(address) === 6);
  const hearsOwner = Object.values(priorities).includes(OWNER);
  const up = holdsVips(state, name);
  return [{ name: vmac.interface, base, mac: vmac.mac, up, ipv6, hearsOwner }];
}

/** A leaving instance serves until its successor claims. */
export function holdsVips(state: DirectorState, instance: string): boolean {
  const one = state.instances[instance];
  return one?.kind === "master" || (one?.kind === "leaving" && one.phase !== "releasing");
}

/** Every VIP of this configuration: what baton may take off again. */
export const managedVips = (state: DirectorState): readonly PlacedVip[] =>
  state.setup.config.instances.flatMap(({ vips }) => vips);

/** Every route and rule of this configuration. */
export const managedRouting = ({ setup }: DirectorState): Pick<Desired, "routes" | "rules"> => ({
  routes: setup.config.instances.flatMap(({ routes }) => routes),
  rules: setup.config.instances.flatMap(({ rules }) => rules),
});

/** Every link of a virtual MAC of this configuration. */
export const managedVmacs = (state: DirectorState): readonly Pick<DesiredVmac, "name" | "mac">[] =>
  state.setup.config.instances.flatMap(({ vrrp }) =>
    vrrp?.vmac ? [{ name: vrrp.vmac.interface, mac: vrrp.vmac.mac }] : [],
  );

/** Whether an instance is without a settled master: looking at the table can wait. */
export const isElectionOpen = (state: DirectorState, now: Instant): boolean =>
  Object.values(state.instances).some((instance) => {
    if (instance.kind === "backup") return instance.following === undefined;
    if (instance.kind === "master") return Object.keys(instance.rivals).length > 0;
    return instance.kind === "leaving" && instance.until >= now;
  });

function daemonOf(state: DirectorState, role: SyncRole): readonly SyncDaemon[] {
  const sync = state.setup.config.connectionSync;
  return sync ? [{ role, ...sync }] : [];
}

/** Who asks for a VIP hears its link alone, and nobody learns it by another MAC. keepalived sets
 * the first two; without the third an answer to a client begins with a question in the VIP's name.
 */
const BESIDE_VMAC = { arp_ignore: "1", arp_filter: "1", arp_announce: "2" } as const;

const besideVmacs = ({ instances }: Config): Readonly<Record<string, string>> =>
  Object.fromEntries(
    instances
      .filter(({ vrrp }) => vrrp?.vmac !== undefined)
      .flatMap(({ interface: base }) =>
        Object.entries(BESIDE_VMAC).map(([key, value]) => [`net.ipv4.conf.${base}.${key}`, value]),
      ),
  );

/** Servers leave the table by themselves: they fail, or have drained. */
const takesOut = ({ probes, services }: Config): boolean =>
  probes.length > 0 || services.some(({ health }) => health.removal === "drain");

/** `promote_secondaries` keeps a director's own address when a VIP of its subnet goes. */
function sysctlsOf(state: DirectorState): Readonly<Record<string, string>> {
  const { config } = state.setup;
  const interfaces = new Set(
    config.instances.flatMap(({ vips, vrrp }) =>
      // The link of a virtual MAC has its own from the start.
      vips.map((vip) => vip.interface).filter((link) => link !== vrrp?.vmac?.interface),
    ),
  );
  const promoted = [...interfaces].map((name) => [
    `net.ipv4.conf.${name}.promote_secondaries`,
    "1",
  ]);
  return {
    ...Object.fromEntries(promoted),
    ...besideVmacs(config),
    ...(config.connectionSync ? SYNC_SYSCTLS : {}),
    ...(takesOut(config) ? CHECK_SYSCTLS : {}),
  };
}

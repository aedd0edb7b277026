/** The levels that follow from a director's state: what the kernel of this host should be like. */
import type { Instant } from "../../base/units.ts";
import type { SyncDaemon, SyncRole } from "../../wire/ipvs/types.ts";
import type { Desired, PlacedVip } from "../types.ts";
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
    vips: served.flatMap(({ vips }) => vips),
    routes: served.flatMap(({ routes }) => routes),
    rules: served.flatMap(({ rules }) => rules),
    services: keepsTable ? state.health.table : NO_SERVICES,
    timeouts: config.ipvs.timeouts,
    daemons: activeRoles(state).flatMap((role) => daemonOf(state, role)),
    sysctls: sysctlsOf(state),
  };
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

/** `promote_secondaries` keeps a director's own address when a VIP of its subnet goes. */
function sysctlsOf(state: DirectorState): Readonly<Record<string, string>> {
  const { config } = state.setup;
  const interfaces = new Set(
    config.instances.flatMap(({ vips }) => vips.map((vip) => vip.interface)),
  );
  const promoted = [...interfaces].map((name) => [
    `net.ipv4.conf.${name}.promote_secondaries`,
    "1",
  ]);
  return {
    ...Object.fromEntries(promoted),
    ...(config.connectionSync ? SYNC_SYSCTLS : {}),
    ...(config.probes.length > 0 ? CHECK_SYSCTLS : {}),
  };
}

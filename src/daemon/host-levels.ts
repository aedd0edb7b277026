/** The levels of one configuration: what they may take off, and whom they tell. */
import { managedRouting, managedVips, managedVmacs } from "../core/director/desired.ts";
import { directorOf } from "../core/director/setup.ts";
import type { DirectorState } from "../core/director/types.ts";
import type { PlacedVip } from "../core/types.ts";
import type { IpvsLevelOptions } from "./ipvs-level.ts";
import { createLevels, type Levels } from "./levels.ts";
import type { Log } from "./log.ts";
import type { Network } from "./network.ts";
import type { RouteLevelOptions, Routing } from "./route-level.ts";
import { linkRefused, type Told, vipRefused, vipsReturned, vipsSettled } from "./tell-vips.ts";
import type { VipLevelOptions } from "./vip-level.ts";
import type { NamedVmac, VmacLevelOptions } from "./vmac-level.ts";

/** What an earlier run, or an earlier configuration, added; what is not wanted any more goes. */
export type Leftovers = IpvsLevelOptions["leftovers"] & {
  readonly vips: readonly PlacedVip[];
  readonly links: readonly NamedVmac[];
  readonly routing: Routing;
};

export interface HostLevelsOptions {
  readonly initial: DirectorState;
  readonly network: Network;
  readonly leftovers: Leftovers;
  readonly log: Log;
  readonly told: Told;
  /** The keys of the VIPs that stand now. */
  readonly onPresent: (present: ReadonlySet<string>) => void;
  readonly onRepaired: (what: string) => void;
  readonly onIpvsProblem: (sentence: string | undefined) => void;
  readonly onTrouble: (sentence: string) => void;
}

export function levelsOf(options: HostLevelsOptions): Levels {
  const { log, onTrouble } = options;
  const repaired = (what: string): void => {
    options.onRepaired(what);
    log.warn(`repaired: ${what}`);
  };
  return createLevels({
    vips: vipsOf(options, repaired),
    vmacs: vmacsOf(options, repaired),
    routing: routingOf(options, repaired),
    ipvs: ipvsOf(options, repaired),
    onRepaired: repaired,
    onTrouble,
  });
}

type Repaired = (what: string) => void;

function vipsOf(
  options: HostLevelsOptions,
  repaired: Repaired,
): Omit<VipLevelOptions, "gate" | "lowered" | "promoted"> {
  const { initial, network, leftovers, log, told } = options;
  const { config, self } = initial.setup;
  return {
    network,
    managed: [...managedVips(initial), ...leftovers.vips],
    lease: config.vipLease,
    own: directorOf(config, self).paths.map(({ address }) => address),
    onSettled: (present) => {
      vipsSettled(told, present);
      options.onPresent(present);
    },
    onRepaired: (vips) => {
      for (const vip of vips) repaired(`VIP ${vip.address} was missing on ${vip.interface}`);
      vipsReturned(told, vips);
    },
    onRefused: (vip, code) => {
      log.error(`the kernel refuses VIP ${vip.address} on ${vip.interface}: ${code}`);
      vipRefused(told, vip);
    },
  };
}

function vmacsOf(options: HostLevelsOptions, repaired: Repaired): VmacLevelOptions {
  const { initial, network, leftovers, told, onTrouble } = options;
  return {
    network,
    managed: [...managedVmacs(initial), ...leftovers.links],
    onRepaired: repaired,
    onTrouble,
    onRefused: ({ name }, why) => {
      onTrouble(`the virtual MAC's link ${name}: ${why}`);
      linkRefused(told, name);
    },
  };
}

function routingOf(
  { initial, network, leftovers, onTrouble }: HostLevelsOptions,
  repaired: Repaired,
): RouteLevelOptions {
  const { routes, rules } = managedRouting(initial);
  return {
    managed: {
      routes: [...routes, ...leftovers.routing.routes],
      rules: [...rules, ...leftovers.routing.rules],
    },
    rtnl: network.rtnl,
    index: (link) => network.link(link)?.index,
    onRepaired: repaired,
    onTrouble,
  };
}

/** Undefined where nothing is asked of IPVS, and nothing is left there. */
function ipvsOf(
  { initial, leftovers, onIpvsProblem }: HostLevelsOptions,
  repaired: Repaired,
): IpvsLevelOptions | undefined {
  const { ipvs, services, connectionSync } = initial.setup.config;
  const sync = connectionSync !== undefined;
  const asked = services.length > 0 || sync;
  if (!asked && leftovers.services.length + leftovers.roles.length === 0) return undefined;
  return { table: ipvs.table, leftovers, sync, onRepaired: repaired, onProblem: onIpvsProblem };
}

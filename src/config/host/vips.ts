/** VIPs and servers against the addresses that the host already has. */
import { contains, formatCidr, hostPrefix } from "../../base/ip.ts";
import type { HostFacts } from "../host.ts";
import { error, note, type Place, type Problem, warning } from "../report.ts";
import { serverPlace, vipPlace } from "../rules/places.ts";
import { WARM_LOOP_REMEDY, warmLoop } from "../rules/services.ts";
import type { Config, Director, Vip } from "../types.ts";
import { whereIs } from "./identity.ts";

export const checkVipsOnHost = (
  config: Config,
  facts: HostFacts,
  self: Director | undefined,
): Problem[] => [
  ...config.instances.flatMap(({ name, vips }) =>
    vips.flatMap((vip, i) => {
      const place = vipPlace(name, i);
      return [...sameNetwork(vip, facts, place), ...standing(vip, facts, place, self)];
    }),
  ),
  ...ownServers(config, facts),
];

/** Two addresses of one network and prefix: one is secondary, and dies with the other. */
function sameNetwork(vip: Vip, facts: HostFacts, place: Place): Problem[] {
  if (vip.prefix === hostPrefix(vip.address)) return [];
  const sibling = facts.addresses.find(
    (found) =>
      found.interface === vip.interface &&
      found.prefix === vip.prefix &&
      found.address !== vip.address &&
      contains(vip, found.address),
  );
  if (sibling === undefined) return [];
  const own = formatCidr(sibling);
  const message = `${formatCidr(vip)} shares the network of ${own} on ${vip.interface}`;
  const remedy = `Leave the prefix out: /${hostPrefix(vip.address)} keeps them apart.`;
  return [warning(place, `${message}: one of them takes the other along`, { remedy })];
}

function standing(vip: Vip, facts: HostFacts, place: Place, self: Director | undefined): Problem[] {
  const here = whereIs(vip.address, facts);
  const owned = self?.paths.some((path) => path.address === vip.address) ?? false;
  if (here === undefined || owned) return [];
  if (here.interface === vip.interface) {
    return [note(place, `${formatCidr(here)} is on ${here.label} already: it is adopted`)];
  }
  const where = `${formatCidr(here)} is on ${here.interface} of this host`;
  const message = `${where}, not on ${vip.interface}`;
  const remedy = `Remove it: ip addr del ${formatCidr(here)} dev ${here.interface}`;
  return [warning(place, message, { remedy })];
}

function ownServers(config: Config, facts: HostFacts): Problem[] {
  const vips = new Set(config.instances.flatMap((instance) => instance.vips).map((v) => v.address));
  return config.services.flatMap(({ name, servers }) =>
    servers.flatMap((server, i) => {
      const here = whereIs(server.address, facts);
      if (here === undefined || server.forward !== "dr" || vips.has(server.address)) return [];
      const message = warmLoop(server.address, `an address of this host, on ${here.interface}`);
      return [error(serverPlace(name, i), message, { remedy: WARM_LOOP_REMEDY })];
    }),
  );
}

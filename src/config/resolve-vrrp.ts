/** How each instance speaks on the vrrp transport: its own words, the pair's, the defaults. */
import { type Family, familyOf, type Ip } from "../base/ip.ts";
import type { Mac } from "../wire/link/ethernet.ts";
import type { FileConfig, FileInstance } from "./schema.ts";
import type { Instance, VirtualMac, VrrpOptions } from "./types.ts";

/** RFC 9568 §5.1.1.2 and §5.1.2.2. */
const GROUP4 = "224.0.0.18" as Ip;
const GROUP6 = "ff02::12" as Ip;
const MOST_HOPS = 255;

/** Where the VIPs of an instance stand that do not say it themselves. */
export const vipInterface = (instance: FileInstance): string =>
  vmacName(instance) ?? instance.interface;

function vmacName({ vmac, routerId }: FileInstance): string | undefined {
  if (vmac === false) return undefined;
  return (vmac === true ? undefined : vmac.interface) ?? `vrrp.${routerId}`;
}

/** RFC 9568 §7.3: the last octet is the router id. */
const virtualMac = (family: Family, routerId: number): Mac =>
  `00:00:5e:00:0${family === 4 ? 1 : 2}:${routerId.toString(16).padStart(2, "0")}` as Mac;

function resolveVmac(instance: FileInstance, family: Family): VirtualMac | undefined {
  const name = vmacName(instance);
  if (name === undefined) return undefined;
  const { vmac, routerId } = instance;
  const advertsFromBase = typeof vmac === "object" && vmac.advertsFromBase;
  return { interface: name, mac: virtualMac(family, routerId), advertsFromBase };
}

function resolvePeers({
  minTtl: common = MOST_HOPS,
  peers = {},
}: NonNullable<FileInstance["vrrp"]>): VrrpOptions["peers"] {
  return Object.fromEntries(
    Object.entries(peers).map(([name, { minTtl = common, maxTtl = MOST_HOPS }]) => [
      name,
      { min: minTtl, max: maxTtl },
    ]),
  );
}

/** Undefined on another transport. */
export function resolveVrrp(
  { transport, vrrp: common }: FileConfig["heartbeat"],
  instance: FileInstance,
  { vips }: Pick<Instance, "vips">,
): VrrpOptions | undefined {
  if (transport !== "vrrp") return undefined;
  const said = { ...common, ...instance.vrrp };
  const excluded = instance.vips.map((vip) => "excluded" in vip && vip.excluded);
  const candidates = vips.map(({ address }) => address).filter((_, i) => excluded[i] !== true);
  // The first one decides: one packet holds addresses of one family.
  const family = familyOf(candidates[0] ?? vips[0]?.address ?? GROUP4);
  return {
    version: said.version ?? 3,
    family,
    unicast: said.unicast ?? false,
    group: family === 4 ? (said.group4 ?? GROUP4) : (said.group6 ?? GROUP6),
    sources: instance.sources,
    passwordFile: said.passwordFile,
    checksumAsV2: said.checksumAsV2 ?? false,
    minTtl: said.minTtl ?? MOST_HOPS,
    peers: resolvePeers(said),
    advertised: candidates.filter((address) => familyOf(address) === family),
    vmac: resolveVmac(instance, family),
  };
}

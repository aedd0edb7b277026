/** How each instance speaks on the vrrp transport: its own words, the pair's, the defaults. */
import { familyOf, type Ip } from "../base/ip.ts";
import type { FileConfig, FileInstance } from "./schema.ts";
import type { Instance, VrrpOptions } from "./types.ts";

/** RFC 9568 §5.1.1.2 and §5.1.2.2. */
const GROUP4 = "224.0.0.18" as Ip;
const GROUP6 = "ff02::12" as Ip;

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
    minTtl: said.minTtl ?? 255,
    advertised: candidates.filter((address) => familyOf(address) === family),
  };
}

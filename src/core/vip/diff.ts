/** Which VIPs to put on and which to take off. */
import { formatCidr, type Ip } from "../../base/ip.ts";
import { diffByKey, indexBy } from "../../base/keyed.ts";
import type { PlacedVip } from "../types.ts";

export interface VipDiff {
  readonly add: readonly PlacedVip[];
  readonly remove: readonly PlacedVip[];
}

export interface VipOwnership {
  /** What baton may take off, beside what is desired. */
  readonly managed: readonly PlacedVip[];
  /** The director's own addresses, which may be VIPs too: these stay with their own prefix. */
  readonly own?: readonly Ip[];
}

/** Only managed addresses are ever taken off; the others of the host are not baton's.
 *
 * One that stands with another prefix answers for the VIP just the same: it goes.
 */
export function diffVips(
  desired: readonly PlacedVip[],
  { managed, own = [] }: VipOwnership,
  observed: readonly PlacedVip[],
): VipDiff {
  const vips = [...managed, ...desired];
  const exact = new Set(vips.map(vipKey));
  const placed = new Set(vips.filter(({ address }) => !own.includes(address)).map(placeKey));
  const standing = observed.filter((vip) => exact.has(vipKey(vip)) || placed.has(placeKey(vip)));
  const { added, removed } = diffByKey(
    indexBy(desired, vipKey),
    indexBy(standing, vipKey),
    () => true,
  );
  return { add: added, remove: removed };
}

const placeKey = (vip: PlacedVip): string => `${vip.address} ${vip.interface}`;

export const vipKey = (vip: PlacedVip): string => `${formatCidr(vip)} ${vip.interface}`;

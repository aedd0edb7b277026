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
  /** The director's own addresses, which may be VIPs too: the last of one is never taken off. */
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
  const lasts = (vip: PlacedVip): boolean =>
    own.includes(vip.address) && !observed.some((one) => isTwin(one, vip));
  return { add: added, remove: removed.filter((vip) => !lasts(vip)) };
}

/** The same address there, with another prefix. */
const isTwin = (a: PlacedVip, b: PlacedVip): boolean =>
  placeKey(a) === placeKey(b) && a.prefix !== b.prefix;

const placeKey = (vip: PlacedVip): string => `${vip.address} ${vip.interface}`;

export const vipKey = (vip: PlacedVip): string => `${formatCidr(vip)} ${vip.interface}`;

/** Which VIPs to put on and which to take off. */
import { formatCidr } from "../../base/ip.ts";
import { diffByKey, indexBy } from "../../base/keyed.ts";
import type { PlacedVip } from "../types.ts";

export interface VipDiff {
  readonly add: readonly PlacedVip[];
  readonly remove: readonly PlacedVip[];
}

/** Only `managed` addresses are ever taken off; the others of the host are not baton's. */
export function diffVips(
  desired: readonly PlacedVip[],
  managed: readonly PlacedVip[],
  observed: readonly PlacedVip[],
): VipDiff {
  const ours = new Set([...managed, ...desired].map(vipKey));
  const standing = observed.filter((vip) => ours.has(vipKey(vip)));
  const { added, removed } = diffByKey(
    indexBy(desired, vipKey),
    indexBy(standing, vipKey),
    () => true,
  );
  return { add: added, remove: removed };
}

export const vipKey = (vip: PlacedVip): string => `${formatCidr(vip)} ${vip.interface}`;

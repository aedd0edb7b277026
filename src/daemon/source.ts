/** Which of this host's addresses the adverts of an instance leave from. */
import { familyOf, type Ip } from "../base/ip.ts";
import type { Config, Director, Instance } from "../config/types.ts";
import type { HostAddress } from "../os/rtnl.ts";

/** What stands on this host, and what of it is somebody's VIP. */
export interface Standing {
  readonly addresses: readonly HostAddress[];
  readonly moving: ReadonlySet<Ip>;
}

/** The VIPs of all instances: they come and go, whosever they are. */
export const movingOf = ({ instances }: Config): ReadonlySet<Ip> =>
  new Set(instances.flatMap(({ vips }) => vips.map(({ address }) => address)));

/** The director's own address where it stands on the interface, else one that does; over IPv6 the
 * link-local one (RFC 9568 §5.1.2.1). Undefined where there is none that is usable yet. */
export function sourceOf(
  instance: Instance,
  self: Director,
  { addresses, moving }: Standing,
): Ip | undefined {
  const { vrrp, interface: link, vips } = instance;
  if (!vrrp) return undefined;
  const isOwn = (address: Ip): boolean => self.paths.some((path) => path.address === address);
  const moves = (address: Ip): boolean => moving.has(address);
  const fit = addresses.filter(
    (one) =>
      one.interface === link &&
      familyOf(one.address) === vrrp.family &&
      !one.tentative &&
      !one.dadFailed &&
      // An owner's VIP is an address of its own (RFC 9568 §6.1).
      (isOwn(one.address) || !moves(one.address)),
  );
  const named = vrrp.sources[self.name];
  if (named !== undefined) return fit.find(({ address }) => address === named)?.address;
  // One that another instance owns stays as well.
  const isVip = (address: Ip): boolean => vips.some((vip) => vip.address === address);
  const own = fit.find(({ address }) => isOwn(address) && !isVip(address));
  const near = fit.find(({ scope }) => scope === "link");
  const staying = fit.find(({ address }) => !moves(address));
  const preferred = vrrp.family === 6 && !vrrp.unicast ? [near, own] : [own, near];
  return ([...preferred, staying].find((one) => one !== undefined) ?? fit[0])?.address;
}

/** Which of this host's addresses the adverts of an instance leave from. */
import { familyOf, type Ip } from "../base/ip.ts";
import type { Director, Instance } from "../config/types.ts";
import type { HostAddress } from "../os/rtnl.ts";

/** The director's own address where it stands on the interface, else one that does; over IPv6 the
 * link-local one (RFC 9568 §5.1.2.1). Undefined where there is none that is usable yet. */
export function sourceOf(
  instance: Instance,
  self: Director,
  addresses: readonly HostAddress[],
): Ip | undefined {
  const { vrrp, interface: link, vips } = instance;
  if (!vrrp) return undefined;
  const isOwn = (address: Ip): boolean => self.paths.some((path) => path.address === address);
  const moves = (address: Ip): boolean => vips.some((vip) => vip.address === address);
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
  const own = fit.find(({ address }) => isOwn(address) && !moves(address));
  const near = fit.find(({ scope }) => scope === "link");
  const staying = fit.find(({ address }) => !moves(address));
  const preferred = vrrp.family === 6 && !vrrp.unicast ? [near, own] : [own, near];
  return ([...preferred, staying].find((one) => one !== undefined) ?? fit[0])?.address;
}

/** Which way a packet would go by the main routing table; policy rules are not followed. */
import { contains, type Family, familyOf, type Ip } from "../base/ip.ts";
import type { AddressFact, Facts, RouteFact } from "./facts.ts";

/** The longest prefix, and of equals the lowest metric. */
function routeTo(routes: readonly RouteFact[], address: Ip): RouteFact | undefined {
  return routes
    .filter(({ to }) => familyOf(to.address) === familyOf(address) && contains(to, address))
    .toSorted((a, b) => b.to.prefix - a.to.prefix || a.metric - b.metric)[0];
}

export const defaultRoute = (routes: readonly RouteFact[], family: Family): RouteFact | undefined =>
  routes
    .filter(({ to }) => to.prefix === 0 && familyOf(to.address) === family)
    .toSorted((a, b) => a.metric - b.metric)[0];

/** The router on the way to an address. Undefined also where the interface that has its network is
 * not running: the kernel has then taken the way there out of its table. */
export function routerTo(
  { routes, addresses, links }: Pick<Facts, "routes" | "addresses" | "links">,
  address: Ip,
): Ip | undefined {
  const home = addresses.find((own) => contains(own, address))?.interface;
  const link = links.find(({ name }) => name === home);
  return link !== undefined && !link.running ? undefined : routeTo(routes, address)?.via;
}

/** The interface by which an address is a neighbour; undefined where a router is between, or nobody
 * knows the way. */
export function linkOf(
  routes: readonly RouteFact[],
  addresses: readonly AddressFact[],
  address: Ip,
): string | undefined {
  const route = routeTo(routes, address);
  if (route !== undefined) return route.via === undefined ? route.interface : undefined;
  return addresses.find((own) => contains(own, address))?.interface;
}

/** Which way a packet would go by the main routing table; policy rules are not followed. */
import { contains, type Family, familyOf, type Ip } from "../base/ip.ts";
import type { AddressFact, RouteFact } from "./facts.ts";

/** The longest prefix, and of equals the lowest metric. */
export function routeTo(routes: readonly RouteFact[], address: Ip): RouteFact | undefined {
  return routes
    .filter(({ to }) => familyOf(to.address) === familyOf(address) && contains(to, address))
    .toSorted((a, b) => b.to.prefix - a.to.prefix || a.metric - b.metric)[0];
}

export const defaultRoute = (routes: readonly RouteFact[], family: Family): RouteFact | undefined =>
  routes
    .filter(({ to }) => to.prefix === 0 && familyOf(to.address) === family)
    .toSorted((a, b) => a.metric - b.metric)[0];

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

/** Routes and rules of an instance: one family each, and a way that a packet can take. */
import { type Cidr, type Family, familyOf, type Ip } from "../base/ip.ts";
import { error, type Place, type Problem } from "./report.ts";
import type { FileInstance } from "./schema.ts";
import type { Route, RoutingRule } from "./types.ts";
import type { Target } from "./values.ts";

type FileRoute = FileInstance["routes"][number];
type FileRule = FileInstance["rules"][number];

const ANYWHERE: Readonly<Record<Family, Cidr>> = {
  4: { address: "0.0.0.0" as Ip, prefix: 0 },
  6: { address: "::" as Ip, prefix: 0 },
};

export const resolveRoutes = (
  place: Place,
  routes: readonly FileRoute[],
  problems: Problem[],
): Route[] =>
  routes.flatMap((route, i) => {
    const { to, via, interface: link, source, table, metric, type } = route;
    const at = [...place, "routes", i];
    const family = familyOfAll(at, [netOf(to)?.address, via, source], problems);
    if (family === undefined) return [];
    if (type === "unicast" && via === undefined && link === undefined) {
      problems.push(error(at, "names neither via nor interface: there is no way to go"));
    }
    const net = netOf(to) ?? ANYWHERE[family];
    return [{ family, to: net, via, interface: link, source, table, metric, type }];
  });

export const resolveRules = (
  place: Place,
  rules: readonly FileRule[],
  problems: Problem[],
): RoutingRule[] =>
  rules.flatMap((rule, i) => {
    const { interface: link, mark, table, priority } = rule;
    const at = [...place, "rules", i];
    const [from, to] = [netOf(rule.from), netOf(rule.to)];
    const said = rule.family && ANYWHERE[rule.family === "ipv4" ? 4 : 6].address;
    const family = familyOfAll(at, [from?.address, to?.address, said], problems);
    if (family === undefined) return [];
    return [{ family, from, to, interface: link, mark, table, priority }];
  });

const netOf = (target: Target | undefined): Cidr | undefined =>
  target?.kind === "network" ? target.net : undefined;

function familyOfAll(
  at: Place,
  addresses: readonly (Ip | undefined)[],
  problems: Problem[],
): Family | undefined {
  const families = new Set(addresses.flatMap((one) => (one === undefined ? [] : [familyOf(one)])));
  const [family] = families;
  if (families.size === 1) return family;
  const mixed = "has addresses of both families: a route or a rule is of one";
  const nothing = "says nothing of its family: write a network, via or source, or family of a rule";
  problems.push(error(at, families.size === 0 ? nothing : mixed));
  return undefined;
}

/** Rules about the hops that advertisements may have left. */
import { error, type Problem, warning } from "../report.ts";
import { didYouMean } from "../suggest.ts";
import type { Config, Instance } from "../types.ts";

const NEIGHBOUR = 255;

export function checkHops({ directors }: Config, { name, vrrp }: Instance): Problem[] {
  if (!vrrp) return [];
  const names = directors.map((director) => director.name);
  const place = ["instances", name, "vrrp"];
  const limits = Object.entries(vrrp.peers);
  const problems = limits.flatMap(([peer, { min, max }]) => {
    const at = [...place, "peers", peer];
    if (!names.includes(peer)) {
      const message = `there is no director ${peer}${didYouMean(peer, names)}`;
      return [error(at, message, { onKey: true })];
    }
    if (min <= max) return [];
    const message = `minTtl ${min} is more than maxTtl ${max}: nothing would be heard of ${peer}`;
    const remedy = `Write minTtl: ${max} or less, or leave maxTtl out.`;
    return [error(at, message, { remedy })];
  });
  const idle = !vrrp.unicast && (limits.length > 0 || vrrp.minTtl !== NEIGHBOUR);
  if (!idle) return problems;
  const message =
    "minTtl and peers count in unicast alone: multicast has 255 hops left, or is refused";
  return [...problems, warning(place, message, { remedy: "Leave them out." })];
}

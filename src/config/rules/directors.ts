/** Rules about who serves: directors, their paths and names. */
import { familyOf, type Ip, isLinkLocal } from "../../base/ip.ts";
import { error, type Problem, warning } from "../report.ts";
import type { Config, Director } from "../types.ts";
import { directorPlace, pathPlace } from "./places.ts";

export const checkDirectors = (config: Config): Problem[] => [
  ...count(config),
  ...sharedAddresses(config),
  ...unequalPaths(config),
  ...linkLocal(config),
  ...sharedIds("directors", config.directors),
];

function count({ directors }: Config): Problem[] {
  if (directors.length === 0) return [error(["directors"], "names no director")];
  if (directors.length > 1) return [];
  const only = directors[0]?.name ?? "";
  return [warning(["directors"], `${only} is alone: nobody takes over when it falls`)];
}

function sharedAddresses({ directors }: Config): Problem[] {
  const problems: Problem[] = [];
  const holders = new Map<Ip, string>();
  for (const director of directors) {
    for (const [i, { address }] of director.paths.entries()) {
      const holder = holders.get(address);
      if (holder === undefined) holders.set(address, director.name);
      else {
        const whose = holder === director.name ? "another path of its own" : `${holder}'s too`;
        problems.push(error(pathPlace(director, i), `${address} is ${whose}`));
      }
    }
  }
  return problems;
}

/** Paths with the same index are two ends of one way. */
function unequalPaths({ directors }: Config): Problem[] {
  const [first, ...rest] = directors;
  if (first === undefined) return [];
  return rest.flatMap((director) => {
    if (director.paths.length !== first.paths.length) {
      const found = `${director.name} has ${director.paths.length}, ${first.name}`;
      const message = `paths go in pairs: ${found} has ${first.paths.length}`;
      return [error(directorPlace(director), message)];
    }
    return director.paths.flatMap(({ address }, i) => {
      const peer = first.paths[i]?.address;
      if (peer === undefined || familyOf(peer) === familyOf(address)) return [];
      const message = `${address} can not talk to ${first.name}'s ${peer}: one is IPv4, one IPv6`;
      return [error(pathPlace(director, i), message)];
    });
  });
}

/** fe80::/10 means nothing without the interface it is on. */
const linkLocal = ({ directors }: Config): Problem[] =>
  directors.flatMap((director) =>
    director.paths.flatMap((path, i) => {
      const alone = path.interface === undefined && isLinkLocal(path.address);
      if (!alone || familyOf(path.address) === 4) return [];
      const message = `${path.address} is link-local: every interface has such a network`;
      const remedy = "Write it under paths, with its interface.";
      return [error(pathPlace(director, i), message, { remedy })];
    }),
  );

/** Names travel as 32 bits; two that meet could not be told apart. */
export function sharedIds(
  section: "directors" | "instances",
  named: readonly Pick<Director, "name" | "id">[],
): Problem[] {
  const names = new Map<number, string>();
  return named.flatMap(({ name, id }) => {
    const other = names.get(id);
    names.set(id, name);
    if (other === undefined) return [];
    const message = `on the wire this name looks like ${other}: rename one of them`;
    return [error([section, name], message, { onKey: true })];
  });
}

/** Rules about instances: names and priorities. */
import { compareIp } from "../../base/ip.ts";
import { error, note, type Problem } from "../report.ts";
import type { Config, Director, Instance } from "../types.ts";
import { sharedIds } from "./directors.ts";

/** RFC 9568 §6.1: the priority of the router that owns the addresses. */
const OWNER = 255;

export function checkInstances(config: Config): Problem[] {
  if (config.instances.length === 0) {
    return [error(["instances"], "names no instance: there is nothing to hold")];
  }
  return [
    ...sharedIds("instances", config.instances),
    ...config.instances.flatMap((instance) => [
      ...falseOwners(config, instance),
      ...equalPriorities(config, instance),
      ...falseWitnesses(config, instance),
    ]),
  ];
}

export const owns = (director: Director, instance: Instance): boolean =>
  instance.priorities[director.name] === OWNER;

const falseOwners = ({ directors }: Config, instance: Instance): Problem[] =>
  directors.flatMap((director) => {
    if (!owns(director, instance)) return [];
    const addresses = director.paths.map((path) => path.address);
    if (instance.vips.some((vip) => addresses.includes(vip.address))) return [];
    const place = ["instances", instance.name, "priorities", director.name];
    const message = `255 is for the owner of a VIP; no VIP here is an address of ${director.name}`;
    return [error(place, message, { remedy: "Write 254 for the highest of the others." })];
  });

/** Who may be dead with the master, or moves with it, proves nothing about the network. */
function falseWitnesses(config: Config, instance: Instance): Problem[] {
  const place = ["instances", instance.name, "witness", "addresses"];
  const addresses = instance.witness?.addresses ?? [];
  if (instance.witness && addresses.length === 0) return [error(place, "is an empty list")];
  const vips = config.instances.flatMap(({ vips: all }) => all.map(({ address }) => address));
  return addresses.flatMap((address, i) => {
    const director = config.directors.find(({ paths }) =>
      paths.some((path) => path.address === address),
    );
    const whose = director
      ? `the director ${director.name}`
      : vips.includes(address)
        ? "a VIP"
        : "";
    if (whose === "") return [];
    const remedy = "Name a neighbour that lives whoever is master, such as the gateway.";
    return [error([...place, i], `${address} is ${whose}: it proves nothing`, { remedy })];
  });
}

/** Allowed: the election then compares the directors' first addresses. */
function equalPriorities({ directors }: Config, instance: Instance): Problem[] {
  const groups = new Map<number, Director[]>();
  for (const director of directors) {
    const priority = instance.priorities[director.name] ?? 0;
    groups.set(priority, [...(groups.get(priority) ?? []), director]);
  }
  return [...groups].flatMap(([priority, equals]) => {
    if (equals.length < 2) return [];
    const best = equals.reduce((a, b) => (higher(b, a) ? b : a));
    const names = equals.map((director) => director.name).join(" and ");
    const why = `the higher address decides, ${best.name}'s ${best.paths[0]?.address}`;
    return [note(["instances", instance.name], `${names} both have priority ${priority}: ${why}`)];
  });
}

function higher(a: Director, b: Director): boolean {
  const [left, right] = [a.paths[0]?.address, b.paths[0]?.address];
  return left !== undefined && right !== undefined && compareIp(left, right) > 0;
}

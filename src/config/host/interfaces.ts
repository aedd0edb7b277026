/** The interfaces that a configuration names against those that the host has. */
import type { HostFacts } from "../host.ts";
import { error, type Place, type Problem, warning } from "../report.ts";
import { directorPlace, vipPlace } from "../rules/places.ts";
import { nearest } from "../suggest.ts";
import type { Config, Director } from "../types.ts";

interface Wanted {
  readonly name: string;
  readonly place: Place;
}

export function checkInterfaces(
  config: Config,
  facts: HostFacts,
  self: Director | undefined,
): Problem[] {
  return wantedInterfaces(config, self).flatMap((wanted) => checkInterface(wanted, config, facts));
}

/** Those of the instances, of connection sync, and of this director's own paths. */
function wantedInterfaces(config: Config, self: Director | undefined): Wanted[] {
  const wanted: Wanted[] = [];
  for (const { name, interface: link, vips } of config.instances) {
    wanted.push({ name: link, place: ["instances", name, "interface"] });
    for (const [i, vip] of vips.entries()) {
      const place = [...vipPlace(name, i), "interface"];
      if (vip.interface !== link) wanted.push({ name: vip.interface, place });
    }
  }
  if (config.connectionSync !== undefined) {
    const place = ["connectionSync", "interface"];
    wanted.push({ name: config.connectionSync.interface, place });
  }
  for (const [i, path] of (self?.paths ?? []).entries()) {
    if (self === undefined || path.interface === undefined) continue;
    wanted.push({ name: path.interface, place: [...directorPlace(self), "paths", i, "interface"] });
  }
  return wanted;
}

function checkInterface({ name, place }: Wanted, config: Config, facts: HostFacts): Problem[] {
  const link = facts.links.find((candidate) => candidate.name === name);
  if (link === undefined) return [missing({ name, place }, config, facts)];
  if (link.loopback) {
    const message = `${name} is a loopback: nobody outside this host reaches an address there`;
    return [error(place, message, { code: "BATON_INTERFACE" })];
  }
  if (link.up && link.running) return [];
  const state = link.up ? "has no carrier" : "is down";
  return [warning(place, `${name} ${state}: what needs it is in fault until it works`)];
}

function missing({ name, place }: Wanted, config: Config, facts: HostFacts): Problem {
  const real = facts.links.filter((link) => !link.loopback).map((link) => link.name);
  const has = real.length === 0 ? "none but the loopback" : real.join(", ");
  const message = `this host has no interface ${name}; it has ${has}`;
  const guess = nearest(name, real);
  const wait = "or set waitForInterface where it comes later";
  if (config.waitForInterface) {
    return warning(place, `${message}: in fault until it appears`, { code: "BATON_INTERFACE" });
  }
  const remedy =
    guess === undefined ? `Name one of them, ${wait}.` : `Is it ${guess}? Name it, ${wait}.`;
  return error(place, message, { code: "BATON_INTERFACE", remedy });
}

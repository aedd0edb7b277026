/** The interfaces that a configuration names against those that the host has. */
import type { HostFacts } from "../host.ts";
import { error, type Place, type Problem, warning } from "../report.ts";
import { directorPlace, vipPlace } from "../rules/places.ts";
import { nearest } from "../suggest.ts";
import type { Config, Director, Instance } from "../types.ts";

interface Wanted {
  readonly name: string;
  readonly place: Place;
}

export function checkInterfaces(
  config: Config,
  facts: HostFacts,
  self: Director | undefined,
): Problem[] {
  return [
    ...wantedInterfaces(config, self).flatMap((wanted) => checkInterface(wanted, config, facts)),
    ...config.instances.flatMap((instance) => foreignVmac(instance, facts)),
  ];
}

/** A link of the macvlan's name that is another one stays as it is. */
function foreignVmac({ name, vrrp }: Instance, { links }: HostFacts): Problem[] {
  const vmac = vrrp?.vmac;
  const found = links.find((link) => link.name === vmac?.interface);
  if (!vmac || !found || (found.kind === "macvlan" && found.mac === vmac.mac)) return [];
  const what = `${found.kind ?? "hardware"} with the MAC ${found.mac}`;
  const message = `${vmac.interface} is there, ${what}: a macvlan with ${vmac.mac} is wanted`;
  const remedy = "Remove or rename it, or write `vmac: { interface: NAME }` with another name.";
  return [error(["instances", name, "vmac"], message, { code: "BATON_INTERFACE", remedy })];
}

/** Those of the instances, of connection sync, and of this director's own paths. */
function wantedInterfaces(config: Config, self: Director | undefined): Wanted[] {
  const wanted: Wanted[] = [];
  for (const { name, interface: link, vips, vrrp } of config.instances) {
    wanted.push({ name: link, place: ["instances", name, "interface"] });
    for (const [i, vip] of vips.entries()) {
      const place = [...vipPlace(name, i), "interface"];
      const made = vip.interface === vrrp?.vmac?.interface;
      if (vip.interface !== link && !made) wanted.push({ name: vip.interface, place });
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

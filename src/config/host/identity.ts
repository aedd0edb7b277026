/** Which director this host is: by its addresses, wherever they stand, or by `--as`. */
import type { Ip } from "../../base/ip.ts";
import type { HostAddress, HostFacts } from "../host.ts";
import { error, note, type Problem, warning } from "../report.ts";
import { directorPlace, pathPlace } from "../rules/places.ts";
import { didYouMean } from "../suggest.ts";
import type { Config, Director } from "../types.ts";

export interface Identity {
  readonly self: Director | undefined;
  readonly problems: readonly Problem[];
}

const IDENTITY = { code: "BATON_IDENTITY" } as const;

export function checkIdentity(config: Config, facts: HostFacts): Identity {
  const identity = facts.as === undefined ? byAddress(config, facts) : byName(config, facts);
  if (identity.self === undefined) return identity;
  const problems = [...identity.problems, ...checkPaths(identity.self, facts)];
  return { self: identity.self, problems };
}

const present = (director: Director, facts: HostFacts): HostAddress[] =>
  director.paths.flatMap(({ address }) => whereIs(address, facts) ?? []);

export const whereIs = (address: Ip, facts: HostFacts): HostAddress | undefined =>
  facts.addresses.find((found) => found.address === address);

function byAddress(config: Config, facts: HostFacts): Identity {
  const here = config.directors.filter((director) => present(director, facts).length > 0);
  if (here.length === 0) return { self: undefined, problems: [nobody(config, facts)] };
  if (here.length === 1) return { self: here[0], problems: [] };
  const each = here.map((director) => `${director.name}'s ${placesOf(director, facts)}`);
  const message = `this host has addresses of several directors: ${each.join(", ")}`;
  const remedy = "Take one of them off this host, or say who this is with `--as NAME`.";
  const problem = error(["directors"], message, { ...IDENTITY, remedy });
  return { self: undefined, problems: [problem] };
}

function byName(config: Config, facts: HostFacts): Identity {
  const names = config.directors.map((director) => director.name);
  const self = config.directors.find((director) => director.name === facts.as);
  if (self === undefined) {
    const guess = didYouMean(facts.as ?? "", names);
    const message = `--as ${facts.as} names no director; there are ${names.join(", ")}${guess}`;
    const remedy = "Name a director of the file.";
    return { self, problems: [error(["directors"], message, { ...IDENTITY, remedy })] };
  }
  if (present(self, facts).length > 0) return { self, problems: [] };
  const other = config.directors.find((director) => present(director, facts).length > 0);
  if (other !== undefined) {
    const message =
      `--as ${self.name}, but this host has none of its addresses (${sought(self)}); ` +
      `it has ${other.name}'s ${placesOf(other, facts)}: self and peer are swapped`;
    const remedy = `Say --as ${other.name}, or correct the addresses.`;
    const problem = error(directorPlace(self), message, { ...IDENTITY, remedy });
    return { self: undefined, problems: [problem] };
  }
  const message = `${sought(self)} is on no interface of this host, which has ${found(facts)}`;
  const remedy = "Put it on one, or set waitForInterface where that comes later.";
  const options = config.waitForInterface ? IDENTITY : { ...IDENTITY, remedy };
  return { self, problems: [waitable(config)(directorPlace(self), message, options)] };
}

/** An interface that is still to come brings its addresses with it. */
const waitable = (config: Config): typeof error => (config.waitForInterface ? warning : error);

function nobody(config: Config, facts: HostFacts): Problem {
  const all = config.directors.map((director) => `${director.name}'s ${sought(director)}`);
  const message =
    `no director's address is on an interface of this host: sought ${all.join(", ")}; ` +
    `found ${found(facts)}`;
  const byHostname = config.directors.find((director) => director.name === facts.hostname);
  const remedy = byHostname && `By its hostname this is ${byHostname.name}: see its address.`;
  return error(["directors"], message, { ...IDENTITY, remedy });
}

const sought = (director: Director): string =>
  director.paths.map((path) => path.address).join(", ");

const MAX_FOUND = 20;

/** Everything but the loopback's, each with its interface. */
export function found(facts: HostFacts): string {
  const loopbacks = new Set(facts.links.filter((link) => link.loopback).map((link) => link.name));
  const outside = facts.addresses.filter((address) => !loopbacks.has(address.interface));
  const shown = outside.slice(0, MAX_FOUND).map(describe);
  const rest = outside.length - shown.length;
  if (shown.length === 0) return "no address but the loopback's";
  return shown.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

const describe = ({ address, prefix, label }: HostAddress): string =>
  `${address}/${prefix} on ${label}`;

const placesOf = (director: Director, facts: HostFacts): string =>
  present(director, facts)
    .map((here) => `${here.address} on ${here.label}`)
    .join(", ");

/** Aliases are reported because other tools stumble over them; baton does not. */
function checkPaths(self: Director, facts: HostFacts): Problem[] {
  const anywhere = present(self, facts).length > 0;
  return self.paths.flatMap((path, i) => {
    const place = pathPlace(self, i);
    const here = whereIs(path.address, facts);
    if (here === undefined) {
      const message = `${path.address} is on no interface of this host: this path is dead`;
      return anywhere ? [warning(place, message, IDENTITY)] : [];
    }
    if (path.interface !== undefined && path.interface !== here.interface) {
      const message = `${path.address} is on ${here.interface}, not on ${path.interface}`;
      const remedy = `Name ${here.interface}, or move the address.`;
      return [error(place, message, { code: "BATON_INTERFACE", remedy })];
    }
    if (here.label === here.interface) return [];
    const what = `${path.address} has the alias label ${here.label}`;
    return [note(place, `${what}; it is an address of ${here.interface}, and works`)];
  });
}

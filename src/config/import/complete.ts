/** What no file says and baton.yaml needs: directors' addresses, a router; each a decision. */
import { familyOf, type Ip } from "../../base/ip.ts";
import { parseListen } from "../endpoint.ts";
import type { Place } from "../report.ts";
import type { Self } from "./directors.ts";
import { namesIn } from "./hoist.ts";
import type { Sheet } from "./sheet.ts";

/** Something that the operator has to write. */
export interface Decision {
  readonly place: Place;
  readonly why: string;
}

/** RFC 5737: addresses of nobody, so that a file that is not finished can not run anywhere. */
const NOBODY = "192.0.2.";
const PRIORITY = 100;
const STEP = 50;
const HIGHEST = 254;

export interface Known {
  readonly directors: readonly Self[];
  /** `--interface`. */
  readonly link: string | undefined;
  /** There is no other director, and none is made up. */
  readonly alone: boolean;
}

export interface Completed {
  readonly decisions: readonly Decision[];
  /** What is to be done beside baton.yaml. */
  readonly steps: readonly string[];
}

/** Where VIPs come from that no file names: baton may refuse what the services listen on. */
export type VipSource = "services" | "nobody";

export function complete(sheet: Sheet, known: Known, vips: VipSource): Completed {
  const { decisions, steps } = completeInstances(sheet, known, vips);
  return { decisions: [...decisions, ...completeDirectors(sheet, known)], steps };
}

function completeDirectors(sheet: Sheet, { directors, alone }: Known): readonly Decision[] {
  const decisions: Decision[] = [];
  const all: readonly Self[] =
    directors.length > 1 || alone
      ? directors
      : [...directors, { name: peerName(directors), address: undefined }];
  for (const [i, { name, address }] of all.entries()) {
    const place = ["directors", name];
    const priority = sheet.get([...place, "priority"]);
    const second = sheet.get([...place, "second"]);
    const from = sheet.from.get(JSON.stringify([...place, "second"]));
    for (const key of Object.keys((sheet.get(place) as object | undefined) ?? {})) {
      sheet.remove([...place, key]);
    }
    const first = address ?? NOBODY + (i + 1);
    if (second === undefined) sheet.set([...place, "address"], first);
    else {
      sheet.set([...place, "paths"], [{ address: first }]);
      sheet.push([...place, "paths"], { address: second }, from);
    }
    if (address === undefined) {
      const option = `--director ${name}=ADDRESS`;
      const why = `the address of ${name} on its network: no file says it (${option})`;
      decisions.push({ place: [...place, "address"], why });
    }
    if (priority !== undefined) sheet.set([...place, "priority"], priority);
  }
  return [...decisions, ...missingPriorities(sheet, all)];
}

const peerName = ([only]: readonly Self[]): string => (only?.name === "lb2" ? "lb1" : "lb2");

/** A director whose file was not there has none. */
function missingPriorities(sheet: Sheet, directors: readonly Self[]): readonly Decision[] {
  const instances = namesIn(sheet, "instances");
  const priorityOf = (director: string): number | undefined => {
    const own = sheet.get(["directors", director, "priority"]);
    const [of] = instances.flatMap((name) => {
      const value = sheet.get(["instances", name, "priorities", director]);
      return typeof value === "number" ? [value] : [];
    });
    return typeof own === "number" ? own : of;
  };
  const known = directors.flatMap(({ name }) => priorityOf(name) ?? []);
  return directors.flatMap(({ name }, i): Decision[] => {
    if (priorityOf(name) !== undefined) return [];
    const [other] = known;
    const first = i === 0 ? PRIORITY + STEP : PRIORITY;
    const guess = other === undefined ? first : other > PRIORITY ? PRIORITY : other + STEP;
    const place = ["directors", name, "priority"];
    sheet.set(place, Math.min(guess, HIGHEST));
    if (other === undefined) return [];
    return [{ place, why: `the priority of ${name}: import its file too, or write what it says` }];
  });
}

/** A file of services alone: somebody else holds their addresses. */
function completeInstances(sheet: Sheet, { link }: Known, source: VipSource): Completed {
  if (namesIn(sheet, "instances").length > 0) return { decisions: [], steps: [] };
  const place: Place = ["instances", "vips"];
  const vips = source === "services" ? addressesOfServices(sheet) : [];
  sheet.set([...place, "routerId"], 51);
  sheet.set([...place, "interface"], link ?? "eth0");
  sheet.set([...place, "vips"], vips.length > 0 ? vips : [`${NOBODY}100`]);
  const steps = [
    ...(source === "services" ? [LET_GO] : []),
    "instances.vips.routerId: 51, or another number that no other pair there has",
  ];
  const which = "the VIPs: nothing that the services listen on can be one";
  const held = "the interface that holds the VIPs: no file says it (--interface NAME)";
  const decisions = [
    ...(source === "nobody" ? [{ place: [...place, "vips"], why: which }] : []),
    ...(link === undefined ? [{ place: [...place, "interface"], why: held }] : []),
  ];
  return { decisions, steps };
}

const LET_GO = "the VIPs are the services' addresses: whoever holds them until now has to let go";

function addressesOfServices(sheet: Sheet): readonly Ip[] {
  const addresses = namesIn(sheet, "services").flatMap((name): Ip[] => {
    const parsed = parseListen(String(sheet.get(["services", name, "listen"])));
    return "value" in parsed && parsed.value.kind === "address" ? [parsed.value.address] : [];
  });
  return [...new Set(addresses)].sort((a, b) => familyOf(a) - familyOf(b));
}

/** What all instances say alike is said once, at the top of the file. */
import type { Place } from "../report.ts";
import type { Sheet } from "./sheet.ts";

type Tree = Record<string, unknown>;

export const namesIn = (sheet: Sheet, section: string): readonly string[] =>
  Object.keys((sheet.get([section]) as Tree | undefined) ?? {});

export function hoist(sheet: Sheet): void {
  const instances = namesIn(sheet, "instances");
  if (sheet.get(["heartbeat", "transport"]) === "vrrp") {
    const intervals = instances.map((name): Place => ["instances", name, "interval"]);
    lift(sheet, intervals, ["heartbeat", "interval"]);
    hoistVrrp(sheet, instances);
  }
  hoistPriorities(sheet, instances);
}

function hoistVrrp(sheet: Sheet, instances: readonly string[]): void {
  const places = instances.map((name): Place => ["instances", name, "vrrp"]);
  const keys = new Set(places.flatMap((place) => Object.keys((sheet.get(place) as Tree) ?? {})));
  for (const key of keys) {
    lift(
      sheet,
      places.map((place) => [...place, key]),
      ["heartbeat", "vrrp", key],
    );
  }
  for (const place of places) {
    const left = sheet.get(place);
    if (left !== undefined && Object.keys(left as Tree).length === 0) sheet.remove(place);
  }
}

/** Only where every place has it, and the same. */
function lift(sheet: Sheet, places: readonly Place[], to: Place): boolean {
  const [first] = places;
  if (first === undefined) return false;
  const value = sheet.get(first);
  const text = JSON.stringify(value);
  if (value === undefined || places.some((place) => JSON.stringify(sheet.get(place)) !== text)) {
    return false;
  }
  sheet.set(to, value, sheet.from.get(JSON.stringify(first)));
  for (const place of places) sheet.remove(place);
  return true;
}

/** 255 owns addresses of its own, and stays with the instance. */
function hoistPriorities(sheet: Sheet, instances: readonly string[]): void {
  const all = instances.map((name): Place => ["instances", name, "priorities"]);
  const directors = new Set(all.flatMap((place) => Object.keys((sheet.get(place) as Tree) ?? {})));
  for (const director of directors) {
    const places = all.map((place): Place => [...place, director]);
    if (sheet.get(places[0] ?? []) !== 255)
      lift(sheet, places, ["directors", director, "priority"]);
  }
  for (const place of all) {
    const left = sheet.get(place);
    if (left !== undefined && Object.keys(left as Tree).length === 0) sheet.remove(place);
  }
}

type Long = Record<string, unknown>;

/** What all servers of a service are asked alike, and how they are reached, is said once. */
export function hoistServers(sheet: Sheet, place: Place): void {
  const servers = sheet.get([...place, "servers"]) as (string | Long)[];
  for (const key of ["check", "forward", "onFailure"]) {
    const values = servers.map((server) =>
      typeof server === "string" ? undefined : JSON.stringify(server[key]),
    );
    const [first] = values;
    if (first === undefined || values.some((value) => value !== first)) continue;
    sheet.set([...place, key], JSON.parse(first));
    for (const server of servers) if (typeof server === "object") delete server[key];
  }
  for (const [i, server] of servers.entries()) {
    if (typeof server === "object" && Object.keys(server).length === 1) {
      servers[i] = String(server["address"]);
    }
  }
}

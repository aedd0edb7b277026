/** The same router, or the same listener, of two directors' files under one name: the first one's. */
import { namesIn } from "./hoist.ts";
import type { Ledger } from "./ledger.ts";
import type { Sheet } from "./sheet.ts";
import { changed } from "./types.ts";
import { freeName } from "./values.ts";

type Tree = Record<string, unknown>;
type Section = "instances" | "services";

/** From what tells best whether two are the same to what tells least. */
const SIGNS: Readonly<
  Record<Section, readonly ((name: string, one: Tree) => string | undefined)[]>
> = {
  instances: [
    (_, one) => joined(one["routerId"], one["interface"], familyOf(one["vips"])),
    (_, one) => joined(one["routerId"], familyOf(one["vips"])),
    (name) => name,
  ],
  services: [(_, one) => joined(one["listen"], one["family"]), (name) => name],
};

const joined = (...parts: readonly unknown[]): string | undefined =>
  parts[0] === undefined ? undefined : JSON.stringify(parts);

function familyOf(vips: unknown): 4 | 6 {
  const [first] = Array.isArray(vips) ? (vips as readonly unknown[]) : [];
  const text = typeof first === "string" ? first : (first as { address?: string })?.address;
  return text?.includes(":") ? 6 : 4;
}

export function alignNames(first: Sheet, second: Sheet, ledger: Ledger): void {
  for (const section of ["instances", "services"] as const) {
    const names = twinsOf(first, second, section);
    for (const [from, to] of names) {
      const said = second.from.get(JSON.stringify([section, from]));
      if (said && ledger.get(said)?.verdict === "taken") {
        ledger.put(said, changed(`is called ${to}, by the first file`));
      }
    }
    rename(second, section, names);
  }
}

/** The new name of each that has another one. */
function twinsOf(first: Sheet, second: Sheet, section: Section): ReadonlyMap<string, string> {
  const left = new Set(namesIn(first, section));
  const known = new Set(left);
  const open = new Set(namesIn(second, section));
  const twins = new Map<string, string>();
  const oneOf = (sheet: Sheet, name: string): Tree => sheet.get([section, name]) as Tree;
  for (const sign of SIGNS[section]) {
    for (const name of open) {
      const mark = sign(name, oneOf(second, name));
      const twin = [...left].find((one) => sign(one, oneOf(first, one)) === mark);
      if (mark === undefined || twin === undefined) continue;
      twins.set(name, twin);
      left.delete(twin);
      open.delete(name);
    }
  }
  // Another one by a name that is taken is no twin.
  for (const name of open) {
    const free = freeName(name, (wanted) => known.has(wanted));
    known.add(free);
    twins.set(name, free);
  }
  return new Map([...twins].filter(([from, to]) => from !== to));
}

function rename(sheet: Sheet, section: Section, names: ReadonlyMap<string, string>): void {
  if (names.size === 0) return;
  const nameFor = (name: string): string => names.get(name) ?? name;
  const tree = sheet.get([section]) as Tree;
  const moved = [...sheet.from].map(([key, statement]) => {
    const place = JSON.parse(key) as (string | number)[];
    const own = place[0] === section && typeof place[1] === "string";
    return [own ? place.with(1, nameFor(String(place[1]))) : place, statement] as const;
  });
  sheet.from.clear();
  for (const [place, statement] of moved) sheet.from.set(JSON.stringify(place), statement);
  sheet.data[section] = Object.fromEntries(
    Object.entries(tree).map(([name, one]) => [nameFor(name), one]),
  );
  for (const name of namesIn(sheet, "alerts")) {
    const list = sheet.get(["alerts", name, section]);
    if (Array.isArray(list)) {
      sheet.set(
        ["alerts", name, section],
        list.map((one) => nameFor(String(one))),
      );
    }
  }
  if (section !== "instances") return;
  for (const service of namesIn(sheet, "services")) {
    const place = ["services", service, "instance"];
    const said = sheet.get(place);
    if (typeof said === "string") sheet.set(place, nameFor(said));
  }
}

/** What two directors' files say, in one: each difference is somebody's to decide. */
import type { Place } from "../report.ts";
import { namesIn } from "./hoist.ts";
import type { Ledger } from "./ledger.ts";
import type { Sheet } from "./sheet.ts";
import { changed, idle, type Outcome, type Statement, undecided } from "./types.ts";

type Tree = Record<string, unknown>;

interface Side {
  readonly name: string;
  readonly sheet: Sheet;
}

/** `second` goes into `first`, whose word counts where they differ. */
export function merge(first: Side, second: Side, ledger: Ledger): void {
  alignNames(first.sheet, second.sheet);
  const merger = new Merger(first, second, ledger);
  for (const name of namesIn(first.sheet, "instances")) merger.preempt(["instances", name]);
  merger.secrets();
  merger.trees([]);
}

/** The same router under another name is the first file's. */
function alignNames(first: Sheet, second: Sheet): void {
  const known = namesIn(first, "instances");
  for (const name of namesIn(second, "instances")) {
    const router = second.get(["instances", name, "routerId"]);
    const twin = known.find((one) => first.get(["instances", one, "routerId"]) === router);
    if (known.includes(name) || twin === undefined) continue;
    if (second.get(["instances", twin]) === undefined) rename(second, name, twin);
  }
}

function rename(sheet: Sheet, from: string, to: string): void {
  const tree = sheet.get(["instances", from]);
  const moved = [...sheet.from].flatMap(([key, statement]) => {
    const place = JSON.parse(key) as (string | number)[];
    if (place[0] !== "instances" || place[1] !== from) return [];
    sheet.from.delete(key);
    return [[place.with(1, to), statement] as const];
  });
  sheet.remove(["instances", from]);
  sheet.set(["instances", to], tree);
  for (const [place, statement] of moved) sheet.from.set(JSON.stringify(place), statement);
  for (const service of namesIn(sheet, "services")) {
    const place = ["services", service, "instance"];
    if (sheet.get(place) === from) sheet.set(place, to);
  }
}

/** Each director has its own. */
const OWN = new Set(["priorities", "sources", "peers"]);

class Merger {
  readonly #first: Side;
  readonly #second: Side;
  readonly #ledger: Ledger;

  constructor(first: Side, second: Side, ledger: Ledger) {
    this.#first = first;
    this.#second = second;
    this.#ledger = ledger;
  }

  /** Whether somebody preempts is a matter of the better director alone. */
  preempt(place: Place): void {
    const [a, b] = [this.#first, this.#second];
    const at = [...place, "preempt"];
    const [one, two] = [a.sheet.get(at), b.sheet.get(at)];
    if (two === undefined || JSON.stringify(one) === JSON.stringify(two)) return;
    const rank = ({ sheet, name }: Side): number =>
      Number(sheet.get([...place, "priorities", name]));
    const [better, other] = rank(b) > rank(a) ? [b, a] : [a, b];
    const key = JSON.stringify(at);
    const said = other.sheet.from.get(key);
    if (said) this.#ledger.put(said, idle(`only ${better.name}, the better one, could preempt`));
    const value = better.sheet.get(at);
    const source = better.sheet.from.get(key);
    for (const { sheet } of [a, b]) {
      sheet.from.delete(key);
      sheet.set(at, value, source);
    }
  }

  secrets(): void {
    const { sheet } = this.#first;
    for (const [file, { value, statement }] of this.#second.sheet.secrets) {
      const known = sheet.secrets.get(file);
      if (known === undefined) sheet.secrets.set(file, { value, statement });
      else if (known.value !== value) {
        const why = `${this.#first.name}'s file has another password: each refuses the other`;
        this.#say(statement, undecided(why));
      }
    }
    const fresh = this.#second.sheet.steps.filter((step) => !sheet.steps.includes(step));
    if (sheet.steps.length === 0) sheet.steps.push(...fresh);
  }

  trees(place: Place): void {
    const one = this.#first.sheet.get(place);
    const two = this.#second.sheet.get(place);
    if (!isTree(one) || !isTree(two)) return this.#values(place, one, two);
    const own = OWN.has(String(place.at(-1)));
    for (const key of new Set([...Object.keys(one), ...Object.keys(two)])) {
      const here = [...place, key];
      if (!Object.hasOwn(two, key)) {
        if (!own) this.#alone(this.#first, here, this.#second.name);
      } else if (Object.hasOwn(one, key)) this.trees(here);
      else {
        this.#copy(here, here);
        if (!own) this.#alone(this.#second, here, this.#first.name);
      }
    }
  }

  #values(place: Place, one: unknown, two: unknown): void {
    if (Array.isArray(one) && Array.isArray(two) && LISTS.has(String(place.at(-1)))) {
      this.#lists(place, one, two);
      return;
    }
    if (JSON.stringify(one) === JSON.stringify(two)) return;
    if (place[0] === "alerts" && HOSTS_OWN.has(String(place.at(-1)))) {
      const why = `${shown(one)} on both: the subject says which director it is`;
      return this.#say(this.#second.sheet.source(place), changed(why));
    }
    const { name, sheet } = this.#first;
    const other = this.#second.sheet.source(place);
    const why = `${name}'s file says otherwise, and counts: ${shown(one)}`;
    this.#say(other ?? sheet.source(place), undecided(why));
  }

  /** Lists of things that have an address or a name of their own. */
  #lists(place: Place, one: readonly unknown[], two: readonly unknown[]): void {
    const known = new Map(one.map((item, i) => [idOf(item), i]));
    const there = new Map(two.map((item, i) => [idOf(item), i]));
    for (const [id, i] of known) {
      const at = there.get(id);
      if (at === undefined) this.#alone(this.#first, [...place, i], this.#second.name);
      else if (JSON.stringify(one[i]) !== JSON.stringify(two[at])) {
        const why = `${this.#first.name}'s file says otherwise, and counts: ${shown(one[i])}`;
        this.#say(this.#second.sheet.source([...place, at]), undecided(why));
      }
    }
    for (const [id, i] of there) {
      if (known.has(id)) continue;
      const list = this.#first.sheet.get(place) as unknown[];
      this.#copy([...place, i], [...place, list.length]);
      this.#alone(this.#second, [...place, i], this.#first.name);
    }
  }

  #copy(from: Place, to: Place): void {
    const { sheet } = this.#second;
    this.#first.sheet.set(to, sheet.get(from));
    const prefix = JSON.stringify(from).slice(0, -1);
    for (const [key, statement] of sheet.from) {
      if (!key.startsWith(prefix) || !/^[,\]]/.test(key.slice(prefix.length))) continue;
      const rest = (JSON.parse(key) as Place).slice(from.length);
      this.#first.sheet.from.set(JSON.stringify([...to, ...rest]), statement);
    }
  }

  #alone(side: Side, place: Place, other: string): void {
    const statement = side.sheet.from.get(JSON.stringify(place)) ?? side.sheet.below(place)[0];
    // What a file does not say itself needs no word.
    if (statement) this.#say(statement, undecided(`${other}'s file does not say it`));
  }

  #say(statement: Statement | undefined, outcome: Outcome): void {
    if (statement) this.#ledger.put(statement, outcome);
  }
}

const LISTS = new Set(["vips", "servers", "fallback", "routes", "rules", "track", "to"]);

/** Of mail: each host had its own, and one file is for both. */
const HOSTS_OWN = new Set(["from", "hello"]);

const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function idOf(item: unknown): string {
  if (!isTree(item)) return String(item).split("/")[0] ?? "";
  const { address, name } = item;
  if (typeof address === "string") return address.split("/")[0] ?? "";
  return typeof name === "string" ? name : JSON.stringify(item);
}

const MAX_SHOWN = 60;

const shown = (value: unknown): string => {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
};

/** What two directors' files say, in one: each difference is somebody's to decide. */
import type { Place } from "../report.ts";
import { alignNames } from "./align.ts";
import { namesIn } from "./hoist.ts";
import type { Ledger } from "./ledger.ts";
import type { Sheet } from "./sheet.ts";
import { changed, idle, type Outcome, type Statement, takenAs, undecided } from "./types.ts";

type Tree = Record<string, unknown>;

interface Side {
  readonly name: string;
  readonly sheet: Sheet;
}

/** `second` goes into `first`, whose word counts where they differ. */
export function merge(first: Side, second: Side, ledger: Ledger): void {
  alignNames(first.sheet, second.sheet, ledger);
  const merger = new Merger(first, second, ledger);
  for (const name of namesIn(first.sheet, "instances")) {
    merger.preempt(["instances", name]);
    merger.priorities(["instances", name, "priorities"]);
  }
  merger.secrets();
  merger.trees([]);
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

  /** The first one's word is enough: no file contradicts another one here. */
  priorities(place: Place): void {
    const [a, b] = [this.#first, this.#second];
    const at = [...place, b.name];
    const value = b.sheet.get(at);
    const said = b.sheet.from.get(JSON.stringify(at));
    if (value === undefined || value !== a.sheet.get([...place, a.name])) return;
    if (said && this.#ledger.get(said)?.verdict === "taken") this.#say(said, EQUAL);
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
    const other = this.#second.sheet.source(place) ?? this.#first.sheet.source(place);
    this.#say(other, this.#otherwise(keyOf(place), one, two));
  }

  /** Lists of things that have an address or a name of their own. */
  #lists(place: Place, one: readonly unknown[], two: readonly unknown[]): void {
    const known = new Map(one.map((item, i) => [idOf(item), i]));
    const there = new Map(two.map((item, i) => [idOf(item), i]));
    for (const [id, i] of known) {
      const at = there.get(id);
      if (at === undefined) this.#alone(this.#first, [...place, i], this.#second.name);
      else if (JSON.stringify(one[i]) !== JSON.stringify(two[at])) {
        const source = this.#second.sheet.source([...place, at]);
        this.#say(source, this.#otherwise(id, one[i], two[at]));
      }
    }
    this.#order(place, [...known.keys()], [...there.keys()]);
    for (const [id, i] of there) {
      if (known.has(id)) continue;
      const list = this.#first.sheet.get(place) as unknown[];
      this.#copy([...place, i], [...place, list.length]);
      this.#alone(this.#second, [...place, i], this.#first.name);
    }
  }

  #otherwise(what: string, one: unknown, two: unknown): Outcome {
    const here = `${what} is ${shown(two)} here`;
    return undecided(`${here}, and ${shown(one)} in ${this.#first.name}'s file, which counts`);
  }

  /** Of what both have: a hash, and rr, go by the order of the servers. */
  #order(place: Place, first: readonly string[], second: readonly string[]): void {
    const common = first.filter((id) => second.includes(id));
    const theirs = second.filter((id) => first.includes(id));
    const at = theirs.findIndex((id, i) => id !== common[i]);
    if (at < 0 || place.at(-1) !== "servers") return;
    const statement = this.#second.sheet.source([...place, second.indexOf(theirs[at] ?? "")]);
    if (!statement || this.#ledger.get(statement)?.verdict !== "taken") return;
    const why = `another order than in ${this.#first.name}'s file, which counts: a hash goes by it`;
    this.#say(statement, changed(why));
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
    if (statement)
      this.#say(statement, undecided(`only ${side.name}'s file says it, not ${other}'s`));
  }

  #say(statement: Statement | undefined, outcome: Outcome): void {
    if (statement) this.#ledger.put(statement, outcome);
  }
}

const EQUAL = takenAs("equal on both: the director with the higher address is master, as there");

/** `interval` of an instance, `persistence` of a service. */
const keyOf = (place: Place): string => String(place.at(-1));

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

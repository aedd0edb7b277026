/** The baton.yaml that is being written, and which statement each part of it comes from. */
import type { Place } from "../report.ts";
import type { Ledger } from "./ledger.ts";
import { idle, type Statement } from "./types.ts";

type Tree = Record<string, unknown>;

export class Sheet {
  readonly data: Tree = {};
  /** Place as JSON → the statement that said it. */
  readonly from = new Map<string, Statement>();
  /** By the file that it is to be in; never shown. */
  readonly secrets = new Map<string, { readonly value: string; readonly statement: Statement }>();
  /** What the operator does himself, as commands or sentences. */
  readonly steps: string[] = [];
  readonly #ledger: Ledger;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  get(place: Place): unknown {
    let node: unknown = this.data;
    for (const step of place) {
      if (typeof node !== "object" || node === null || !Object.hasOwn(node, step)) return undefined;
      node = (node as Tree)[step];
    }
    return node;
  }

  /** Of two statements for one place the last one counts, and the first one is told so. */
  set(place: Place, value: unknown, statement?: Statement): void {
    const key = JSON.stringify(place);
    const before = this.from.get(key);
    if (before !== undefined && statement !== undefined && before !== statement) {
      this.#ledger.put(before, idle(`line ${statement.origin.line} says it again, and counts`));
    }
    const holder = this.#holder(place);
    const last = place.at(-1);
    if (last !== undefined) holder[last] = value;
    if (statement) this.from.set(key, statement);
  }

  push(place: Place, value: unknown, statement?: Statement): Place {
    const list = this.get(place);
    const index = Array.isArray(list) ? list.length : 0;
    if (index === 0) this.set(place, []);
    const here = [...place, index];
    this.set(here, value, statement);
    return here;
  }

  remove(place: Place): void {
    const last = place.at(-1);
    if (last === undefined) return;
    const holder = this.get(place.slice(0, -1));
    if (Array.isArray(holder)) {
      holder.splice(Number(last), 1);
      this.#shift(place);
    } else if (typeof holder === "object" && holder !== null) delete (holder as Tree)[last];
    this.#forget(place);
  }

  /** Statements that a place, or something in it, comes from. */
  below(place: Place): readonly Statement[] {
    const prefix = JSON.stringify(place).slice(0, -1);
    const found = [...this.from].flatMap(([key, statement]) =>
      key.startsWith(prefix) && /^[,\]]/.test(key.slice(prefix.length)) ? [statement] : [],
    );
    return [...new Set(found)];
  }

  /** The statement of a place, or of the nearest part that holds it. */
  source(place: Place): Statement | undefined {
    for (let length = place.length; length > 0; length--) {
      const found = this.from.get(JSON.stringify(place.slice(0, length)));
      if (found) return found;
    }
    return undefined;
  }

  #holder(place: Place): Tree {
    let node: Tree = this.data;
    for (const step of place.slice(0, -1)) {
      const inner = Object.hasOwn(node, step) ? node[step] : undefined;
      if (typeof inner !== "object" || inner === null) node[step] = {};
      node = node[step] as Tree;
    }
    return node;
  }

  #forget(place: Place): void {
    const prefix = JSON.stringify(place).slice(0, -1);
    for (const key of this.from.keys()) {
      const below = key.startsWith(prefix) && /^[,\]]/.test(key.slice(prefix.length));
      if (below && !this.#has(JSON.parse(key) as Place)) this.from.delete(key);
    }
  }

  #has(place: Place): boolean {
    return this.get(place) !== undefined;
  }

  /** What stood behind a removed element of a list moves up. */
  #shift(place: Place): void {
    const index = Number(place.at(-1));
    const list = place.slice(0, -1);
    const moved = [...this.from].flatMap(([key, statement]) => {
      const steps = JSON.parse(key) as (string | number)[];
      const at = steps[list.length];
      const within = list.every((step, i) => steps[i] === step);
      if (!within || typeof at !== "number" || at < index) return [];
      this.from.delete(key);
      if (at === index) return [];
      return [[steps.with(list.length, at - 1), statement] as const];
    });
    for (const [steps, statement] of moved) this.from.set(JSON.stringify(steps), statement);
  }
}

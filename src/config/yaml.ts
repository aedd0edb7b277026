/** YAML text to plain data, with the position of every key and value. */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
} from "yaml";
import { messageOf } from "../base/errors.ts";
import { error, type Locate, type Place, type Position, type Problem } from "./report.ts";

export interface Tree {
  readonly data: unknown;
  readonly locate: Locate;
}

export type ReadYaml =
  | { readonly kind: "tree"; readonly tree: Tree }
  | { readonly kind: "invalid"; readonly problems: readonly Problem[] };

type At = (offset: number) => Position;

/** A thousand services of ten servers are half a megabyte. */
const MAX_TEXT = 8 << 20;
const MAX_LINE = 10_000;
const MAX_DEPTH = 32;
/** Aliases of aliases multiply; this many values is more than any file has. */
const MAX_VALUES = 500_000;
/** The parser recurses into brackets, and dies of some ten thousand. */
const MAX_BRACKETS = 1000;
const MAX_SYNTAX_PROBLEMS = 10;

export function readYaml(text: string): ReadYaml {
  const read = readLimited(text);
  if (read.kind === "tree") return read;
  return invalid(read.problems.map((problem) => explainBrackets(problem, text)));
}

function readLimited(text: string): ReadYaml {
  const excess = tooMuch(text);
  if (excess !== undefined) return invalid([error([], excess, { at: { line: 1, column: 1 } })]);
  const lines = new LineCounter();
  const at: At = (offset) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const faults = [...document.errors, ...document.warnings].slice(0, MAX_SYNTAX_PROBLEMS);
    if (faults.length > 0) return invalid(faults.map((fault) => syntaxProblem(fault, at)));
    return convertDocument(document, at);
  } catch (thrown) {
    return invalid([error([], `is not YAML: ${messageOf(thrown)}`, { at: at(0) })]);
  }
}

const invalid = (problems: readonly Problem[]): ReadYaml => ({ kind: "invalid", problems });

function tooMuch(text: string): string | undefined {
  if (text.length > MAX_TEXT) return `is longer than ${MAX_TEXT} characters`;
  const long = text.split("\n").findIndex((line) => line.length > MAX_LINE);
  if (long >= 0) return `line ${long + 1} is longer than ${MAX_LINE} characters`;
  let open = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    open += bracket === "[" || bracket === "{" ? 1 : -1;
    if (open > MAX_BRACKETS) return `has more than ${MAX_BRACKETS} open brackets`;
    if (open < 0) open = 0;
  }
  return undefined;
}

const SENTENCES: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "this key is there twice",
  TAB_AS_INDENT: "tabs can not indent: use spaces",
  MULTIPLE_DOCS: "a second document begins here: one file is one configuration",
};

const syntaxProblem = (fault: YAMLError, at: At): Problem =>
  error([], SENTENCES[fault.code] ?? `is not YAML: ${fault.message}`, { at: at(fault.pos[0]) });

/** The commonest slip of all, `- [fd00::1]:80`, looks like a list to YAML. */
function explainBrackets(problem: Problem, text: string): Problem {
  const line = text.split("\n")[(problem.at?.line ?? 1) - 1] ?? "";
  if (!/(^|[\s,:[-])\[[0-9a-fA-F:.]*:[0-9a-fA-F:.]*\]:\d/.test(line)) return problem;
  const remedy = "YAML takes [ for a list: put the IPv6 address in quotes, '[fd00::1]:80'.";
  return { ...problem, remedy };
}

function convertDocument(document: Document.Parsed, at: At): ReadYaml {
  const converter = new Converter(document, at);
  const data = converter.convert(document.contents, 0);
  if (converter.problems.length > 0) return invalid(converter.problems);
  const locate: Locate = (place, onKey = false) => at(offsetOf(document, place, onKey));
  return { kind: "tree", tree: { data, locate } };
}

/** Plain data from the parser's nodes, within limits. */
class Converter {
  readonly problems: Problem[] = [];
  readonly #document: Document.Parsed;
  readonly #at: At;
  #values = 0;

  constructor(document: Document.Parsed, at: At) {
    this.#document = document;
    this.#at = at;
  }

  convert(node: unknown, depth: number): unknown {
    if (this.#refused(node, depth)) return null;
    if (isAlias(node)) return this.convert(this.#target(node), depth + 1);
    if (isSeq(node)) return node.items.map((item) => this.convert(item, depth + 1));
    if (isMap(node)) {
      const data: Record<string, unknown> = {};
      for (const { key, value } of node.items) {
        const name = keyName(key);
        if (name === undefined) this.#complain(key, "a key is a plain word");
        else data[name] = this.convert(value, depth + 1);
      }
      return data;
    }
    return isScalar(node) ? node.value : null;
  }

  #target(node: Node & { source: string }): unknown {
    const target = isAlias(node) ? node.resolve(this.#document) : undefined;
    if (target === undefined) this.#complain(node, `there is no anchor &${node.source} above`);
    return target;
  }

  #refused(node: unknown, depth: number): boolean {
    if (this.problems.length > 0) return true;
    this.#values++;
    if (depth > MAX_DEPTH) this.#complain(node, `is nested deeper than ${MAX_DEPTH} levels`);
    if (this.#values > MAX_VALUES) this.#complain(node, `has more than ${MAX_VALUES} values`);
    return this.problems.length > 0;
  }

  #complain(node: unknown, message: string): void {
    this.problems.push(error([], message, { at: this.#at(startOf(node) ?? 0) }));
  }
}

/** `__proto__` would not become a key of its own. */
function keyName(key: unknown): string | undefined {
  if (!isScalar(key)) return undefined;
  const name = typeof key.value === "string" ? key.value : (key.source ?? String(key.value));
  return name === "__proto__" ? undefined : name;
}

const startOf = (node: unknown): number | undefined =>
  isScalar(node) || isCollection(node) || isAlias(node) ? node.range?.[0] : undefined;

/** A value that spans lines is found at its key, a missing one at what should hold it. */
function offsetOf(document: Document.Parsed, place: Place, onKey: boolean): number {
  let node: unknown = document.contents;
  let best = startOf(node) ?? 0;
  for (const [depth, step] of place.entries()) {
    const target = isAlias(node) ? node.resolve(document) : node;
    const found = childOf(target, step);
    if (found === undefined) return best;
    const key = startOf(found.key);
    const wholeLines = isCollection(found.value) && found.value.flow !== true;
    const wantsKey = wholeLines || (onKey && depth === place.length - 1);
    best = (wantsKey ? key : undefined) ?? startOf(found.value) ?? key ?? best;
    node = found.value;
  }
  return best;
}

function childOf(
  node: unknown,
  step: string | number,
): { key?: unknown; value: unknown } | undefined {
  if (isSeq(node) && typeof step === "number") {
    return step < node.items.length ? { value: node.items[step] } : undefined;
  }
  return isMap(node) ? node.items.find((pair) => keyName(pair.key) === step) : undefined;
}

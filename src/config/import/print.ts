/** baton.yaml as text, in the order of its documentation, with comments where a meaning changed. */
import {
  Document,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
} from "yaml";
import type { Place } from "../report.ts";

export interface Comment {
  readonly place: Place;
  readonly text: string;
}

const ORDER = (
  "cluster directors heartbeat instances groups tracks notifyFifo notifyFifoScript serviceFifo serviceFifoScript alerts connectionSync services ipvs announce " +
  "metrics page startDelay vipLease waitForInterface onStop " +
  "mail webhook exec server over passwordFile from events transport type name address path host port to via secretFile interval missed paths priority " +
  "routerId interface vips priorities preempt group vrrp sources " +
  "listen family instance scheduler forward tunnel persistence netmask " +
  "engine flags servers fallback weight check"
).split(" ");

export function printYaml(
  data: unknown,
  head: readonly string[],
  comments: readonly Comment[],
): string {
  const document = new Document(ordered(data, 0), { aliasDuplicateObjects: false });
  shape(document.contents, 0);
  for (const comment of comments) attach(document, comment);
  document.commentBefore = head.map((line) => ` ${line}`.trimEnd()).join("\n");
  return document.toString({ lineWidth: 100, flowCollectionPadding: true });
}

/** Names of the operator's choice stay in their order. */
function ordered(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return value.map((item) => ordered(item, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  const rank = (key: string): number => {
    const index = ORDER.indexOf(key);
    return index < 0 ? ORDER.length : index;
  };
  const entries = Object.entries(value);
  const sorted = depth === 1 ? entries : entries.toSorted(([a], [b]) => rank(a) - rank(b));
  return Object.fromEntries(sorted.map(([key, inner]) => [key, ordered(inner, depth + 1)]));
}

const WIDE = 90;

/** Small things stand on one line; an instance and a service never do. */
function shape(node: unknown, depth: number, section = ""): void {
  if (!isCollection(node)) return;
  const outer = section === "instances" || section === "services" ? 3 : 2;
  const small = depth >= outer && JSON.stringify(node.toJSON()).length <= WIDE - 2 * depth;
  if (small && flat(node)) {
    node.flow = true;
    return;
  }
  for (const item of node.items) {
    const { key, value } = isMap(node) ? (item as Pair) : { key: undefined, value: item };
    const name = depth === 0 && isScalar(key) ? String(key.value) : section;
    shape(value, depth + 1, name);
  }
}

/** Nothing in it holds more than plain values. */
function flat(node: { readonly items: readonly unknown[] }): boolean {
  const inner = node.items.map((item) =>
    typeof item === "object" && item !== null && "value" in item && !isScalar(item)
      ? item.value
      : item,
  );
  return inner.every((value) => !isCollection(value) || value.items.every((one) => !isBig(one)));
}

const isBig = (item: unknown): boolean =>
  isCollection(item) ||
  (typeof item === "object" && item !== null && "value" in item && isCollection(item.value));

function attach(document: Document, { place, text }: Comment): void {
  let node: unknown = document.contents;
  let target: Node | undefined;
  for (const step of place) {
    if (!isCollection(node) || node.flow === true) break;
    const found = isSeq(node) ? undefined : pairOf(node as YAMLMap, step);
    const value = isSeq(node) ? node.items[Number(step)] : found?.value;
    const key = isSeq(node) ? value : found?.key;
    if (key === undefined) break;
    target = key as Node;
    node = value;
  }
  if (target === undefined) return;
  const before = target.commentBefore;
  const said = before === undefined || before === null ? "" : `${before}\n`;
  target.commentBefore = `${said}${wrapped(text)}`;
}

const pairOf = (map: YAMLMap, step: string | number) =>
  map.items.find(({ key }) => (isScalar(key) ? key.value : key) === step);

const COLUMNS = 88;

function wrapped(text: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line.length + word.length >= COLUMNS) {
      lines.push(line);
      line = "";
    }
    line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}

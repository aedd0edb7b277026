/** Finds a message that somebody pasted, whatever its times, names and numbers are. */

import { KEEPALIVED_MESSAGES } from "./keepalived.ts";
import { CHECKER_MESSAGES } from "./keepalived-checks.ts";
import { NANNY_MESSAGES } from "./nanny.ts";
import { PULSE_MESSAGES } from "./pulse.ts";
import type { OldMessage } from "./types.ts";

export const MESSAGES: readonly OldMessage[] = [
  ...PULSE_MESSAGES,
  ...NANNY_MESSAGES,
  ...KEEPALIVED_MESSAGES,
  ...CHECKER_MESSAGES,
];

export type Match =
  | { readonly kind: "found"; readonly message: OldMessage }
  /** The most alike first. */
  | { readonly kind: "unknown"; readonly nearest: readonly OldMessage[] };

const ANY = "…";
/** Words that a part of a message needs before it is taken for the whole. */
const MIN_PART = 2;
const MAX_NEAREST = 3;
const ALIKE = 0.35;

export function findMessage(text: string): Match {
  const said = normal(text);
  const fitting = MESSAGES.filter(({ text: known }) => isIn(known, said));
  const [longest] = fitting.toSorted((a, b) => literal(b).length - literal(a).length);
  if (longest !== undefined) return { kind: "found", message: longest };
  const part = said.split(" ").length >= MIN_PART ? whole(said) : undefined;
  if (part !== undefined) return { kind: "found", message: part };
  const nearest = MESSAGES.map((message) => ({ message, score: alike(said, literal(message)) }))
    .filter(({ score }) => score >= ALIKE)
    .toSorted((a, b) => b.score - a.score)
    .slice(0, MAX_NEAREST)
    .map(({ message }) => message);
  return { kind: "unknown", nearest };
}

/** Letters and digits in lower case; signs are blanks. */
const normal = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}…]+/gu, " ")
    .trim();

const literal = ({ text }: OldMessage): string => normal(text.replaceAll(ANY, " "));

/** Around it may stand whatever a log puts there: time, host, process, the instance's name. */
function isIn(known: string, said: string): boolean {
  const parts = normal(known)
    .split(ANY)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const pattern = parts.map((part) => part.replaceAll(/[^\p{L}\p{N} ]/gu, "")).join(" (?:.* )?");
  return new RegExp(`(?:^| )${pattern}(?: |$)`, "u").test(said);
}

/** The only message that this is a part of. */
function whole(said: string): OldMessage | undefined {
  const containing = MESSAGES.filter((message) => ` ${literal(message)} `.includes(` ${said} `));
  return containing.length === 1 ? containing[0] : undefined;
}

/** Dice's coefficient over pairs of letters: 1 is equal. */
function alike(a: string, b: string): number {
  const left = pairsOf(a);
  const right = pairsOf(b);
  const common = [...left].filter((pair) => right.has(pair)).length;
  return left.size + right.size === 0 ? 0 : (2 * common) / (left.size + right.size);
}

function pairsOf(text: string): ReadonlySet<string> {
  const pairs = new Set<string>();
  for (let i = 0; i + 1 < text.length; i++) pairs.add(text.slice(i, i + 2));
  return pairs;
}

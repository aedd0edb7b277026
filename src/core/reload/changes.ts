/** Differences of records in words: `interval changes from 250 to 1000`. */
import { diffByKey, indexBy } from "../../base/keyed.ts";
import { formatDuration } from "../../base/units.ts";
import type { Operation } from "./types.ts";

const LONGEST = 60;

export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Of both, but for what is told in another way. */
export const keysOf = <T extends object>(
  before: T,
  after: T,
  except: readonly (keyof T)[] = [],
): readonly (keyof T & string)[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .map((key) => key as keyof T & string)
    .filter((key) => !except.includes(key));

export const operation = (subject: string, what: string, disturbs?: string): Operation => ({
  subject,
  what,
  disturbs,
});

/** One operation for each key whose value differs; `disturbs` by key, where anybody notices. */
export function changed<T extends object>(
  subject: string,
  pair: { readonly before: T; readonly after: T },
  keys: readonly (keyof T & string)[],
  disturbs: { readonly [K in keyof T]?: string | undefined } = {},
): readonly Operation[] {
  const { before, after } = pair;
  return keys.flatMap((key) => {
    if (same(before[key], after[key])) return [];
    const what = `${key} changes from ${text(before[key], key)} to ${text(after[key], key)}`;
    return [operation(subject, what, disturbs[key])];
  });
}

/** Values by name: what comes, what goes, and what `compare` says of the rest. */
export function compared<T>(
  lists: { readonly before: readonly T[]; readonly after: readonly T[] },
  keyOf: (value: T) => string,
  tell: {
    readonly added: (value: T) => readonly Operation[];
    readonly removed: (value: T) => readonly Operation[];
    readonly both: (before: T, after: T) => readonly Operation[];
  },
): readonly Operation[] {
  const diff = diffByKey(indexBy(lists.after, keyOf), indexBy(lists.before, keyOf), same);
  return [
    ...diff.removed.flatMap(tell.removed),
    ...diff.added.flatMap(tell.added),
    ...diff.changed.flatMap(({ desired, observed }) => tell.both(observed, desired)),
  ];
}

/** Keys whose numbers are milliseconds, wherever they stand. */
const MILLIS: ReadonlySet<string> = new Set(
  (
    "interval timeout connectTimeout jitter slowStart drainLimit warnBefore refresh delay hold " +
    "within patience vipLease startDelay retryFor remind"
  ).split(" "),
);
/** And those of IPVS, which are seconds. */
const SECONDS: ReadonlySet<string> = new Set(["persistence", "tcp", "tcpFin"]);

/** A value as a file would have it, cut where it is long. `key` tells what a number means. */
export function text(value: unknown, key = ""): string {
  const whole = flow(value, key);
  return whole.length <= LONGEST ? whole : `${whole.slice(0, LONGEST - 1)}…`;
}

function flow(value: unknown, key: string): string {
  if (value === undefined || value === null) return "none";
  if (typeof value === "number") {
    if (MILLIS.has(key)) return formatDuration(value);
    return SECONDS.has(key) ? formatDuration(value * 1000) : String(value);
  }
  if (Array.isArray(value)) return `[${value.map((one) => flow(one, key)).join(", ")}]`;
  if (typeof value !== "object") return typeof value === "string" ? value : JSON.stringify(value);
  const told = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{ ${told.map(([name, inner]) => `${name}: ${flow(inner, name)}`).join(", ")} }`;
}

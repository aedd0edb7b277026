/** What the mappings of keepalived's blocks share while one director's file is read. */
import type { Ip } from "../../../base/ip.ts";
import type { Place } from "../../report.ts";
import type { Self } from "../directors.ts";
import type { Ledger } from "../ledger.ts";
import type { Sheet } from "../sheet.ts";
import { idle, lost, type Outcome, type Statement, taken } from "../types.ts";
import { durationOf, numberIn, type Range, refusal, wordAt } from "../values.ts";
import type { Handler } from "../walk.ts";
import type { MailDraft } from "./mail.ts";

export interface Reading {
  readonly sheet: Sheet;
  readonly ledger: Ledger;
  /** The director whose file this is. */
  readonly self: string;
  /** Address that it is elected by, where one is known. */
  readonly address: Ip | undefined;
  /** All of them. */
  readonly directors: readonly Self[];
  /** Done when all of the file is known, in order. */
  readonly deferred: (() => void)[];
  readonly globals: Globals;
  readonly mail: MailDraft;
}

/** What global_defs says and instances go by. */
export interface Globals {
  version: 2 | 3;
  strict: boolean;
  /** Whom programs run as where they do not say it: script_user. */
  user: string | undefined;
  /** By place as JSON, for programs that have been asked already. */
  readonly users: Map<string, string>;
  /** Names of instances that are in a sync group. */
  readonly members: ReadonlySet<string>;
  /** Names of sync groups. */
  readonly groups: Set<string>;
}

export const newGlobals = (members: ReadonlySet<string>): Globals => ({
  version: 2,
  strict: false,
  user: undefined,
  users: new Map(),
  members,
  groups: new Set(),
});

/** Sets a whole number. */
export const whole =
  ({ sheet }: Reading, place: Place, range: Range): ((statement: Statement) => Outcome) =>
  (statement) => {
    const value = numberIn(wordAt(statement, 1), range);
    if (value === undefined) return refusal(statement, range);
    sheet.set(place, value, statement);
    return taken;
  };

/** Sets a duration that was written in seconds. */
export const pause =
  ({ sheet }: Reading, place: Place, max: number): ((statement: Statement) => Outcome) =>
  (statement) => {
    const range = { min: 0, max, fraction: true };
    const value = numberIn(wordAt(statement, 1), range);
    if (value === undefined) return refusal(statement, range);
    sheet.set(place, durationOf(value), statement);
    return taken;
  };

/** Keywords that share a fate. */
export const all = (words: string, outcome: Outcome): Record<string, Handler> =>
  Object.fromEntries(words.split(/\s+/).map((word) => [word, () => outcome]));

const ON = new Set(["on", "true", "yes"]);
const OFF = new Set(["off", "false", "no"]);

/** keepalived's BOOL; a bare keyword is on. */
export function isOn(statement: Statement): boolean | undefined {
  const word = wordAt(statement, 1).toLowerCase();
  if (word === "" || ON.has(word)) return true;
  return OFF.has(word) ? false : undefined;
}

/** What counts only where it is on. */
export const whenOn =
  (outcome: Outcome): Handler =>
  (statement) =>
    isOn(statement) === false ? idle("is off, and baton does nothing of the kind") : outcome;

export const SYSTEMD = idle("is the service manager's: `systemctl edit baton`");
export const RARE = lost("baton has no such thing");

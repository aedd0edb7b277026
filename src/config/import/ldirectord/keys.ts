/** Keys that stand at the top of ldirectord.cf, and of a virtual too. */
import type { Ledger } from "../ledger.ts";
import type { Sheet } from "../sheet.ts";
import { changed, idle, lost, type Outcome, type Statement, taken } from "../types.ts";
import { numberIn, wordAt } from "../values.ts";
import type { Handler } from "../walk.ts";
import { MAIL_KEYS, type Mailings } from "./mail.ts";

/** What the top of the file says and virtuals go by. */
export interface Top {
  readonly sheet: Sheet;
  readonly ledger: Ledger;
  readonly said: Map<string, Statement>;
  readonly deferred: (() => void)[];
  readonly mailings: Mailings;
  /** All that is said of mail. */
  readonly ofMail: Statement[];
}

/** Remembers a key; of two the last one counts. */
export function keep(said: Map<string, Statement>, ledger: Ledger, key: string): Handler {
  return (statement) => {
    const before = said.get(key);
    if (before) ledger.put(before, idle("is said again below"));
    said.set(key, statement);
    return taken;
  };
}

const NUMBERS = ["checktimeout", "negotiatetimeout", "checkinterval", "checkcount", "failurecount"];

/** Keys of the top and of a virtual. */
export function settings(remember: (key: string) => Handler): Record<string, Handler> {
  const number =
    (key: string): Handler =>
    (statement) => {
      if (numberIn(wordAt(statement, 1), { min: 1, max: 86_400 }) === undefined) {
        return lost("is no number of 1 and more");
      }
      const claim = remember(key)(statement);
      return key === "checkcount" ? changed("failures in a row; failurecount goes before") : claim;
    };
  return {
    ...Object.fromEntries(NUMBERS.map((key) => [key, number(key)])),
    ...Object.fromEntries(
      ["fallback", "fallback6", "fallbackcommand", "quiescent"].map((key) => [key, remember(key)]),
    ),
    ...Object.fromEntries(MAIL_KEYS.map((key) => [key, remember(key)])),
    readdquiescent: () => idle("what is not judged yet is left as it is found"),
  };
}

export const all = (words: string, outcome: Outcome): Record<string, Handler> =>
  Object.fromEntries(words.split(" ").map((word) => [word, () => outcome]));

/** Goes through statements with a table of keywords: each is claimed once, or unknown. */
import { didYouMean } from "../suggest.ts";
import type { Ledger } from "./ledger.ts";
import { keywordOf, lost, type Outcome, type Statement } from "./types.ts";

export type Handler = (statement: Statement) => Claim;

export interface Inside {
  readonly outcome: Outcome;
  /** What its block may hold. */
  readonly inside: Table;
  /** Called when the block has been gone through. */
  readonly after?: () => void;
}

export type Claim = Outcome | Inside;

/** By keyword; `any` is for blocks of values, whose first word is no keyword. */
export interface Table {
  readonly known: Readonly<Record<string, Handler>>;
  readonly any?: Handler;
}

export function settle(statements: readonly Statement[], table: Table, ledger: Ledger): void {
  for (const statement of statements) {
    const keyword = keywordOf(statement);
    const handler = Object.hasOwn(table.known, keyword) ? table.known[keyword] : table.any;
    const claim = handler ? handler(statement) : unknown(keyword, table);
    if ("inside" in claim) {
      ledger.put(statement, claim.outcome);
      settle(statement.block ?? [], claim.inside, ledger);
      claim.after?.();
      continue;
    }
    ledger.put(statement, claim);
    inherit(statement, claim, ledger);
  }
}

/** A block that nobody looks into shares the fate of its statement. */
function inherit(statement: Statement, outcome: Outcome, ledger: Ledger): void {
  const why = `belongs to ${keywordOf(statement)} in line ${statement.origin.line}`;
  const shared = outcome.verdict === "dropped" || outcome.verdict === "undecided";
  const fate = shared ? outcome : lost("expected no block here");
  for (const inner of statement.block ?? []) {
    ledger.put(inner, { ...fate, why: shared ? why : fate.why });
    inherit(inner, fate, ledger);
  }
}

const unknown = (keyword: string, { known }: Table): Outcome =>
  lost(`unknown keyword${didYouMean(keyword, Object.keys(known))}`);

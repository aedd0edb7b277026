/** One verdict for each statement of the sources. */

import type { Statement, Verdict } from "./types.ts";
import { type Aside, keywordOf, type Origin, type Outcome, type Source } from "./types.ts";

/** What became of one statement, wherever it was used. */
export interface Line {
  readonly origin: Origin;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly matters: boolean;
}

/** Filled by the mappings while they read; a later word replaces an earlier one. */
export class Ledger {
  readonly #outcomes = new Map<Statement, Outcome>();

  put(statement: Statement, outcome: Outcome): void {
    this.#outcomes.set(statement, outcome);
  }

  get(statement: Statement): Outcome | undefined {
    return this.#outcomes.get(statement);
  }

  /** In the order of the sources; what no mapping spoke of is in it too. */
  lines(sources: readonly Source[]): readonly Line[] {
    const found: Aside[] = sources.flatMap(({ statements, asides }) => [
      ...asides,
      ...statements.flatMap((statement) => this.#below(statement)),
    ]);
    return merged(found);
  }

  #below(statement: Statement): readonly Aside[] {
    const { origin, block = [] } = statement;
    const outcome = this.#outcomes.get(statement) ?? unclaimed(statement);
    return [{ origin, outcome }, ...block.flatMap((inner) => this.#below(inner))];
  }
}

const unclaimed = (statement: Statement): Outcome => ({
  verdict: "dropped",
  why: `nothing is known of ${keywordOf(statement)}`,
  matters: true,
});

const RANK: Readonly<Record<Verdict, number>> = { taken: 0, changed: 1, dropped: 2, undecided: 3 };

/** A line that counts several times has its gravest verdict, and what is to say of that one. */
function merged(found: readonly Aside[]): readonly Line[] {
  const places = new Map<string, Aside[]>();
  for (const one of found) {
    const { file, line, column } = one.origin;
    const key = `${file}\n${line}:${column}`;
    const known = places.get(key);
    if (known) known.push(one);
    else places.set(key, [one]);
  }
  const lines = [...places.values()].map(gravest);
  const files = [...new Set(lines.map(({ origin }) => origin.file))];
  return lines.sort(
    ({ origin: a }, { origin: b }) =>
      files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}

function gravest(all: readonly Aside[]): Line {
  const spoken = all.filter(({ outcome }) => outcome !== SILENT);
  const counted = spoken.length > 0 ? spoken : all;
  const top = Math.max(...counted.map(({ outcome }) => RANK[outcome.verdict]));
  const worst = counted.filter(({ outcome }) => RANK[outcome.verdict] === top);
  const [first] = worst;
  return {
    origin: first?.origin ?? { file: "", line: 0, column: 0, text: "" },
    verdict: first?.outcome.verdict ?? "dropped",
    reasons: [...new Set(worst.map(({ outcome }) => outcome.why))].filter((why) => why !== ""),
    matters: worst.some(({ outcome }) => outcome.matters),
  };
}

/** Not for this reading: another one may take it. */
export const SILENT: Outcome = {
  verdict: "dropped",
  why: "is for a host that is not imported",
  matters: true,
};

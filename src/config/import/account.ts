/** The account of an import: every line, what became of it, and what is still to decide. */
import { formatPlace } from "../report.ts";
import type { Decision } from "./complete.ts";
import type { Line } from "./ledger.ts";
import type { Verdict } from "./types.ts";

export interface Account {
  readonly lines: readonly Line[];
  readonly decisions: readonly Decision[];
  /** What to do next, in order. */
  readonly next: readonly string[];
}

const VERDICTS: readonly Verdict[] = ["taken", "changed", "dropped", "undecided"];

/** Nothing that matters is missing. */
export const isWhole = ({ lines, decisions }: Account): boolean =>
  decisions.length === 0 && !lines.some(({ matters }) => matters);

/** `48 lines: 40 taken, 5 changed, 2 dropped (1 matters), 1 undecided`. */
function countOf(lines: readonly Line[]): string {
  const parts = VERDICTS.flatMap((verdict) => {
    const found = lines.filter((line) => line.verdict === verdict);
    if (found.length === 0) return [];
    const grave = found.filter(({ matters }) => matters).length;
    const but =
      verdict === "dropped" && grave > 0 ? ` (${grave} of which something relied on)` : "";
    return [`${found.length} ${verdict}${but}`];
  });
  return `${lines.length} lines: ${parts.join(", ")}`;
}

const WIDTH = 10;

export function accountText(account: Account): readonly string[] {
  const { lines, decisions, next } = account;
  const text: string[] = [];
  let file: string | undefined;
  for (const line of lines) {
    if (line.origin.file !== file) {
      file = line.origin.file;
      text.push(file);
    }
    text.push(...lineText(line));
  }
  text.push("", countOf(lines));
  if (decisions.length > 0) {
    text.push("", "To be written by you, as no line says it:");
    text.push(...decisions.map(({ place, why }) => `  ${formatPlace(place)}: ${why}`));
  }
  if (next.length > 0) text.push("", "Then:", ...next.map((one) => `  ${one}`));
  return text;
}

function lineText({ origin, verdict, reasons, matters }: Line): readonly string[] {
  const mark = matters ? "!" : " ";
  const head = `${mark}${String(origin.line).padStart(5)}  ${verdict.padEnd(WIDTH)}${origin.text}`;
  return [head, ...reasons.map((reason) => `${" ".repeat(8 + WIDTH)}${reason}`)];
}

export const accountJson = (account: Account): unknown => ({
  format: 1,
  whole: isWhole(account),
  counts: Object.fromEntries(
    VERDICTS.map((verdict) => [
      verdict,
      account.lines.filter((line) => line.verdict === verdict).length,
    ]),
  ),
  lines: account.lines.map(({ origin, verdict, reasons, matters }) => ({
    file: origin.file,
    line: origin.line,
    column: origin.column,
    text: origin.text,
    verdict,
    reasons,
    matters,
  })),
  decisions: account.decisions.map(({ place, why }) => ({ key: formatPlace(place), why })),
  next: account.next,
});

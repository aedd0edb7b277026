/** Findings as a person reads them: by theme, the worst first, and a line that sums up. */
import { countOf, type Finding, type Severity } from "../../doctor/finding.ts";
import type { Style } from "../text.ts";

const LABELS = { error: "error", warning: "warning", note: "note", ok: "ok" } as const;
/** As wide as the longest of them, and two blanks. */
const INDENT = 11;

export interface Shown {
  /** Who this host is, and by which file. */
  readonly head: string;
  /** Sorted, the worst first. */
  readonly findings: readonly Finding[];
  readonly verbose: boolean;
}

export function renderFindings(
  { head, findings, verbose }: Shown,
  style: Style,
): readonly string[] {
  const shown = findings.filter(({ severity }) => verbose || severity !== "ok");
  const themes = [...new Set(shown.map(({ theme }) => theme))];
  return [
    style.bold(head),
    ...themes.flatMap((theme) => [
      "",
      style.bold(theme),
      ...shown.filter((one) => one.theme === theme).flatMap((one) => renderOne(one, style)),
    ]),
    "",
    summary(findings, verbose),
  ];
}

function renderOne(
  { severity, code, seen, why, remedy }: Finding,
  style: Style,
): readonly string[] {
  const label = LABELS[severity].padEnd(INDENT - 2);
  const blank = " ".repeat(INDENT);
  return [
    `  ${paint(severity, style)(label)}${seen} ${style.dim(`[${code}]`)}`,
    ...(why === undefined ? [] : [`${blank}${why}`]),
    ...(remedy === undefined ? [] : [`${blank}→ ${remedy}`]),
  ];
}

function paint(severity: Severity, style: Style): (text: string) => string {
  if (severity === "ok") return style.good;
  return severity === "note" ? style.dim : style.bad;
}

function summary(findings: readonly Finding[], verbose: boolean): string {
  const counts = (["error", "warning", "note"] as const).flatMap((severity) => {
    const count = countOf(findings, severity);
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? "" : "s"}`];
  });
  const fine = countOf(findings, "ok");
  const rest = `${fine} ${fine === 1 ? "thing is" : "things are"} fine`;
  const more = verbose || fine === 0 ? "" : " (--verbose shows them)";
  const fit = findings.every(({ severity }) => severity === "ok" || severity === "note");
  const whole = findings.every(({ judged }) => judged);
  const good = whole ? "This host is fit" : "This host is fit as far as could be seen";
  const verdict = fit ? good : "This host is not fit yet";
  return `${verdict}: ${[...counts, rest].join(", ")}${more}.`;
}

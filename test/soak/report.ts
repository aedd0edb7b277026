/** The table at the end: each fault with its worst, over all the times that it happened. */
import { table } from "../bench/markdown.ts";
import type { Outcome } from "./run.ts";

interface Told {
  readonly tool: string;
  readonly outcomes: readonly Outcome[];
}

export function report({ tool, outcomes }: Told, beside?: Told): string {
  const names = [...new Set(outcomes.map(({ fault }) => fault))];
  const of = (all: readonly Outcome[], name: string): readonly Outcome[] =>
    all.filter(({ fault }) => fault === name);
  const head = ["fault", "times", "worst gap ms", "connections kept", "doctor", "verdict"];
  const own = names.map((name) => {
    const these = of(outcomes, name);
    const [doctor, held] = [doctorsWord(these), verdict(these)];
    return [name, String(these.length), ...figures(these), doctor, held];
  });
  if (beside === undefined) return table(tool, head, own);
  const more = ["gap ms", "connections kept", "verdict"].map((word) => `${beside.tool}: ${word}`);
  const others = names.map((name) => {
    const these = of(beside.outcomes, name);
    return [...figures(these), verdict(these)];
  });
  const rows = own.map((row, i) => [...row, ...(others[i] ?? [])]);
  return table(`${tool} beside ${beside.tool}`, [...head, ...more], rows);
}

/** The worst gap, and the connections of all the times. */
function figures(outcomes: readonly Outcome[]): readonly string[] {
  if (outcomes.length === 0) return ["–", "–"];
  const seen = outcomes.map((one) => one.seen);
  const sum = (of: (one: Outcome["seen"]) => number): number =>
    seen.reduce((total, one) => total + of(one), 0);
  return [
    String(Math.round(Math.max(...seen.map(({ gap }) => gap)))),
    `${sum(({ kept }) => kept)} of ${sum(({ held }) => held)}`,
  ];
}

function verdict(outcomes: readonly Outcome[]): string {
  const problems = [...new Set(outcomes.flatMap((one) => one.problems))];
  return problems.join("; ") || (outcomes.length === 0 ? "–" : "held");
}

function doctorsWord(outcomes: readonly Outcome[]): string {
  const said = outcomes.flatMap(({ seen }) => seen.doctor);
  if (said.length === 0) return "–";
  const found = new Set(said.flatMap(({ errors, warnings }) => [...errors, ...warnings]));
  if (said.every(({ code }) => code === 0)) return "well";
  return [...found].join(", ") || "failed";
}

/** One line while it runs. */
export function progress({ fault, seen, problems }: Outcome): string {
  const { before, after, gap, kept, held, doctor } = seen;
  const codes = doctor.map(({ code }) => code).join("/");
  const figures = [
    `${before} → ${after.join("+") || "nobody"}`,
    `gap ${Math.round(gap)} ms`,
    `${kept} of ${held} connections kept`,
    ...(codes === "" ? [] : [`doctor ${codes}`]),
  ];
  const end = problems.length === 0 ? "held" : `BROKEN: ${problems.join("; ")}`;
  return `${fault}: ${figures.join(", ")}: ${end}`;
}

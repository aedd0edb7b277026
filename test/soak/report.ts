/** The table at the end: each fault with its worst, over all the times that it happened. */
import { table } from "../bench/markdown.ts";
import type { Outcome } from "./run.ts";

const HEAD = ["fault", "times", "worst gap ms", "connections kept", "doctor", "verdict"];

export function report(title: string, outcomes: readonly Outcome[]): string {
  const names = [...new Set(outcomes.map(({ fault }) => fault))];
  return table(
    title,
    HEAD,
    names.map((name) =>
      row(
        name,
        outcomes.filter(({ fault }) => fault === name),
      ),
    ),
  );
}

function row(name: string, outcomes: readonly Outcome[]): readonly string[] {
  const seen = outcomes.map((one) => one.seen);
  const sum = (of: (one: Outcome["seen"]) => number): number =>
    seen.reduce((total, one) => total + of(one), 0);
  const problems = [...new Set(outcomes.flatMap((one) => one.problems))];
  return [
    name,
    String(outcomes.length),
    String(Math.round(Math.max(...seen.map(({ gap }) => gap)))),
    `${sum(({ kept }) => kept)} of ${sum(({ held }) => held)}`,
    doctorsWord(outcomes),
    problems.join("; ") || "held",
  ];
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

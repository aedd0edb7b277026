/** Problems of a configuration: what they are, where they stand, and how an operator reads them. */
import { CATALOGUE, type ErrorCode } from "../base/errors.ts";

/** An error refuses the file, a warning names a danger, a note says what will happen. */
export type Severity = "error" | "warning" | "note";

/** Keys and list positions from the top of the file, e.g. `["instances", "web", "vips", 0]`. */
export type Place = readonly (string | number)[];

/** Both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface Problem {
  readonly severity: Severity;
  readonly code: ErrorCode;
  readonly place: Place;
  /** The key itself is meant, not its value: it is unknown, or twice there. */
  readonly onKey: boolean;
  readonly message: string;
  readonly remedy: string | undefined;
  /** Undefined where the configuration did not come from a file's text. */
  readonly at: Position | undefined;
}

export interface ProblemOptions {
  readonly code?: ErrorCode | undefined;
  readonly remedy?: string | undefined;
  readonly onKey?: boolean | undefined;
  readonly at?: Position | undefined;
}

type Make = (place: Place, message: string, options?: ProblemOptions) => Problem;

const maker =
  (severity: Severity): Make =>
  (place, message, options = {}) => ({
    severity,
    code: options.code ?? "BATON_CONFIG",
    place,
    onKey: options.onKey ?? false,
    message,
    remedy: options.remedy ?? (severity === "error" ? remedyOf(options.code) : undefined),
    at: options.at,
  });

/** The catalogue's, where it says more than that the file is wrong. */
const remedyOf = (code: ErrorCode | undefined): string | undefined =>
  code === undefined || code === "BATON_CONFIG" ? undefined : CATALOGUE[code];

export const error: Make = maker("error");
export const warning: Make = maker("warning");
export const note: Make = maker("note");

export const hasErrors = (problems: readonly Problem[]): boolean =>
  problems.some((problem) => problem.severity === "error");

/** Finds the position of a place, or of the deepest part of it that the file has. */
export type Locate = (place: Place, onKey?: boolean) => Position;

/** Gives each problem its position, and sorts them as they stand in the file, once each. */
export function locateProblems(problems: readonly Problem[], locate: Locate): Problem[] {
  const located = problems.map((problem) => ({
    ...problem,
    at: problem.at ?? locate(problem.place, problem.onKey),
  }));
  return sortProblems(located);
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, note: 2 };

/** By position, then the gravest first; equal problems count once. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  const unique = new Map(problems.map((problem) => [identity(problem), problem]));
  return [...unique.values()].sort(
    (a, b) =>
      (a.at?.line ?? 0) - (b.at?.line ?? 0) ||
      (a.at?.column ?? 0) - (b.at?.column ?? 0) ||
      RANK[a.severity] - RANK[b.severity],
  );
}

const identity = (problem: Problem): string =>
  JSON.stringify([problem.severity, problem.place, problem.message, problem.at]);

/** `instances.web.vips[0]`; empty for the whole file. */
export function formatPlace(place: Place): string {
  let text = "";
  for (const step of place) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

/** `FILE:LINE:COLUMN: error: KEY: message`, and the remedy on a line of its own. */
export function formatProblem(problem: Problem, file: string): string {
  const where = problem.at ? `${file}:${problem.at.line}:${problem.at.column}` : file;
  const key = formatPlace(problem.place);
  const head = `${where}: ${problem.severity}: ${key === "" ? "" : `${key}: `}${problem.message}`;
  return problem.remedy === undefined ? head : `${head}\n    ${problem.remedy}`;
}

/** Every problem, one after the other, without a newline at the end. */
export const formatProblems = (problems: readonly Problem[], file: string): string =>
  problems.map((problem) => formatProblem(problem, file)).join("\n");

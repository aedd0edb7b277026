/** What `baton check` finds, as findings. */
import type { ErrorCode } from "../../base/errors.ts";
import { formatPlace, type Problem } from "../../config/report.ts";
import { about, type Finding, type Theme } from "../finding.ts";

const THEMES: Partial<Record<ErrorCode, Theme>> = {
  BATON_ROOT: "rights",
  BATON_IPVS: "kernel",
  BATON_ALIAS: "interfaces",
  BATON_INTERFACE: "interfaces",
  BATON_IDENTITY: "addresses",
  BATON_PORT: "peer",
  BATON_SECRET: "host",
};

const WHYS: Partial<Record<ErrorCode, string>> = {
  BATON_ROOT: "The daemon can neither move addresses nor announce them.",
  BATON_IPVS: "There is no table that could spread the clients.",
  BATON_ALIAS:
    "The kernel knows no such interface; old programs looked for addresses there, and failed.",
  BATON_INTERFACE: "What needs the interface is at fault until it works.",
  BATON_IDENTITY: "A director that can not tell which one it is does not start.",
  BATON_PORT: "The daemon can not open its heartbeat socket.",
  BATON_SECRET: "The daemon signs with it, and nobody else may read it.",
};

const OTHERWISE = {
  error: "baton refuses to start with it.",
  warning: "baton starts all the same.",
  note: "Nothing has to be done.",
} as const;

/** Where the code says no more than that the file has it. */
const PLACES: Readonly<Record<string, Theme>> = {
  interface: "interfaces",
  vips: "addresses",
  address: "addresses",
  connectionSync: "connection sync",
};

/** The last word of the place that says something. */
const themeAt = (place: Problem["place"]): Theme =>
  place.flatMap((step) => PLACES[step] ?? []).at(-1) ?? "configuration";

export function problemFinding(problem: Problem, file: string): Finding {
  const { severity, code, at, place, message, remedy } = problem;
  const theme = THEMES[code] ?? themeAt(place);
  const where = at === undefined ? file : `${file}:${at.line}:${at.column}`;
  const key = formatPlace(place);
  const seen = `${where}: ${key === "" ? "" : `${key}: `}${message}`;
  const why = WHYS[code] ?? OTHERWISE[severity];
  return about(theme)[severity](code, seen, { why, remedy });
}

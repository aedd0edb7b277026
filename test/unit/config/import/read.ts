/** Imports files that are texts in memory, and what tests ask of the result. */
import { isWhole } from "../../../../src/config/import/account.ts";
import { type ImportOptions, importFiles } from "../../../../src/config/import/import.ts";
import type { Line } from "../../../../src/config/import/ledger.ts";
import type { Verdict } from "../../../../src/config/import/types.ts";
import { type Loaded, parse } from "../../../../src/config/load.ts";
import { formatProblems } from "../../../../src/config/report.ts";
import type { Config } from "../../../../src/config/types.ts";

export interface Result {
  readonly yaml: string;
  readonly lines: readonly Line[];
  readonly whole: boolean;
  readonly config: Config;
  readonly decisions: readonly string[];
  readonly next: readonly string[];
  /** The verdict on the first line that holds the text. */
  readonly of: (text: string) => Line | undefined;
  readonly count: (verdict: Verdict) => number;
}

/** All files are given, by their paths; those in `call.files` (all unless said) are imported. */
export function importTexts(
  texts: Readonly<Record<string, string>>,
  call: Partial<ImportOptions> = {},
): Result {
  const names = (folder: string): string[] =>
    Object.keys(texts).flatMap((path) => {
      const prefix = folder === "." ? "" : `${folder}/`;
      return path.startsWith(prefix) ? (path.slice(prefix.length).split("/")[0] ?? []) : [];
    });
  const { yaml, account } = importFiles(
    { files: Object.keys(texts), directors: [], format: undefined, link: undefined, ...call },
    { read: (path) => texts[path], list: (folder) => [...new Set(names(folder))] },
  );
  const { lines, decisions, next } = account;
  return {
    yaml,
    lines,
    whole: isWhole(account),
    config: valid(parse(yaml), yaml),
    decisions: decisions.map(({ place }) => place.join(".")),
    next,
    of: (text) => lines.find(({ origin }) => origin.text.includes(text)),
    count: (verdict) => lines.filter((line) => line.verdict === verdict).length,
  };
}

function valid(loaded: Loaded, yaml: string): Config {
  if (loaded.kind === "valid") return loaded.config;
  throw new Error(`${formatProblems(loaded.problems, "baton.yaml")}\n${yaml}`);
}

/** The message with which an import is refused. */
export function refusal(
  texts: Readonly<Record<string, string>>,
  call: Partial<ImportOptions> = {},
): string {
  try {
    importTexts(texts, call);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "not refused";
}

/** Lines of an instance around which a test is written. */
export const instance = (...lines: readonly string[]): string =>
  [
    "vrrp_instance web {",
    "  interface eth0",
    "  virtual_router_id 51",
    ...lines.map((line) => `  ${line}`),
    ...(lines.some((line) => line.startsWith("virtual_ipaddress")) ? [] : VIP),
    "}",
    "",
  ].join("\n");

const VIP = ["  virtual_ipaddress {", "    192.168.60.100", "  }"];

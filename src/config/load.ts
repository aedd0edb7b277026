/** Text to configuration: every problem of a file, or the value that the program runs on. */
import { digest64 } from "../base/hash.ts";
import { expandServers } from "./expand-servers.ts";
import { explainIssue } from "./explain.ts";
import { hasErrors, type Locate, locateProblems, type Problem } from "./report.ts";
import { resolve } from "./resolve.ts";
import { checkRules } from "./rules/all.ts";
import { applySchema } from "./schema.ts";
import type { Config } from "./types.ts";
import { readYaml, type Tree } from "./yaml.ts";

export type Loaded =
  | {
      readonly kind: "valid";
      readonly config: Config;
      /** 16 hexadecimal digits; equal on directors with the same file, whatever their version. */
      readonly digest: string;
      /** Warnings and notes, no errors. */
      readonly problems: readonly Problem[];
      /** For problems that are found later, with the host's facts. */
      readonly locate: Locate;
    }
  | { readonly kind: "invalid"; readonly problems: readonly Problem[] };

/** Never throws. Problems are sorted, and carry their positions. */
export function parse(text: string): Loaded {
  const read = readYaml(text);
  return read.kind === "tree" ? loadTree(read.tree) : read;
}

function loadTree({ data, locate }: Tree): Loaded {
  const digest = digestOf(data);
  const result = applySchema(data);
  if (result.kind === "invalid") {
    const found = result.issues.flatMap((issue) => explainIssue(issue));
    return { kind: "invalid", problems: locateProblems(found, locate) };
  }
  const { file, problems: unclear, origin } = expandServers(result.file);
  const resolved = resolve(file);
  const found = [...resolved.problems, ...checkRules(resolved.config)];
  const written = found.map((problem) => ({ ...problem, place: origin(problem.place) }));
  const problems = locateProblems([...unclear, ...written], locate);
  if (hasErrors(problems)) return { kind: "invalid", problems };
  const { config } = resolved;
  const locateOrigin: Locate = (place, onKey) => locate(origin(place), onKey);
  return { kind: "valid", config, digest, problems, locate: locateOrigin };
}

/**
 * Of what is written, not of what it means: another version knows more keys, and other defaults,
 * and while one director is upgraded both still have to know that they serve the same.
 */
const digestOf = (data: unknown): string => digest64(canonicalJson(data));

/** Keys sorted. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** The schema's issues as problems with a place. */
import type { core } from "zod/mini";
import { CATALOGUE, type ErrorCode } from "../base/errors.ts";
import { error, type Place, type Problem } from "./report.ts";

type Issue = core.$ZodIssue;

export function explainIssue(issue: Issue, parent: Place = []): Problem[] {
  const place = [...parent, ...issue.path.map(stepOf)];
  if (issue.code === "unrecognized_keys") {
    // `section` writes one sentence a line, a key each.
    const sentences = issue.message.split("\n");
    return issue.keys.map((key, i) =>
      error([...place, key], sentences[i] ?? "unknown key", { onKey: true }),
    );
  }
  if (issue.code === "invalid_key") {
    const message = issue.issues[0]?.message ?? issue.message;
    return [error(place, message, { onKey: true })];
  }
  if (issue.code === "invalid_union") {
    const meant = issue.errors.find((branch) => !branch.some(isOtherShape));
    if (meant !== undefined) return meant.flatMap((inner) => explainIssue(inner, place));
  }
  return [error(place, issue.message, issue.code === "custom" ? optionsOf(issue.params) : {})];
}

const stepOf = (step: PropertyKey): string | number =>
  typeof step === "symbol" ? String(step) : step;

/** The value is not even of this branch's shape, so that the operator meant another. */
const isOtherShape = (issue: Issue): boolean =>
  issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");

function optionsOf(params: Readonly<Record<string, unknown>> | undefined): {
  code: ErrorCode | undefined;
  remedy: string | undefined;
} {
  const code = params?.["code"];
  const remedy = params?.["remedy"];
  return {
    code:
      typeof code === "string" && Object.hasOwn(CATALOGUE, code) ? (code as ErrorCode) : undefined,
    remedy: typeof remedy === "string" ? remedy : undefined,
  };
}

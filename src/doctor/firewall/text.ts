/** A rule as nft would write it, near enough to be found again. */
import { recordOf } from "./ruleset.ts";

const MAX_LENGTH = 80;

export function ruleText(statements: readonly unknown[]): string {
  const text = statements.map(statementText).filter(Boolean).join(" ");
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

function statementText(statement: unknown): string {
  const [kind, value] = Object.entries(recordOf(statement) ?? {})[0] ?? [];
  switch (kind) {
    case undefined:
    case "counter":
      return "";
    case "match": {
      const { op, left, right } = recordOf(value) ?? {};
      const sign = op === "==" || op === "in" ? "" : `${String(op)} `;
      return `${leftText(left)} ${sign}${rightText(right)}`;
    }
    case "jump":
    case "goto":
      return `${kind} ${String(recordOf(value)?.["target"])}`;
    case "xt":
      return `xt ${nameOf(value)}`.trim();
    case "vmap":
      return `${leftText(recordOf(value)?.["key"])} vmap …`;
    default:
      return kind;
  }
}

function nameOf(value: unknown): string {
  const name = recordOf(value)?.["name"];
  return typeof name === "string" ? name : "";
}

function leftText(left: unknown): string {
  const [kind, value] = Object.entries(recordOf(left) ?? {})[0] ?? ["?", undefined];
  const { key, protocol, field } = recordOf(value) ?? {};
  if (kind === "payload") return `${String(protocol)} ${String(field)}`;
  const what = typeof key === "string" ? key : "";
  return kind === "meta" ? what : `${kind} ${what}`.trim();
}

function rightText(right: unknown): string {
  if (typeof right === "string" || typeof right === "number") return String(right);
  if (Array.isArray(right)) return `{ ${right.map(rightText).join(", ")} }`;
  const { set, prefix, range } = recordOf(right) ?? {};
  if (set !== undefined) return rightText(set);
  if (Array.isArray(range)) return range.map(String).join("-");
  const { addr, len } = recordOf(prefix) ?? {};
  return typeof addr === "string" ? `${addr}/${Number(len)}` : "…";
}

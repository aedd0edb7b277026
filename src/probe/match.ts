/** Whether a text is what is expected of it. */
import { createHash } from "node:crypto";
import type { DialogueStep, Match } from "../config/check-types.ts";

const MD5_DIGITS = 32;

const patterns = new Map<string, RegExp>();

function patternOf(text: string): RegExp {
  const known = patterns.get(text);
  if (known) return known;
  const made = new RegExp(text, "u");
  patterns.set(text, made);
  return made;
}

export function matches(match: Match, bytes: Buffer): boolean {
  switch (match.kind) {
    case "prefix":
      return bytes.subarray(0, match.text.length).equals(Buffer.from(match.text, "latin1"));
    case "contains":
      return bytes.includes(match.text, 0, "latin1");
    case "regex":
      return patternOf(match.text).test(bytes.toString("utf8"));
    case "digest": {
      const algorithm = match.text.length === MD5_DIGITS ? "md5" : "sha256";
      return createHash(algorithm).update(bytes).digest("hex") === match.text;
    }
  }
}

/** What was expected, in a sentence. */
export const wanted = ({ kind, text }: Match | DialogueStep): string =>
  kind === "regex" ? `/${text}/` : JSON.stringify(Buffer.from(text, "latin1").toString("utf8"));

const MAX_SHOWN = 40;

/** A found text in a sentence. */
export function shown(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString("utf8").split(/\r?\n/, 1)[0] ?? "";
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}

/** Values of foreign files as baton.yaml writes them. */
import { formatDuration } from "../../base/units.ts";
import { lost, type Outcome, type Statement } from "./types.ts";

export const wordAt = ({ words }: Statement, index: number): string => words[index] ?? "";

/** Seconds, fractions too, as a duration with its unit. */
export const durationOf = (seconds: number): string =>
  formatDuration(Math.round(seconds * 1_000_000) / 1000);

export interface Range {
  readonly min: number;
  readonly max: number;
  readonly fraction?: boolean;
}

/** Undefined where the text is no such number. */
export function numberIn(text: string, { min, max, fraction = false }: Range): number | undefined {
  const shape = fraction ? /^[+-]?\d+(\.\d*)?$|^\.\d+$/ : /^[+-]?\d+$/;
  const value = shape.test(text) ? Number(text) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

/** Where a value can not be read its own program does not go by it either. */
export function refusal(statement: Statement, { min, max }: Range): Outcome {
  const found = statement.words.length > 1 ? JSON.stringify(wordAt(statement, 1)) : "nothing";
  return lost(`${found} is not a number from ${min} to ${max}`);
}

const RESERVED = new Set(Object.getOwnPropertyNames(Object.prototype));

/** A name that baton.yaml takes: 1 to 63 letters, digits, dots, dashes and underscores. */
export function plainName(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9_.-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
  const name = plain.slice(0, 60);
  return name === "" || RESERVED.has(name) ? `x${name}` : name;
}

/** `web`, `web-2` … where names are taken. */
export function freeName(wanted: string, isTaken: (name: string) => boolean): string {
  for (let i = 1; ; i++) {
    const name = i === 1 ? wanted : `${wanted}-${i}`;
    if (!isTaken(name)) return name;
  }
}

const SHELL = /[|&;<>()$`\\"*?[\]#~=%{}]/;

/** Words of a command line: blanks part them, single quotes hold them together. */
export function commandOf(text: string): readonly string[] {
  const parts = [...text.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([part]) =>
    part.replaceAll("'", ""),
  );
  const [program = ""] = parts;
  // What is no plain path was for the shell.
  if (!program.startsWith("/") || SHELL.test(text)) return ["/bin/sh", "-c", text];
  return parts;
}

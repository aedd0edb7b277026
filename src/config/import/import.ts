/** Files of another director program to one baton.yaml and the account of every line. */

import type { Place } from "../report.ts";
import type { Account } from "./account.ts";
import { type Completed, complete, type Decision } from "./complete.ts";
import { directorsOf, type Self } from "./directors.ts";
import { unreadable } from "./failure.ts";
import type { Format } from "./format-names.ts";
import { formatOf, READERS } from "./formats.ts";
import { hoist, namesIn } from "./hoist.ts";
import { idsIn } from "./keepalived/ids.ts";
import { Ledger } from "./ledger.ts";
import { mend } from "./mend.ts";
import { merge } from "./merge.ts";
import { nextSteps } from "./next.ts";
import { type Comment, printYaml } from "./print.ts";
import type { Sheet } from "./sheet.ts";
import type { Files, Source } from "./types.ts";

export interface ImportOptions {
  readonly files: readonly string[];
  /** `--director NAME=ADDRESS`, in the order of the files. */
  readonly directors: readonly Self[];
  readonly format: Format | undefined;
  readonly link: string | undefined;
}

export interface Imported {
  readonly yaml: string;
  readonly account: Account;
}

/** Throws a BatonError where a file can not be read or is not well formed. */
export function importFiles(options: ImportOptions, files: Files): Imported {
  const format = commonFormat(options, files);
  const reader = READERS[format];
  const ledger = new Ledger();
  const sources = readingsOf(options, format, files);
  const hints = sources.map(({ source, id }, i) => {
    const found = reader.hints(source, i);
    return id === undefined ? found : { ...found, name: id };
  });
  const directors = directorsOf(hints, options.directors);
  const alone = directors.length < 2 && hints[0]?.alone === true;
  const sheets = sources.map(({ source }, i) => ({
    name: directors[i]?.name ?? "",
    sheet: reader.map(source, directors[i] ?? UNKNOWN, ledger, directors),
  }));
  const [first, ...others] = sheets;
  if (!first) throw new RangeError("no file");
  for (const other of others) merge(first, other, ledger);
  const { sheet } = first;
  hoist(sheet);
  const decisions = finish(sheet, ledger, { directors, link: options.link, alone });
  const all = sources.map(({ source }) => source);
  const print = (comments: readonly Comment[]): string =>
    printYaml(sheet.data, headOf(options.files), comments);
  const yaml = print([...remarks(sheet, ledger), ...decisions.map(decided)]);
  return { yaml, account: { lines: ledger.lines(all), decisions, next: nextSteps(sheet) } };
}

const UNKNOWN: Self = { name: "lb1", address: undefined };

interface Reading {
  readonly source: Source;
  /** Where the file is read once for each host that it names. */
  readonly id: string | undefined;
}

/** One file that holds lines for several hosts is the file of all of them. */
function readingsOf(options: ImportOptions, format: Format, files: Files): readonly Reading[] {
  const { read } = READERS[format];
  const [only, ...more] = options.files;
  if (only === undefined) return [];
  if (more.length > 0) {
    return options.files.map((file, i) => ({
      source: read(file, options.directors[i]?.name ?? "", files),
      id: undefined,
    }));
  }
  const ids = format === "keepalived.conf" ? idsIn(only, files) : [];
  const named = options.directors.map(({ name }) => name);
  const hosts = named.some((name) => ids.includes(name)) ? named : ids;
  if (ids.length === 0) return [{ source: read(only, named[0] ?? "", files), id: undefined }];
  return hosts.map((id) => ({ source: read(only, id, files), id }));
}

function commonFormat({ files: paths, format }: ImportOptions, files: Files): Format {
  const found = paths.map((file) => {
    const text = files.read(file);
    const spot = { file, line: 1, column: 1 };
    if (text === undefined) throw unreadable(spot, "there is no such file");
    if (text.includes("\0")) throw unreadable(spot, "is no text: there are NULs in it");
    if (text.trim() === "") throw unreadable(spot, "is empty");
    return { file, format: format ?? formatOf(text) };
  });
  const [first] = found;
  const other = found.find((one) => one.format !== first?.format);
  if (!first || !other) return first?.format ?? "keepalived.conf";
  const both = `${other.format}, and ${first.file} of ${first.format}`;
  const message = `is of ${both}: import each for itself`;
  throw unreadable({ file: other.file, line: 1, column: 1 }, message);
}

type Known = Parameters<typeof complete>[1];

/** What baton refuses goes; what it needs is put in, and is to be decided. */
function finish(sheet: Sheet, ledger: Ledger, known: Known): readonly Decision[] {
  const print = (): string => printYaml(sheet.data, [], []);
  let completed: Completed = { decisions: [], steps: [] };
  // What stands may be refused, and then what the services listen on.
  for (const vips of ["services", "services", "nobody"] as const) {
    completed = complete(sheet, known, vips);
    mend(sheet, ledger, print);
    if (namesIn(sheet, "instances").length > 0) break;
  }
  sheet.steps.push(...completed.steps);
  return completed.decisions.filter(({ place }) => sheet.get(place) !== undefined);
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);

/** Where a meaning changed, at the first place that the line went to. */
function remarks(sheet: Sheet, ledger: Ledger): readonly Comment[] {
  const seen = new Set<string>();
  return [...sheet.from].flatMap(([key, statement]) => {
    const outcome = ledger.get(statement);
    const { file, line } = statement.origin;
    const text = `${nameOf(file)}:${line}: ${outcome?.why ?? ""}`;
    const tells = outcome?.verdict === "changed" || outcome?.verdict === "undecided";
    const place = JSON.parse(key) as Place;
    if (!tells || seen.has(text) || sheet.get(place) === undefined) return [];
    seen.add(text);
    return [{ place, text }];
  });
}

const decided = ({ place, why }: Decision): Comment => ({ place, text: `DECIDE: ${why}` });

const headOf = (files: readonly string[]): readonly string[] => [
  `Made by \`baton import\` from ${files.map(nameOf).join(" and ")}.`,
  "Its account of every line says what was taken, what was left out, and why.",
];

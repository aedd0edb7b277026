/** The journal's files: lines go to the newest, the oldest goes when there are too many.
 *
 * `journal-000001.jsonl`, `journal-000002.jsonl` … in one folder, numbers only grow.
 */
import { appendFile, mkdir, readdir, stat, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { readText } from "./files.ts";

/** Octets of one file, and how many are kept. */
const MAX_FILE = 1024 * 1024;
const KEPT = 8;
const PRIVATE = 0o600;
const PRIVATE_FOLDER = 0o700;
const NAME = /^journal-(\d{6,})\.jsonl$/;

export interface JournalFiles {
  /** Whole lines with their ends; rejects where the disk did not take them. */
  append(text: string): Promise<void>;
}

export function journalFiles(folder: string): JournalFiles {
  let current: { number: number; size: number } | undefined;
  /** A write that failed may have left a part of a line. */
  let torn = false;
  return {
    append: async (text) => {
      current ??= await newestIn(folder);
      const octets = Buffer.byteLength(text);
      if (current.size > 0 && current.size + octets > MAX_FILE) {
        current = { number: current.number + 1, size: 0 };
        await removeOld(folder, current.number);
      }
      const file = join(folder, nameOf(current.number));
      try {
        await appendFile(file, torn ? `\n${text}` : text, { mode: PRIVATE });
      } catch (error) {
        torn = true;
        // The folder may be another one now, or none.
        current = undefined;
        throw error;
      }
      torn = false;
      current.size += octets;
    },
  };
}

/** Lines of a folder's files, the oldest first, or of one file; undefined where there is neither. */
export async function readJournal(path: string): Promise<readonly string[] | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  const files = found.isDirectory()
    ? (await numbersIn(path)).map((number) => join(path, nameOf(number)))
    : [path];
  const texts = await Promise.all(files.map((file) => readText(file, LONGEST)));
  return texts.flatMap((text) => (text ?? "").split("\n")).filter((line) => line !== "");
}

/** The newest whole lines, of at most `limit` octets together; empty where there is no journal. */
export async function journalTail(folder: string, limit: number): Promise<string> {
  let text = "";
  const numbers = await numbersIn(folder).catch((): readonly number[] => []);
  for (const number of [...numbers].reverse()) {
    if (Buffer.byteLength(text) >= limit) break;
    text = ((await readText(join(folder, nameOf(number)), LONGEST)) ?? "") + text;
  }
  const octets = Buffer.from(text);
  if (octets.length <= limit) return text;
  const tail = octets.subarray(octets.length - limit);
  return tail.subarray(tail.indexOf("\n") + 1).toString("utf8");
}

/** Several files that somebody put together. */
const LONGEST = 64 * MAX_FILE;

const nameOf = (number: number): string => `journal-${String(number).padStart(6, "0")}.jsonl`;

async function newestIn(folder: string): Promise<{ number: number; size: number }> {
  await mkdir(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const number = (await numbersIn(folder)).at(-1);
  if (number === undefined) return { number: 1, size: 0 };
  const { size } = await stat(join(folder, nameOf(number)));
  return { number, size };
}

async function numbersIn(folder: string): Promise<readonly number[]> {
  const names = await readdir(folder);
  return names
    .flatMap((name) => {
      const digits = NAME.exec(basename(name))?.[1];
      return digits === undefined ? [] : [Number(digits)];
    })
    .sort((a, b) => a - b);
}

async function removeOld(folder: string, newest: number): Promise<void> {
  for (const number of await numbersIn(folder)) {
    if (number <= newest - KEPT) await unlink(join(folder, nameOf(number)));
  }
}

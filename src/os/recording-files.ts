/** Recordings on the disk: compressed lines, whole or refused, a bounded number of them. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { writeAtomic } from "./files.ts";

export const RECORDING_SUFFIX = ".jsonl.gz";
/** How many are kept in a folder, and their octets together. */
const KEPT = 40;
const MAX_TOGETHER = 16 * 1024 * 1024;
/** What one may unfold to. */
const MAX_TEXT = 256 * 1024 * 1024;
/** The loop is not held up longer than this at a time. */
const SLICE_MS = 1;
const PRIVATE_FOLDER = 0o700;
const GZIP_MAGIC = 0x1f8b;

/** The last line says what all others amount to. */
export async function writeRecording(path: string, lines: Iterable<string>): Promise<void> {
  const hash = createHash("sha256");
  const parts: Buffer[] = [];
  let began = performance.now();
  for (const line of lines) {
    const part = Buffer.from(`${line}\n`);
    hash.update(part);
    parts.push(part);
    if (performance.now() - began < SLICE_MS) continue;
    await setImmediate();
    began = performance.now();
  }
  parts.push(Buffer.from(`${endLine(hash.digest("hex"))}\n`));
  const packed = await promisify(gzip)(Buffer.concat(parts));
  await mkdir(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
  await writeAtomic(path, packed);
  await removeOld(dirname(path));
}

const endLine = (sha256: string): string => JSON.stringify({ kind: "end", sha256 });

export type RecordingText =
  | { readonly kind: "whole"; readonly lines: readonly string[] }
  /** A clause that says what is wrong. */
  | { readonly kind: "refused"; readonly why: string };

/** Compressed or not. Rejects where the file can not be read. */
export async function readRecording(path: string): Promise<RecordingText> {
  const octets = await readFile(path);
  const packed = octets.length > 2 && octets.readUInt16BE(0) === GZIP_MAGIC;
  let text: string;
  try {
    const plain = packed ? await promisify(gunzip)(octets, { maxOutputLength: MAX_TEXT }) : octets;
    text = plain.toString("utf8");
  } catch {
    return { kind: "refused", why: "it is cut off, or damaged" };
  }
  const lines = text.trimEnd().split("\n");
  const end = lines.pop() ?? "";
  const sum = createHash("sha256")
    .update(lines.map((line) => `${line}\n`).join(""))
    .digest("hex");
  if (!end.startsWith('{"kind":"end"')) {
    return { kind: "refused", why: "it does not end as a recording does" };
  }
  if (end === endLine(sum)) return { kind: "whole", lines };
  return { kind: "refused", why: "it is not as it was written: its checksum is another one" };
}

async function removeOld(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(RECORDING_SUFFIX)).sort();
  let together = 0;
  for (const [age, name] of names.reverse().entries()) {
    const path = join(folder, name);
    together += (await stat(path)).size;
    if (age >= KEPT || (age > 0 && together > MAX_TOGETHER)) await unlink(path);
  }
}

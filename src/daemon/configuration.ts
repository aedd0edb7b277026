/** The configuration of this run: from the cache where the file has not changed, else parsed. */
import { createHash } from "node:crypto";
import { type Stats, statSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { BatonError, messageOf } from "../base/errors.ts";
import type { Places } from "../base/places.ts";
import { VERSION } from "../base/version.ts";
import { type Locate, type Problem, sortProblems } from "../config/report.ts";
import type { Config } from "../config/types.ts";
import { readText, writeAtomic } from "../os/files.ts";

export interface Configuration {
  readonly file: string;
  /** The hash of the file and of the program. */
  readonly key: string;
  readonly config: Config;
  readonly digest: string;
  /** Warnings and notes of the file itself. */
  readonly problems: readonly Problem[];
  /** Where a place stands in the file; undefined for what came from the cache. */
  readonly locate: Locate | undefined;
  /** The same for what was read by a thread. */
  readonly locateLater?: (problems: readonly Problem[]) => Promise<readonly Problem[]>;
}

/** The file, or this host, is not fit to run: every problem, for exit code 2. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly file: string;
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    super(`${file} is refused`);
    this.file = file;
    this.problems = problems;
  }
}

/** Of the cache; one without it is of 1. A release reads what another version may have written. */
const CACHE_FORMAT = 1;

interface LastRun {
  readonly config: Config;
  readonly digest: string;
  readonly sameVersion: boolean;
}

interface Cached extends LastRun {
  readonly key: string;
}

/** Loading the schema costs more than all the rest of a start: what was valid stays valid. */
export async function loadConfiguration(file: string, places: Places): Promise<Configuration> {
  const text = await read(file);
  const key = keyOf(file, text);
  const cached = await readCache(places.configCache);
  if (cached?.key === key) {
    const { config, digest } = cached;
    return { file, key, config, digest, problems: [], locate: undefined };
  }
  return { ...(await parseConfiguration(file, text)), key };
}

/** By which the next start knows the file again. */
export const keyOf = (file: string, text: string): string =>
  createHash("sha256").update(`${PROGRAM}\n${file}\n${text}`).digest("hex");

/**
 * Another build may know other values, also of the same version: each resolves its own. Looked at
 * when it is loaded, for an upgrade puts another file there under the running one.
 */
const PROGRAM = programOf(statSync(new URL(import.meta.url)));

function programOf({ size, mtimeMs }: Stats): string {
  return [VERSION, size, mtimeMs].join(" ");
}

/** Called when the start has succeeded: what never ran must not be what `release` goes by.
 *
 * Without a cache the next start takes longer, and that is all.
 */
export async function rememberConfiguration(
  { key, config, digest, locate, locateLater }: Configuration,
  places: Places,
): Promise<void> {
  if (locate === undefined && locateLater === undefined) return;
  await mkdir(places.run, { recursive: true }).catch(() => undefined);
  const text = JSON.stringify({ format: CACHE_FORMAT, baton: VERSION, key, config, digest });
  await writeAtomic(places.configCache, text).catch(() => undefined);
}

/** What the last daemon of this boot ran with, whatever became of the file since; and whether
 * this version of the program resolved it. */
export const configurationOfLastRun = (places: Places): Promise<LastRun | undefined> =>
  readCache(places.configCache);

/** Without the cache, with positions. */
export async function parseConfiguration(file: string, text: string): Promise<Configuration> {
  const { parse } = await import("../config/load.ts");
  const loaded = parse(text);
  if (loaded.kind === "invalid") throw new Refusal(file, sortProblems(loaded.problems));
  const { config, digest, problems, locate } = loaded;
  return { file, key: "", config, digest, problems, locate };
}

export async function read(file: string): Promise<string> {
  const text = await readText(file).catch((error: unknown) => {
    throw new BatonError("BATON_CONFIG", `${file} can not be read: ${messageOf(error)}`);
  });
  if (text === undefined) throw new BatonError("BATON_CONFIG", `${file} does not exist`);
  return text;
}

type Written = Partial<Cached> & { readonly format?: number; readonly baton?: string };

async function readCache(path: string): Promise<Cached | undefined> {
  const text = await readText(path).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const cached = JSON.parse(text) as Written | null;
    if ((cached?.format ?? CACHE_FORMAT) !== CACHE_FORMAT) return undefined;
    const { key, config, digest } = cached ?? {};
    const whole = config?.heartbeat && Array.isArray(config.directors) && config.instances;
    if (key === undefined || digest === undefined || !config || !whole) return undefined;
    return { key, config, digest, sameVersion: cached?.baton === VERSION };
  } catch {
    return undefined;
  }
}

/** The last configurations that ran here, with their texts: what a rollback goes back to. */
import { mkdir, unlink } from "node:fs/promises";
import type { Places } from "../base/places.ts";
import type { PastConfiguration } from "../control/api.ts";
import { readText, writeAtomic } from "../os/files.ts";
import { indexOfConfigurations, STATE_FORMAT } from "../os/state-format.ts";

const MAX_NUMBER = 2 ** 40;
/** How many are kept. */
const KEPT = 10;
/** They may hold what only root is to read. */
const PRIVATE = 0o600;

/** What is gone back to unless somebody confirms what runs. */
export interface Awaited {
  readonly number: number;
  /** On CLOCK_BOOTTIME, in milliseconds: it outlives the process. */
  readonly until: number;
  readonly bootId: string;
}

export interface PastConfigurations {
  /** The oldest first; the last one runs. */
  list(): readonly PastConfiguration[];
  textOf(number: number): Promise<string | undefined>;
  /** Nothing is added where the text is what ran before. */
  add(text: string, about: Pick<PastConfiguration, "digest" | "how">): Promise<void>;
  awaited(): Awaited | undefined;
  /** Never rejects: what could not be written down ends with the process. */
  setAwaited(awaited: Awaited | undefined): Promise<void>;
}

interface Index {
  readonly entries: readonly PastConfiguration[];
  readonly awaited?: Awaited | undefined;
}

export async function openPastConfigurations(places: Places): Promise<PastConfigurations> {
  const { configs } = places;
  const fileOf = (number: number): string => `${configs}/${number}.yaml`;
  const indexFile = indexOfConfigurations(places);
  let { entries, awaited } = await readIndex(indexFile);
  const write = async (): Promise<void> => {
    await mkdir(configs, { recursive: true, mode: 0o700 });
    const index = { format: STATE_FORMAT, entries, awaited };
    await writeAtomic(indexFile, `${JSON.stringify(index)}\n`, { mode: PRIVATE });
  };
  return {
    list: () => entries,
    textOf: (number) => readText(fileOf(number)),
    add: async (text, { digest, how }) => {
      const last = entries.at(-1);
      if (last && (await readText(fileOf(last.number)).catch(() => undefined)) === text) return;
      const number = (last?.number ?? 0) + 1;
      await mkdir(configs, { recursive: true, mode: 0o700 });
      await writeAtomic(fileOf(number), text, { mode: PRIVATE });
      const all = [...entries, { number, digest, time: new Date().toISOString(), how }];
      // What may be gone back to is kept, however many came since.
      const kept = all.slice(-KEPT);
      const back = all.find((one) => one.number === awaited?.number && !kept.includes(one));
      entries = back ? [back, ...kept.slice(1)] : kept;
      await write();
      for (const gone of all.filter((one) => !entries.includes(one))) {
        await unlink(fileOf(gone.number)).catch(() => undefined);
      }
    },
    awaited: () => awaited,
    setAwaited: async (next) => {
      awaited = next;
      await write().catch(() => undefined);
    },
  };
}

/** A damaged index is an empty one: what runs does not depend on it. */
async function readIndex(file: string): Promise<Index> {
  const text = await readText(file).catch(() => undefined);
  try {
    const { entries, awaited } = JSON.parse(text ?? "{}") as Partial<Index>;
    const whole = awaited && Number.isFinite(awaited.until) && awaited.number > 0;
    return {
      entries: Array.isArray(entries) ? entries.filter(isEntry) : [],
      awaited: whole ? awaited : undefined,
    };
  } catch {
    return { entries: [] };
  }
}

/** So that the next ones can be counted as well. */
const isNumber = (value: unknown): boolean =>
  Number.isSafeInteger(value) && Number(value) > 0 && Number(value) < MAX_NUMBER;

const isEntry = (value: unknown): value is PastConfiguration => {
  const { number, digest, time, how } = (value ?? {}) as Partial<PastConfiguration>;
  return isNumber(number) && [digest, time, how].every((one) => typeof one === "string");
};

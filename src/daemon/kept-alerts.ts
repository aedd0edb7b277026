/** Events that still wait to be told, on the disk: the next run of baton tells them. */
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { VERSION } from "../base/version.ts";
import type { Told } from "../core/alert/types.ts";
import { readText, writeAtomic } from "../os/files.ts";
import { laterFormat } from "../os/state-format.ts";

const FORMAT = 1;
/** Of all alerts together; of what is more the oldest are lost. */
export const MAX_KEPT = 1000;
const MAX_OCTETS = 8 * 1024 * 1024;

/** Of one alert. */
export interface KeptAlert {
  readonly told: readonly Told[];
  /** So many before these are lost, and the receiver does not know yet. */
  readonly lost: number;
}

/** By the alert's name. */
export type Kept = Readonly<Record<string, KeptAlert>>;

export interface AlertStore {
  /** Rejects, with words, where there is something that can not be understood. */
  read(): Promise<Kept>;
  write(kept: Kept): Promise<void>;
}

export const alertStore = (path: string): AlertStore => ({
  read: async () => {
    const later = await laterFormat(path, { key: "format", known: FORMAT });
    if (later !== undefined) throw new Error(later);
    const text = await readText(path, MAX_OCTETS);
    return text === undefined ? {} : understood(path, text);
  },
  write: async (kept) => {
    const alerts = bounded(kept);
    if (Object.keys(alerts).length === 0) return rm(path, { force: true });
    await mkdir(dirname(path), { recursive: true });
    await writeAtomic(path, JSON.stringify({ format: FORMAT, baton: VERSION, alerts }));
  },
});

/** For who keeps nothing. */
export const NOWHERE: AlertStore = {
  read: () => Promise.resolve({}),
  write: () => Promise.resolve(),
};

function bounded(all: Kept): Kept {
  const some = Object.entries(all).filter(([, { told, lost }]) => told.length + lost > 0);
  const share = Math.max(1, Math.floor(MAX_KEPT / Math.max(1, some.length)));
  return Object.fromEntries(
    some.map(([name, { told, lost }]) => {
      const stays = told.slice(-share);
      return [name, { told: stays, lost: lost + told.length - stays.length }];
    }),
  );
}

function understood(path: string, text: string): Kept {
  try {
    const { alerts } = JSON.parse(text) as { readonly alerts: Kept };
    const known = Object.entries(alerts).map(([name, { told, lost }]): [string, KeptAlert] => {
      const fine = told.filter(isTold);
      const unknown = told.length - fine.length;
      return [name, { told: fine, lost: (Number.isSafeInteger(lost) ? lost : 0) + unknown }];
    });
    return Object.fromEntries(known);
  } catch {
    throw new Error(`${path} makes no sense`);
  }
}

const SUBJECTS: readonly unknown[] = ["instance", "group", "server", "quorum"];

const isTold = (value: unknown): value is Told => {
  const { event, time } = (value ?? {}) as Partial<Told>;
  return SUBJECTS.includes(event?.subject) && typeof time === "string";
};

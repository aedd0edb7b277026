/** What a daemon leaves for its successor, and for `status` and `release` when it is dead. */

import type { Cidr } from "../base/ip.ts";
import type { ServiceKey, SyncRole } from "../wire/ipvs/types.ts";
import { readText, writeAtomic } from "./files.ts";

export const RUN_STATE_VERSION = 1;

export interface RunState {
  readonly version: typeof RUN_STATE_VERSION;
  readonly bootId: string;
  readonly pid: number;
  readonly director: string;
  readonly configFile: string;
  readonly instances: Readonly<Record<string, RunInstance>>;
  /** What baton itself put into the kernel; `release` removes this and nothing else. */
  readonly added: {
    readonly vips: readonly (Cidr & { readonly interface: string })[];
    readonly services: readonly ServiceKey[];
    readonly roles: readonly SyncRole[];
  };
  readonly level: boolean;
  /** The daemon ended in good order: what it kept, it kept on purpose. */
  readonly ended: boolean;
  /** CLOCK_BOOTTIME, milliseconds. */
  readonly writtenAt: number;
}

export interface RunInstance {
  readonly state: string;
  /** CLOCK_BOOTTIME, milliseconds. */
  readonly since: number;
  readonly why: string;
}

/** Undefined where there is none, where it is of another version, or where it is not readable. */
export async function readRunState(path: string): Promise<RunState | undefined> {
  const text = await readText(path).catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const state = JSON.parse(text) as RunState;
    return state.version === RUN_STATE_VERSION ? state : undefined;
  } catch {
    return undefined;
  }
}

export const writeRunState = (path: string, state: RunState): Promise<void> =>
  writeAtomic(path, `${JSON.stringify(state)}\n`, { mode: 0o644 });

/** CLOCK_BOOTTIME of the last advert, in milliseconds; undefined where none is known. */
export async function readBeat(path: string): Promise<number | undefined> {
  const beat = Number.parseFloat((await readText(path).catch(() => undefined)) ?? "");
  return Number.isNaN(beat) ? undefined : beat;
}

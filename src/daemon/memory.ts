/** What outlives the process: run state and beat until the next boot, counter and holds for good. */
import { closeSync, openSync, writeSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { parseIp } from "../base/ip.ts";
import type { Places } from "../base/places.ts";
import { after, type Instant, ms } from "../base/units.ts";
import type { AdminEntry } from "../core/health/types.ts";
import { bootTime } from "../os/clock.ts";
import { readText, writeAtomic } from "../os/files.ts";
import { type RunState, writeRunState } from "../os/run-state.ts";
import { STATE_FORMAT } from "../os/state-format.ts";
import type { SavedLeaving } from "./saved-leaving.ts";

const BEAT_WIDTH = 20;

export interface Memory {
  /** The newest wins; never waits. */
  save(state: RunState): void;
  /** What the guard does if this daemon dies. */
  saveGuard(notes: string): void;
  /** An advert went out. */
  beat(): void;
  /** The next beat goes into a new file: the old one was removed. */
  reopen(): void;
  saveAdmin(decided: Decided): void;
  /** Resolves when everything is written. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Far below what a peer refuses to read; nobody starts so often. */
const MAX_COUNTER = 2 ** 48;

/** Grows with each start, and is on the disk before it is used (PROTOCOL.md §2).
 *
 * On a disk that takes nothing it does not grow: peers then believe the new session by its echo.
 */
export async function nextCounter(
  places: Places,
  onError: (error: unknown) => void,
): Promise<number> {
  const text = await readText(places.counter).catch(() => undefined);
  const last = Number.parseInt(text ?? "", 10);
  const counter = last >= 0 && last < MAX_COUNTER ? last + 1 : 1;
  try {
    await mkdir(places.lib, { recursive: true });
    await writeAtomic(places.counter, `${counter}\n`, { durable: true });
  } catch (error) {
    onError(error);
  }
  return counter;
}

/** Holds by instance: until when, on CLOCK_BOOTTIME; empty after a boot. */
export async function readHolds(
  places: Places,
  boot: string,
): Promise<Readonly<Record<string, number>>> {
  const text = await readText(places.admin).catch(() => undefined);
  if (text === undefined) return {};
  try {
    const admin = JSON.parse(text) as Partial<Admin> | null;
    if (admin?.bootId !== boot) return {};
    const holds = Object.entries(admin.holds ?? {});
    return Object.fromEntries(holds.filter(([, until]) => Number.isFinite(until)));
  } catch {
    return {};
  }
}

/** What people decided about servers, whatever boot it was. */
export async function readDecisions(places: Places, now: Instant): Promise<readonly AdminEntry[]> {
  const text = await readText(places.admin).catch(() => undefined);
  if (text === undefined) return [];
  try {
    const { servers } = (JSON.parse(text) as Partial<Admin> | null) ?? {};
    return (Array.isArray(servers) ? servers : [])
      .filter(isEntry)
      .flatMap(({ ends, ...entry }): readonly AdminEntry[] => {
        // An end after a boot is the wall clock's; who decided knows when he meant.
        const left = ends === undefined ? undefined : ms(Date.parse(ends) - Date.now());
        if (left === undefined) return [{ ...entry, until: undefined }];
        return left > 0 ? [{ ...entry, until: after(now, left) }] : [];
      });
  } catch {
    return [];
  }
}

const ACTIONS: readonly unknown[] = ["drain", "disable", "enable"];
const MAX_U32 = 0xffff_ffff;

/** Whatever a damaged file says must not get into a heartbeat. */
const isEntry = (value: unknown): value is SavedEntry => {
  const entry = (value ?? {}) as Readonly<Record<string, unknown>>;
  const isText = (text: unknown): boolean => typeof text === "string";
  const isWhole = (number: unknown, highest: number): boolean =>
    Number.isInteger(number) && Number(number) >= 0 && Number(number) <= highest;
  const { address, action, version, port, service, ends } = entry;
  return (
    ACTIONS.includes(action) &&
    isText(address) &&
    parseIp(String(address)) === address &&
    isWhole(version, MAX_U32) &&
    (port === undefined || isWhole(port, 0xffff)) &&
    (service === undefined || isText(service)) &&
    (ends === undefined || (typeof ends === "string" && Number.isFinite(Date.parse(ends)))) &&
    ["director", "who", "reason", "time"].every((key) => isText(entry[key]))
  );
};

/** With its end on the wall clock instead of this process's. */
export type SavedEntry = Omit<AdminEntry, "until"> & { readonly ends: string | undefined };

/** What people decided, and what is under way because of it. */
export interface Decided {
  /** By instance, until when on CLOCK_BOOTTIME. */
  readonly holds: Readonly<Record<string, number>>;
  readonly servers: readonly SavedEntry[];
  readonly leaving: readonly SavedLeaving[];
}

interface Admin extends Decided {
  readonly format: typeof STATE_FORMAT;
  readonly bootId: string;
}

export async function openMemory(
  places: Places,
  boot: string,
  onError: (error: unknown) => void,
): Promise<Memory> {
  await mkdir(dirname(places.beat), { recursive: true });
  const beats = beatFile(places.beat, onError);
  const states = latest((state: RunState) => writeRunState(places.state, state), onError);
  const admins = latest(
    (admin: Admin) => writeAtomic(places.admin, `${JSON.stringify(admin)}\n`),
    onError,
  );
  const guards = latest((notes: string) => writeAtomic(places.guard, notes), onError);
  const flush = async (): Promise<void> => {
    await Promise.all([states.flush(), admins.flush(), guards.flush()]);
  };
  return {
    save: (state) => states.put(state),
    saveGuard: (notes) => guards.put(notes),
    beat: () => beats.write(),
    reopen: () => beats.close(),
    saveAdmin: (decided) => admins.put({ format: STATE_FORMAT, bootId: boot, ...decided }),
    flush,
    close: async () => {
      await flush();
      beats.close();
    },
  };
}

/** Written in place and at once: on /run, which is memory, that costs a tenth of a thread's help. */
function beatFile(
  path: string,
  onError: (error: unknown) => void,
): { write(): void; close(): void } {
  let fd: number | undefined;
  return {
    write: () => {
      try {
        fd ??= openSync(path, "w", 0o644);
        writeSync(fd, bootTime().toFixed(1).padEnd(BEAT_WIDTH), 0);
      } catch (error) {
        onError(error);
      }
    },
    close: () => {
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

/** One write at a time; of what comes meanwhile only the last is written. */
function latest<T>(
  write: (value: T) => Promise<void>,
  onError: (error: unknown) => void,
): { put(value: T): void; flush(): Promise<void> } {
  let waiting: { readonly value: T } | undefined;
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    for (let next = waiting; next !== undefined; next = waiting) {
      waiting = undefined;
      await write(next.value).catch(onError);
    }
  };
  const pump = (): void => {
    running ??= run().finally(() => {
      running = undefined;
      if (waiting) pump();
    });
  };
  return {
    put: (value) => {
      waiting = { value };
      pump();
    },
    flush: () => running ?? Promise.resolve(),
  };
}

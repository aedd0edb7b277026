/** What a daemon leaves for its successor, and for `status` and `release` when it is dead. */

import { type Cidr, parseIp } from "../base/ip.ts";
import type { ServiceKey, SyncRole } from "../wire/ipvs/types.ts";
import type { Mac } from "../wire/link/ethernet.ts";
import type { NewRoute, NewRule } from "../wire/rtnl/route.ts";
import { readText, writeAtomic } from "./files.ts";

export const RUN_STATE_VERSION = 1;

export interface RunState {
  readonly version: typeof RUN_STATE_VERSION;
  readonly bootId: string;
  readonly pid: number;
  readonly director: string;
  readonly configFile: string;
  /** The session of its heartbeats: what is said in its name is believed at once. */
  readonly session?: string;
  readonly counter?: number;
  readonly instances: Readonly<Record<string, RunInstance>>;
  /** What baton itself put into the kernel; `release` removes this and nothing else. */
  readonly added: {
    readonly vips: readonly (Cidr & { readonly interface: string })[];
    readonly services: readonly ServiceKey[];
    readonly roles: readonly SyncRole[];
    /** Links of virtual MACs. */
    readonly links?: readonly { readonly name: string; readonly mac: Mac }[];
    /** All of the configuration: what of it stands goes by the role. */
    readonly routing?: {
      readonly routes: readonly RunRoute[];
      readonly rules: readonly NewRule[];
    };
  };
  readonly level: boolean;
  /** The daemon ended in good order: what it kept, it kept on purpose. */
  readonly ended: boolean;
  /** CLOCK_BOOTTIME, milliseconds. */
  readonly writtenAt: number;
}

/** By the name of its link. */
export type RunRoute = Omit<NewRoute, "index"> & { readonly interface: string | undefined };

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
    const state: unknown = JSON.parse(text);
    return isRunState(state) ? state : undefined;
  } catch {
    return undefined;
  }
}

/** Somebody may have written into the file: what is of the wrong shape is not there. */
function isRunState(value: unknown): value is RunState {
  const state = value as Partial<RunState> | null;
  if (state?.version !== RUN_STATE_VERSION || typeof state.director !== "string") return false;
  const { added, instances } = state;
  if (!instances || !added) return false;
  return (
    Object.values(instances).every(isRecord) &&
    [added.vips, added.services, added.roles].every((list) => Array.isArray(list)) &&
    added.vips.every((vip) => isCidr(vip) && typeof vip.interface === "string") &&
    added.services.every(isRecord) &&
    isRouting(added.routing) &&
    (added.links === undefined || (Array.isArray(added.links) && added.links.every(isRecord)))
  );
}

const isRouting = (routing: RunState["added"]["routing"]): boolean =>
  routing === undefined ||
  (isRecord(routing) &&
    [routing.routes, routing.rules].every((list) => Array.isArray(list) && list.every(isRecord)) &&
    routing.routes.every(({ to }) => isRecord(to) && isCidr(to)));

const isRecord = (value: unknown): boolean => typeof value === "object" && value !== null;

const isCidr = ({ address, prefix }: Cidr): boolean =>
  typeof address === "string" && parseIp(address) === address && Number.isInteger(prefix);

export const writeRunState = (path: string, state: RunState): Promise<void> =>
  writeAtomic(path, `${JSON.stringify(state)}\n`, { mode: 0o644 });

/** CLOCK_BOOTTIME of the last advert, in milliseconds; undefined where none is known. */
export async function readBeat(path: string): Promise<number | undefined> {
  const beat = Number.parseFloat((await readText(path).catch(() => undefined)) ?? "");
  return Number.isNaN(beat) ? undefined : beat;
}

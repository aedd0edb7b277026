/** Keeps a guard beside the daemon, and the notes that it goes by. */
import { type ChildProcess, spawn } from "node:child_process";
import { messageOf } from "../base/errors.ts";
import { formatCidr } from "../base/ip.ts";
import type { Places } from "../base/places.ts";
import { type Millis, ms } from "../base/units.ts";
import { longestInterval, shortestInterval } from "../config/intervals.ts";
import type { Config } from "../config/types.ts";
import type { PlacedVip } from "../core/types.ts";
import { acquireLock, readText, writeAtomic } from "../os/files.ts";
import { GUARD_SCRIPT } from "./guard-script.ts";
import type { NamedVmac } from "./vmac-level.ts";

/** Peers wait three intervals for a silent master; a successor that is later has no more to gain. */
const PATIENCE_MS = 300;
/** Twice what this start took to its lock: on a slow host a successor needs as long. */
const STARTS = 2;
/** Adopting ends after two intervals (previous.ts). */
const ADOPT_INTERVALS = 2;
/** It doubles with each end, as far as a minute. */
const RESPAWN_MS = 1000;
const MAX_RESPAWN_MS = 60_000;
const LOCK_PATIENCE: Millis = ms(2000);

/** How long a successor may take until it holds the lock. */
export const guardDeadline = (interval: Millis, startTook: Millis): Millis =>
  ms(
    Math.min(
      Math.max(Math.min(interval, PATIENCE_MS), STARTS * startTook),
      ADOPT_INTERVALS * interval,
    ),
  );

/** What the guard does if this daemon dies. */
export interface GuardPlan {
  readonly deadline: Millis;
  /** The goodbye comes before the addresses go off, and may take so long; undefined: after. */
  readonly serveFor: Millis | undefined;
}

/** A start of Node, the slowest backup's skew, and what a claim takes. */
const GOODBYE_MARGIN_MS = 2000;

export function guardPlan(config: Config, startTook: Millis): GuardPlan {
  const { heartbeat, instances } = config;
  const deadline = guardDeadline(shortestInterval(config), startTook);
  if (heartbeat.transport === "udp") return { deadline, serveFor: undefined };
  const second = instances.some(({ vrrp }) => vrrp?.version === 2) ? 1000 : 0;
  const serveFor = ms(
    Math.max(longestInterval(config), second) + STARTS * startTook + GOODBYE_MARGIN_MS,
  );
  return { deadline, serveFor };
}

/** What a dead daemon must not keep. */
export interface GuardedThings {
  readonly vips: readonly PlacedVip[];
  readonly links: readonly NamedVmac[];
}

/** Line by line, for a shell: `deadline SECONDS`, `serve SECONDS`, `macvlan MAC LINK` …,
 * `vip ADDRESS/PREFIX LINK` …, or `ended`. */
export function guardNotes(
  plan: GuardPlan,
  { vips, links }: GuardedThings,
  ended: boolean,
): string {
  const { deadline, serveFor } = plan;
  const lines = [
    `deadline ${(deadline / 1000).toFixed(3)}`,
    ...(serveFor === undefined ? [] : [`serve ${(serveFor / 1000).toFixed(3)}`]),
    // Their VIPs go with them, and nothing is said by their MAC.
    ...links.map(({ name, mac }) => `macvlan ${mac} ${name}`),
    ...vips.map((vip) => `vip ${formatCidr(vip)} ${vip.interface}`),
    ...(ended ? ["ended"] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** A successor that is on its way has as long as it may adopt: for a crash it would be too long. */
export async function awaitSuccessor({ guard }: Places, config: Config): Promise<void> {
  const notes = await readText(guard).catch(() => undefined);
  const deadline = (ADOPT_INTERVALS * shortestInterval(config)) / 1000;
  const patient = notes?.replace(/^deadline .*$/m, `deadline ${deadline.toFixed(3)}`);
  if (patient !== undefined) await writeAtomic(guard, patient).catch(() => undefined);
}

export interface GuardOptions {
  readonly places: Places;
  /** Its prefix for /run and /var. */
  readonly root: string;
  /** A unit of its own runs it, outside this daemon's control group. */
  readonly byUnit: boolean;
  readonly onTrouble: (sentence: string) => void;
}

export interface Guard {
  /** The daemon ends in good order, or leaves all to its successor. */
  close(): void;
}

/** From here on this daemon counts as serving. */
export async function startGuard(options: GuardOptions): Promise<Guard> {
  const { places, byUnit, onTrouble } = options;
  // The guard itself holds it for a moment, whenever it looks.
  const alive = await acquireLock(places.alive, LOCK_PATIENCE);
  if (alive.kind === "held") onTrouble(`${places.alive} is held: no guard watches this daemon`);
  if (!byUnit) return keepGuard(options);
  const told = (error: unknown): void =>
    onTrouble(`the guard's program could not be written: ${messageOf(error)}`);
  void writeAtomic(`${places.run}/guard.sh`, GUARD_SCRIPT, { mode: 0o644 }).catch(told);
  return { close: () => undefined };
}

/** A guard that is killed is started again; without one a dead daemon keeps its addresses. */
function keepGuard({ places, root, onTrouble }: GuardOptions): Guard {
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let pause = RESPAWN_MS;
  const again = (why: string): void => {
    child = undefined;
    if (closed) return;
    onTrouble(`the guard ended: ${why}; it is started again`);
    timer = setTimeout(start, pause).unref();
    pause = Math.min(2 * pause, MAX_RESPAWN_MS);
  };
  const start = (): void => {
    const release = [process.execPath, ...process.execArgv, process.argv[1] ?? "", "release"];
    const goodbye = root === "" ? release : [...release, "--root", root];
    const script = ["-c", GUARD_SCRIPT, "baton-guard", places.run, "once", ...goodbye];
    // A session of its own: signals to this one's group and terminal do not reach it.
    child = spawn("/bin/sh", script, { detached: true, stdio: ["ignore", "inherit", "inherit"] });
    child.on("error", (error) => again(error.message));
    child.on("exit", (code, signal) => again(signal ?? `exit code ${code}`));
    child.unref();
  };
  // Not before the first advert: making a process takes milliseconds.
  const first = setImmediate(start);
  return {
    close: () => {
      closed = true;
      clearImmediate(first);
      clearTimeout(timer);
    },
  };
}

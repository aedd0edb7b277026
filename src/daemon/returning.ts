/** The way back of a role that was handed over for a restart. */
import { unlink } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Places } from "../base/places.ts";
import { type Millis, seconds } from "../base/units.ts";
import { bootTime } from "../os/clock.ts";
import { readText, writeAtomic } from "../os/files.ts";
import { askBack } from "./control.ts";
import type { Log } from "./log.ts";
import type { Running } from "./running.ts";

/** Later it is no restart any more: an operator decides. So long the new process stays away, too. */
export const RETURN_LIMIT: Millis = seconds(60);
const LOOK_MS = 100;

interface Returning {
  /** CLOCK_BOOTTIME. */
  readonly at: number;
  readonly instances: readonly string[];
}

export async function writeReturning(places: Places, instances: readonly string[]): Promise<void> {
  const note: Returning = { at: bootTime(), instances };
  await writeAtomic(places.returning, JSON.stringify(note)).catch(() => undefined);
}

/** What this start is to ask for; once. */
export async function takeReturning(places: Places): Promise<readonly string[]> {
  const text = await readText(places.returning).catch(() => undefined);
  if (text === undefined) return [];
  await unlink(places.returning).catch(() => undefined);
  return parseReturning(text, bootTime());
}

export function parseReturning(text: string, now: number): readonly string[] {
  try {
    const { at, instances } = JSON.parse(text) as Partial<Returning>;
    const age = now - Number(at);
    const known = Array.isArray(instances) && instances.every((one) => typeof one === "string");
    return known && age >= 0 && age <= RETURN_LIMIT ? instances : [];
  } catch {
    return [];
  }
}

/** Resolves when all are back, or it is too late. */
export async function bringBack(
  running: Running,
  names: readonly string[],
  { log, limit = RETURN_LIMIT }: { readonly log: Log; readonly limit?: Millis },
): Promise<void> {
  const end = performance.now() + limit;
  const missing = new Set(names);
  while (missing.size > 0 && performance.now() < end) {
    for (const name of missing) {
      const is = readiness(running, name);
      if (is === "wait") continue;
      if (is === "ask") {
        const master = following(running, name);
        log.info(`${name}: the restart is over, the role is wanted back from ${master}`);
        const reply = await askBack(running, name);
        if (!reply.done) log.warn(reply.sentence);
        else missing.delete(name);
      } else missing.delete(name);
    }
    await sleep(LOOK_MS, undefined, { ref: false });
  }
  for (const name of missing) {
    log.warn(
      `${name} did not come back after the restart: \`baton drill\`, or \`baton failover\` there`,
    );
  }
}

const following = (running: Running, name: string): string => {
  const one = running.loop.state().instances[name];
  return one?.kind === "backup" ? (one.following?.director ?? "") : "";
};

/** Only who knows all connections, and is heard by the master, may have it. */
function readiness(running: Running, name: string): "wait" | "ask" | "done" {
  const one = running.loop.state().instances[name];
  if (!one || one.kind === "master") return "done";
  if (one.kind !== "backup" || !one.level || !one.following) return "wait";
  return one.views[one.following.director]?.hearsUs === true ? "ask" : "wait";
}

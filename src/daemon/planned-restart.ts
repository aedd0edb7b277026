/** Before a restart of a master: whether the next process comes in time, else the role goes first.
 *
 * Adoption has two intervals from the last advert. A start takes longer on a busy machine, with a
 * program that the disk has to be read for, or where the file is refused: so it is rehearsed while
 * this process still serves. What may be late, or would not start, is a planned handover, and back.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Places } from "../base/places.ts";
import { formatDuration, type Millis, ms } from "../base/units.ts";
import { adoptionWindow } from "../config/intervals.ts";
import type { Config } from "../config/types.ts";
import { runProgram } from "../os/process.ts";
import { handOver } from "./control.ts";
import type { Log } from "./log.ts";
import { RETURN_LIMIT, writeReturning } from "./returning.ts";
import type { Running } from "./running.ts";

/** A start may well take half as long again as its rehearsal did a moment ago. */
const SPREAD = 1.5;
/** The old process ends, the service manager notices, forks and runs what is between. */
const SUPERVISOR_MS = 200;
/** The unit gives a stop twenty seconds: this, the handover, and what is written at the end. */
const REHEARSAL_LIMIT_MS = 6000;
const LEAVING_LIMIT_MS = 10_000;
const STEP_MS = 20;

/** Undefined: it comes in time. Who comes late is to get the role again. */
type Late = { readonly why: string; readonly comes: boolean } | undefined;

export interface RestartPorts {
  readonly places: Places;
  readonly log: Log;
  /** The program that comes next, as it was started; ends where it would decide. */
  readonly rehearsal?: readonly string[];
}

/** This process once more: by then another version may lie there. */
const SAME = [process.execPath, ...process.execArgv, ...process.argv.slice(1), "--rehearse"];

export async function prepareRestart(running: Running, ports: RestartPorts): Promise<void> {
  const { log, rehearsal = SAME } = ports;
  const { setup } = running.loop.state();
  const served = servedBy(running, setup.config);
  if (served.length === 0) return;
  const late = await lateness(rehearsal, setup.config, served);
  if (!late) return;
  const returning = served.filter((name) => late.comes && mayReturn(setup.config, name));
  const comes = returning.length > 0 ? `; ${returning.join(", ")} comes back afterwards` : "";
  log.info(`restarting: ${late.why}: ${served.join(", ")} is handed over${comes}`);
  const given = await giveAll(running, served, { returning, log });
  const back = given.filter((name) => returning.includes(name));
  // What is refused is started by a person later, whose restart this is not any more.
  if (back.length > 0) await writeReturning(ports.places, back);
}

/** On protocol 112 nobody can be asked: who never preempts leaves the role where it is. */
const mayReturn = ({ heartbeat, instances }: Config, instance: string): boolean =>
  heartbeat.transport === "udp" ||
  instances.some(({ name, preempt }) => name === instance && preempt.kind !== "never");

const servedBy = (running: Running, { instances }: Config): readonly string[] =>
  instances.map(({ name }) => name).filter((name) => isMaster(running, name));

const isMaster = (running: Running, name: string): boolean =>
  running.loop.state().instances[name]?.kind === "master";

async function lateness(
  command: readonly string[],
  config: Config,
  served: readonly string[],
): Promise<Late> {
  const all = served.map((name) => adoptionWindow(config, name));
  const window = ms(Math.min(...all));
  const began = performance.now();
  const root = process.env["BATON_ROOT"];
  const environment = root === undefined ? {} : { BATON_ROOT: root };
  const ending = await runProgram(command, { limit: REHEARSAL_LIMIT_MS, environment });
  const spent = performance.now() - began;
  // An older program knows no rehearsal, and has got half as far when it says so.
  const older = ending.kind === "ended" && ending.output.includes("--rehearse");
  const took = ms(Math.round(older ? 2 * spent : spent));
  const ended = older || (ending.kind === "ended" && ending.code === 0);
  if (ended && comesInTime(took, window)) return undefined;
  if (!ended && ending.kind !== "killed") {
    return { why: "the next baton would not start", comes: false };
  }
  const [takes, has] = [took, window].map((one) => formatDuration(one));
  return { why: `a start takes ${takes}, and has ${has} at most`, comes: true };
}

export const comesInTime = (rehearsed: Millis, window: Millis): boolean =>
  SPREAD * rehearsed + SUPERVISOR_MS <= window;

/** Those that another director serves now. Who is not given away is adopted, or not. */
async function giveAll(
  running: Running,
  served: readonly string[],
  { returning, log }: { readonly returning: readonly string[]; readonly log: Log },
): Promise<readonly string[]> {
  const force = false;
  const replies = served.flatMap((name) => {
    const hold = returning.includes(name) ? RETURN_LIMIT : ms(0);
    const how = { hold, force, restarting: true } as const;
    // One of a group takes the others along.
    return isMaster(running, name) ? [handOver(running, name, how)] : [];
  });
  for (const { sentence } of await Promise.all(replies)) log.info(sentence);
  const end = performance.now() + LEAVING_LIMIT_MS;
  const kind = (name: string) => running.loop.state().instances[name]?.kind;
  while (served.some((name) => kind(name) === "leaving") && performance.now() < end) {
    await sleep(STEP_MS);
  }
  return served.filter((name) => kind(name) === "backup");
}

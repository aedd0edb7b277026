/** What a settled pair costs: memory and processor time of master and backup. */
import { readdirSync, readFileSync } from "node:fs";
import { sleep } from "../support/process.ts";
import { other, startPair } from "./pair.ts";
import type { Job, ToolName } from "./tools.ts";

export interface Cost {
  /** Of all processes of one director, in MB. */
  readonly rss: number;
  readonly pss: number;
  /** Processor seconds in a minute. */
  readonly cpu: number;
}

export interface CostRun {
  readonly tool: ToolName;
  readonly interval: number;
  readonly instances: number;
  readonly seconds: number;
  readonly master: Cost;
  readonly backup: Cost;
}

/** A start is not what is measured: caches fill, code is compiled, bursts of announcements end. */
const WARM_UP = 10_000;

export async function measureCost(name: ToolName, job: Job, seconds: number): Promise<CostRun> {
  const pair = await startPair(name, job);
  try {
    const master = await pair.settled();
    await sleep(WARM_UP);
    const pids = [master, other(master)].map((host) => family(pair.running(host)?.pid ?? 0));
    const before = pids.map(cpuOf);
    const started = performance.now();
    await sleep(seconds * 1000);
    const minutes = (performance.now() - started) / 60_000;
    const costs = pids.map((of, index) => ({
      rss: sum(of, (pid) => kilobytes(`/proc/${pid}/status`, "VmRSS")),
      pss: sum(of, (pid) => kilobytes(`/proc/${pid}/smaps_rollup`, "Pss")),
      cpu: (cpuOf(of) - (before[index] ?? 0)) / minutes,
    }));
    const [ofMaster, ofBackup] = costs;
    if (!ofMaster || !ofBackup) throw new Error("a director is missing");
    const { interval, instances = 1 } = job;
    return { tool: name, interval, instances, seconds, master: ofMaster, backup: ofBackup };
  } finally {
    await pair.close();
  }
}

export const sum = (pids: readonly number[], of: (pid: number) => number): number =>
  pids.reduce((total, pid) => total + of(pid), 0);

/** A process and all that descend from it. */
export function family(pid: number): readonly number[] {
  const children = readdirSync(`/proc/${pid}/task`)
    .map((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8"))
    .flatMap((text) => text.split(" ").filter(Boolean).map(Number));
  return [pid, ...children.flatMap(family)];
}

/** Seconds on a processor, all threads: the scheduler counts nanoseconds, `stat` only ticks. */
export const cpuOf = (pids: readonly number[]): number =>
  sum(pids, (pid) =>
    readdirSync(`/proc/${pid}/task`)
      .map((task) => readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8"))
      .reduce((total, text) => total + Number(text.split(" ")[0]) / 1e9, 0),
  );

export function kilobytes(file: string, field: string): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(file, "utf8"));
  return Number(line?.[1] ?? Number.NaN) / 1024;
}

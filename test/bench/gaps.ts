/** How regular the adverts of a master are, on idle and on busy cores, and who is fooled. */
import { availableParallelism } from "node:os";
import type { Running } from "../support/process.ts";
import { sleep, start } from "../support/process.ts";
import { other, type Pair, startPair } from "./pair.ts";
import type { ToolName } from "./tools.ts";
import { wall } from "./watch.ts";

export interface GapRun {
  readonly tool: ToolName;
  readonly interval: number;
  readonly busyLoops: number;
  readonly seconds: number;
  /** Times between two adverts as the backup receives them, in milliseconds. */
  readonly gaps: readonly number[];
  readonly falseTakeovers: number;
}

export interface GapOptions {
  readonly interval: number;
  readonly busy: boolean;
  readonly seconds: number;
  readonly instances?: number;
  readonly vrrp?: boolean;
}

export async function measureGaps(name: ToolName, options: GapOptions): Promise<GapRun> {
  const { interval, instances, vrrp } = options;
  const job = { interval, ...(instances && { instances }), ...(vrrp && { vrrp }) };
  const pair = await startPair(name, job);
  const loops = options.busy ? burnCores() : [];
  try {
    return await observe(pair, options, loops.length);
  } finally {
    for (const loop of loops) loop.kill("SIGKILL");
    await pair.close();
  }
}

/** A loop for each core, at the same priority as the directors. */
export const burnCores = (): readonly Running[] =>
  Array.from({ length: availableParallelism() }, () => start(["sh", "-c", "while :; do :; done"]));

async function observe(pair: Pair, options: GapOptions, busyLoops: number): Promise<GapRun> {
  const master = await pair.settled();
  const from = wall();
  await sleep(options.seconds * 1000);
  const to = wall();
  const times = pair.adverts[master].times.filter((time) => time >= from && time <= to);
  const gained = pair.addresses[other(master)].changes.filter(
    ({ at, present }) => present && at >= from && at <= to,
  );
  return {
    tool: pair.tool.name,
    interval: options.interval,
    busyLoops,
    seconds: options.seconds,
    gaps: times.slice(1).map((time, index) => time - (times[index] ?? time)),
    falseTakeovers: gained.length,
  };
}

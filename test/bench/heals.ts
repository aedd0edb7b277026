/** A partition heals: how soon the clients are on the one that stays. */
import type { Report } from "../support/probe.ts";
import { clock, eventually, sleep } from "../support/process.ts";
import { type Pair, startPair } from "./pair.ts";
import { DIRECTORS, type Director, type ToolName } from "./tools.ts";

export interface HealRun {
  readonly tool: ToolName;
  readonly interval: number;
  /** From the heal to the moment from which the winner alone answers, without a gap; milliseconds.
   * Undefined: not while it was watched. */
  readonly settled: number | undefined;
}

/** Both are master for so long. */
const PARTED_INTERVALS = 4;
const TAKEOVER_INTERVALS = 8;
export const WATCHED_MS = 1500;

/** The directors do not hear each other; the client hears both. */
export async function measureHeals(
  name: ToolName,
  interval: number,
  runs: number,
): Promise<readonly HealRun[]> {
  const pair = await startPair(name, { interval });
  try {
    const results: HealRun[] = [];
    for (let run = 0; run < runs; run++) results.push(await heal(pair));
    return results;
  } finally {
    await pair.close();
  }
}

async function heal(pair: Pair): Promise<HealRun> {
  const { segment, job, tool, addresses } = pair;
  await pair.settled();
  const probe = await segment.probe(undefined, 2);
  await segment.network.partition(["lb1"], ["lb2"]);
  const both = (): boolean => DIRECTORS.every((host) => addresses[host].holds());
  await eventually("two masters", both, {
    timeout: TAKEOVER_INTERVALS * job.interval,
    interval: 10,
  });
  await sleep((PARTED_INTERVALS + Math.random()) * job.interval);
  const healedAt = clock();
  await segment.network.healDrops();
  await sleep(WATCHED_MS);
  const owners = DIRECTORS.filter((host) => addresses[host].holds());
  const report = await probe.stop();
  const [winner] = owners;
  const alone = owners.length === 1 && winner !== undefined;
  const since = alone ? onlyBy(report, winner) : undefined;
  return {
    tool: tool.name,
    interval: job.interval,
    settled: since === undefined ? undefined : Math.max(0, since - healedAt),
  };
}

/** Since when `winner` answers alone and without a gap, by the clock of `clock()`. */
function onlyBy({ answers, gaps, probes, answered }: Report, winner: Director): number | undefined {
  const last = answers.at(-1);
  if (last?.by !== winner || answered === 0 || probes === 0) return undefined;
  const silent = gaps.at(-1);
  return Math.max(last.at, silent?.to ?? 0);
}

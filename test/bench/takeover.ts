/** How long clients wait after the master's host has vanished, against what the timers promise. */
import { longestGap, type Report } from "../support/probe.ts";
import { eventually, sleep } from "../support/process.ts";
import { other, type Pair, startPair } from "./pair.ts";
import type { Director, ToolName } from "./tools.ts";
import { wall } from "./watch.ts";

export interface TakeoverRun {
  readonly tool: ToolName;
  readonly interval: number;
  /** From the cut to the VIP on the other host, in milliseconds. */
  readonly cutToVip: number;
  /** From the last advert that the backup heard to its VIP, less what the timers promise. */
  readonly beyondFormula: number;
  readonly clientGap: number;
}

const PROBE_INTERVAL = 1;
const BEFORE = 200;
const AFTERWARDS = 50;

/** Runs in a row that may be spoiled before the pair counts as unable. */
const MAX_SPOILED = 5;

export async function measureTakeovers(
  name: ToolName,
  interval: number,
  runs: number,
): Promise<readonly TakeoverRun[]> {
  const pair = await startPair(name, { interval });
  try {
    const results: TakeoverRun[] = [];
    for (let spoiled = 0; results.length < runs && spoiled <= MAX_SPOILED; ) {
      const run = await takeover(pair);
      spoiled = run ? 0 : spoiled + 1;
      if (run) results.push(run);
    }
    return results;
  } finally {
    await pair.close();
  }
}

/** Undefined where the VIP moved by itself around the cut: short intervals, busy cores. */
async function takeover(pair: Pair): Promise<TakeoverRun | undefined> {
  const { segment, job, tool, adverts, addresses } = pair;
  const master = await pair.settled();
  const backup = other(master);
  // The client may still believe in the host that answered before.
  await segment.network.must("client", ["ip", "neigh", "flush", "dev", "eth0"]);
  const probe = await segment.probe(undefined, PROBE_INTERVAL);
  await probe.answeredBy(master);
  // Any phase of the interval is as likely as another.
  await sleep(BEFORE + Math.random() * job.interval);
  const spoiled = addresses[backup].holds() || !addresses[master].holds();
  const cutAt = wall();
  segment.network.isolate(master);
  const vipAt = await eventually(
    `${tool.name}: takeover`,
    () => addresses[backup].changes.find(({ at, present }) => present && at > cutAt)?.at,
    { timeout: 5 * job.interval + 1000, interval: 5 },
  ).catch(() => undefined);
  await probe.answeredBy(backup, 5000).catch(() => undefined);
  await sleep(AFTERWARDS);
  const report = await probe.stop();
  segment.network.rejoin(master);
  if (spoiled || vipAt === undefined) return undefined;
  const heardAt = adverts[master].lastBefore(vipAt) ?? Number.NaN;
  return {
    tool: tool.name,
    interval: job.interval,
    cutToVip: vipAt - cutAt,
    beyondFormula: vipAt - heardAt - tool.downTime(job.interval),
    clientGap: gapTo(report, backup),
  };
}

/** The silence before the new master's first answer. */
export function gapTo(report: Report, by: Director): number {
  const first = report.answers.find((answer) => answer.by === by);
  return first === undefined ? Number.NaN : longestGap(report, 0, first.at + 1);
}

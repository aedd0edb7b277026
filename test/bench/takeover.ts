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
  /** From the last advert that was heard to the VIP, beyond what the timers promise. */
  readonly beyondFormula: number;
  readonly clientGap: number;
}

/** A slower probe leaves the cores alone; a gap is known to one step of it. */
const PROBE_INTERVAL = 1;
const AFTERWARDS = 50;

export async function measureTakeovers(
  name: ToolName,
  interval: number,
  runs: number,
): Promise<readonly TakeoverRun[]> {
  const pair = await startPair(name, { interval });
  try {
    const results: TakeoverRun[] = [];
    for (let run = 0; run < runs; run++) results.push(await takeover(pair));
    return results;
  } finally {
    await pair.close();
  }
}

async function takeover(pair: Pair): Promise<TakeoverRun> {
  const { segment, job, tool, adverts, addresses } = pair;
  const master = await pair.settled();
  const backup = other(master);
  // The client may still believe in the host that answered before.
  await segment.network.must("client", ["ip", "neigh", "flush", "dev", "eth0"]);
  const probe = await segment.probe(undefined, PROBE_INTERVAL);
  await probe.answeredBy(master);
  // Any phase of the interval is as likely as another.
  await sleep(200 + Math.random() * job.interval);
  const cutAt = wall();
  segment.network.isolate(master);
  const vipAt = await eventually(
    `${tool.name}: takeover`,
    () => addresses[backup].changes.find(({ at, present }) => present && at > cutAt)?.at,
    { timeout: 10 * job.interval + 5000, interval: 5 },
  );
  await probe.answeredBy(backup, 5000).catch(() => undefined);
  await sleep(AFTERWARDS);
  const report = await probe.stop();
  const heardAt = adverts[master].lastBefore(vipAt);
  segment.network.rejoin(master);
  return {
    tool: tool.name,
    interval: job.interval,
    cutToVip: vipAt - cutAt,
    beyondFormula: vipAt - (heardAt ?? Number.NaN) - tool.downTime(job.interval),
    clientGap: gapTo(report, backup),
  };
}

/** The silence before the new master's first answer. */
export function gapTo(report: Report, by: Director): number {
  const first = report.answers.find((answer) => answer.by === by);
  return first === undefined ? Number.NaN : longestGap(report, 0, first.at + 1);
}

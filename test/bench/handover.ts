/** What clients notice when the master is stopped in an orderly way. */

import { longestGap } from "../support/probe.ts";
import { sleep } from "../support/process.ts";
import { other, type Pair, startPair } from "./pair.ts";
import type { ToolName } from "./tools.ts";
import { wall } from "./watch.ts";

export interface HandoverRun {
  readonly tool: ToolName;
  readonly interval: number;
  /** From SIGTERM to the VIP on the other host, in milliseconds. */
  readonly stopToVip: number;
  /** The longest time without an answer while the VIP moved. */
  readonly clientGap: number;
  /** Probes that nobody answered. */
  readonly lost: number;
}

const BEFORE = 200;
const AFTERWARDS = 300;

export async function measureHandovers(
  name: ToolName,
  interval: number,
  runs: number,
): Promise<readonly HandoverRun[]> {
  const pair = await startPair(name, { interval });
  try {
    const results: HandoverRun[] = [];
    for (let run = 0; run < runs; run++) results.push(await handover(pair));
    return results;
  } finally {
    await pair.close();
  }
}

async function handover(pair: Pair): Promise<HandoverRun> {
  const { segment, job, tool, addresses } = pair;
  const master = await pair.settled();
  const backup = other(master);
  await segment.network.must("client", ["ip", "neigh", "flush", "dev", "eth0"]);
  const probe = await segment.probe(undefined, 1);
  await probe.answeredBy(master);
  await sleep(BEFORE + Math.random() * job.interval);
  const stopAt = wall();
  await pair.running(master)?.stop();
  await probe.answeredBy(backup, 5000 + 4 * job.interval);
  await sleep(AFTERWARDS);
  const report = await probe.stop();
  const vipAt = addresses[backup].changes.find(({ at, present }) => present && at > stopAt)?.at;
  pair.start(master);
  // A director that has just started has to be heard before it can be asked.
  await sleep(job.interval * 2 + BEFORE);
  return {
    tool: tool.name,
    interval: job.interval,
    stopToVip: (vipAt ?? Number.NaN) - stopAt,
    clientGap: longestGap(report),
    lost: report.probes - report.answered,
  };
}

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
/** The probe starts in this time. */
const BEFORE = 300;
const ANSWER_TIMEOUT = 5000;
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
  const { segment, job, addresses } = pair;
  const master = await pair.settled();
  // The client may still believe in the host that answered before.
  await segment.network.must("client", ["ip", "neigh", "flush", "dev", "eth0"]);
  const probe = await segment.probe(undefined, PROBE_INTERVAL);
  // Any phase of the interval is as likely as another.
  await sleep(BEFORE + Math.random() * job.interval);
  const spoiled = addresses[other(master)].holds() || !addresses[master].holds();
  const cutAt = wall();
  segment.network.isolate(master);
  try {
    const vipAt = await gained(pair, other(master), cutAt);
    await probe.answeredBy(other(master), ANSWER_TIMEOUT).catch(() => undefined);
    await sleep(AFTERWARDS);
    const report = await probe.stop();
    return spoiled ? undefined : judge(pair, report, { master, cutAt, vipAt });
  } catch {
    await probe.stop();
    return undefined;
  } finally {
    segment.network.rejoin(master);
  }
}

const gained = ({ tool, job, addresses }: Pair, host: Director, since: number): Promise<number> =>
  eventually(
    `${tool.name}: takeover`,
    () => addresses[host].changes.find(({ at, present }) => present && at > since)?.at,
    { timeout: 5 * job.interval + 1000, interval: 5 },
  );

function judge(
  { tool, job, adverts }: Pair,
  report: Report,
  { master, cutAt, vipAt }: { master: Director; cutAt: number; vipAt: number },
): TakeoverRun | undefined {
  const heardAt = adverts[master].lastBefore(vipAt);
  const first = report.answers[0]?.by;
  // The backup answered from the start: the client followed an earlier announcement.
  if (heardAt === undefined || first !== master) return undefined;
  return {
    tool: tool.name,
    interval: job.interval,
    cutToVip: vipAt - cutAt,
    beyondFormula: vipAt - heardAt - tool.downTime(job.interval),
    clientGap: gapTo(report, other(master)),
  };
}

/** The silence before the new master's first answer. */
export function gapTo(report: Report, by: Director): number {
  const first = report.answers.find((answer) => answer.by === by);
  return first === undefined ? Number.NaN : longestGap(report, 0, first.at + 1);
}

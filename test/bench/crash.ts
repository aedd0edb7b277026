/** What clients and the pair notice when the master's daemon dies or freezes, its host alive. */
import { readFileSync } from "node:fs";
import { longestGap } from "../support/probe.ts";
import { sleep } from "../support/process.ts";
import { other, type Pair, startPair } from "./pair.ts";
import type { Director, ToolName } from "./tools.ts";
import { wall } from "./watch.ts";

/** `restarted` at once by whoever supervises it; `left` dead; `frozen` for a while, then thawed. */
export type CrashFault = "restarted" | "left" | "frozen";

export interface CrashRun {
  readonly tool: ToolName;
  readonly fault: CrashFault;
  readonly interval: number;
  readonly clientGap: number;
  /** From the fault to the VIP on the other host, in milliseconds; undefined: it never moved. */
  readonly moved: number | undefined;
  /** From the fault to the VIP off the dead one's host; undefined: it stayed. */
  readonly off: number | undefined;
  /** How long both hosts had it after the thaw. */
  readonly overlap: number | undefined;
}

const BEFORE = 300;
const FROZEN_INTERVALS = 5;
/** Silence, skew and as much again. */
const WATCHED_INTERVALS = 6;
const WATCHED_MS = 700;

export async function measureCrashes(
  name: ToolName,
  job: { readonly fault: CrashFault; readonly interval: number },
  runs: number,
): Promise<readonly CrashRun[]> {
  const results: CrashRun[] = [];
  const pair = await startPair(name, { interval: job.interval });
  try {
    for (let run = 0; run < runs; run++) results.push(await crash(pair, job.fault));
    return results;
  } finally {
    await pair.close();
  }
}

async function crash(pair: Pair, fault: CrashFault): Promise<CrashRun> {
  const { segment, job, tool, addresses } = pair;
  const master = await pair.settled();
  await segment.network.must("client", ["ip", "neigh", "flush", "dev", "eth0"]);
  const probe = await segment.probe(undefined, 1);
  await probe.answeredBy(master);
  await sleep(BEFORE + Math.random() * job.interval);
  const at = wall();
  const thawedAt = await inflict(pair, master, fault);
  await sleep(WATCHED_INTERVALS * job.interval + WATCHED_MS);
  const report = await probe.stop();
  const after = (host: Director, present: boolean): number | undefined =>
    addresses[host].changes.find((change) => change.present === present && change.at > at)?.at;
  const moved = after(other(master), true);
  const off = after(master, false);
  const overlap = thawedAt === undefined ? undefined : overlapSince(pair, master, thawedAt);
  await recover(pair, master, fault);
  return {
    tool: tool.name,
    fault,
    interval: job.interval,
    clientGap: longestGap(report),
    moved: moved === undefined ? undefined : moved - at,
    off: off === undefined ? undefined : off - at,
    overlap,
  };
}

/** Resolves with the time of the thaw. */
async function inflict(
  pair: Pair,
  master: Director,
  fault: CrashFault,
): Promise<number | undefined> {
  const pids = pidsOf(pair, master);
  if (fault === "restarted") {
    // keepalived's parent supervises its worker; baton has whoever started it.
    const [parent, ...workers] = pids;
    for (const pid of workers.length > 0 ? workers : [parent ?? -1]) kill(pid, "SIGKILL");
    if (workers.length === 0) pair.start(master);
    return undefined;
  }
  if (fault === "left") {
    for (const pid of pids) kill(pid, "SIGKILL");
    return undefined;
  }
  for (const pid of pids) kill(pid, "SIGSTOP");
  await sleep(FROZEN_INTERVALS * pair.job.interval);
  const thawedAt = wall();
  for (const pid of pids) kill(pid, "SIGCONT");
  return thawedAt;
}

async function recover(pair: Pair, master: Director, fault: CrashFault): Promise<void> {
  // After some crashes of its worker keepalived's parent does not start another one.
  const tired = fault === "restarted" && pair.tool.name === "keepalived";
  if (fault !== "left" && !tired) return;
  if (tired) for (const pid of pidsOf(pair, master)) kill(pid, "SIGKILL");
  // While the old one is still there, by its pid file, the new one does not start.
  await pair.running(master)?.ended;
  pair.start(master);
  await sleep(pair.job.interval * 2 + BEFORE);
}

/** The daemon and its own children of one kind; keepalived has a worker below its parent. */
function pidsOf(pair: Pair, host: Director): readonly number[] {
  const pid = pair.running(host)?.pid ?? -1;
  if (pair.tool.name === "baton") return [pid];
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return [pid, ...children.split(" ").filter(Boolean).map(Number)];
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It went with its parent.
  }
}

/** Until the one that woke lets go, or the other one does. */
function overlapSince({ addresses }: Pair, woken: Director, since: number): number {
  const both = addresses[woken].holds() && addresses[other(woken)].holds();
  if (both) return Number.POSITIVE_INFINITY;
  const gone = [woken, other(woken)].flatMap((host) =>
    addresses[host].changes.filter(({ at, present }) => !present && at > since).map(({ at }) => at),
  );
  return gone.length === 0 ? 0 : Math.max(0, Math.min(...gone) - since);
}

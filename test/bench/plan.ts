/** What is measured, how often, in which order. */

import { type ChecksJob, type ChecksRun, measureChecks } from "./checks.ts";
import { type ConnectionResult, measureConnections } from "./connections.ts";
import { type CostRun, measureCost } from "./cost.ts";
import { type CrashFault, type CrashRun, measureCrashes } from "./crash.ts";
import { type GapRun, measureGaps } from "./gaps.ts";
import { type HandoverRun, measureHandovers } from "./handover.ts";
import { type HealRun, measureHeals } from "./heals.ts";
import { type IpvsadmRun, measureIpvsadm } from "./ipvsadm.ts";
import { measureStarts, type StartRun } from "./start.ts";
import { measureTable, type TableResult } from "./table.ts";
import { measureTakeovers, type TakeoverRun } from "./takeover.ts";
import { TOOLS, type ToolName } from "./tools.ts";
import { measureVrrp, type VrrpResult } from "./vrrp.ts";

/** Numbers of runs, and seconds of observation. */
export interface Effort {
  readonly takeovers: Readonly<Record<number, number>>;
  readonly handovers: number;
  /** Of each fault and interval. */
  readonly crashes: number;
  readonly heals: Readonly<Record<ToolName, number>>;
  /** Of each story, pairing and interval. */
  readonly vrrps: number;
  readonly starts: number;
  readonly tables: number;
  readonly ipvsadms: number;
  /** In a table that is taught whole. */
  readonly connections: number;
  readonly costSeconds: number;
  readonly checkSeconds: number;
  /** Of checks beside busy loops. */
  readonly busySeconds: number;
  /** Of a checked server, in each run. */
  readonly deaths: number;
  readonly gapSeconds: number;
}

export const FULL: Effort = {
  takeovers: { 1000: 20, 250: 20, 100: 20, 20: 20 },
  handovers: 20,
  crashes: 10,
  heals: { baton: 100, keepalived: 30 },
  vrrps: 4,
  starts: 15,
  tables: 3,
  ipvsadms: 7,
  connections: 100_000,
  costSeconds: 30,
  checkSeconds: 15,
  busySeconds: 600,
  deaths: 5,
  gapSeconds: 30,
};

export const QUICK: Effort = {
  takeovers: { 1000: 4, 250: 6, 100: 6, 20: 6 },
  handovers: 5,
  crashes: 4,
  heals: { baton: 10, keepalived: 10 },
  vrrps: 1,
  starts: 4,
  tables: 1,
  ipvsadms: 3,
  connections: 20_000,
  costSeconds: 10,
  checkSeconds: 8,
  busySeconds: 20,
  deaths: 2,
  gapSeconds: 8,
};

/** What a section found; sections that did not run are absent. */
export interface Results {
  takeover?: readonly TakeoverRun[];
  handover?: readonly HandoverRun[];
  crash?: readonly CrashRun[];
  heals?: readonly HealRun[];
  vrrp?: VrrpResult;
  start?: readonly StartRun[];
  cost?: readonly CostRun[];
  gaps?: readonly GapRun[];
  table?: TableResult;
  connections?: ConnectionResult;
  ipvsadm?: readonly IpvsadmRun[];
  checks?: readonly ChecksRun[];
}

export type Section = keyof Results;

/** Long intervals are mostly waiting: two pairs do not disturb each other there. */
const TOGETHER = 250;
const HANDOVER_INTERVALS = [1000, 250] as const;
const CRASHES: readonly { readonly fault: CrashFault; readonly interval: number }[] = [
  { fault: "restarted", interval: 1000 },
  { fault: "restarted", interval: 250 },
  { fault: "left", interval: 1000 },
  { fault: "left", interval: 250 },
  { fault: "frozen", interval: 1000 },
];
const HEAL_INTERVAL = 250;
const GAP_INTERVAL = 100;
const COSTS = [
  { interval: 250, instances: 1 },
  { interval: 1000, instances: 100 },
  { interval: 1000, instances: 255 },
] as const;

const CHECKS: readonly ChecksJob[] = [
  { type: "tcp", count: 1000 },
  { type: "tcp", count: 5000 },
  { type: "http", count: 1000 },
];

const BUSY_CHECKS: ChecksJob = { type: "tcp", count: 1000, busy: true };

export const SECTIONS: Readonly<
  Record<Section, (effort: Effort, tell: (what: string) => void) => Promise<Results>>
> = {
  takeover: async ({ takeovers }, tell) => {
    const all: TakeoverRun[] = [];
    // Numeric keys come in ascending order.
    for (const [key, runs] of Object.entries(takeovers)) {
      const interval = Number(key);
      tell(`takeover at ${interval} ms`);
      const measure = (name: ToolName) => measureTakeovers(name, interval, runs);
      all.push(...(await (interval >= TOGETHER ? atOnce : inTurn)(measure)).flat());
    }
    return { takeover: all };
  },
  handover: async ({ handovers }, tell) => {
    const all: HandoverRun[] = [];
    for (const interval of HANDOVER_INTERVALS) {
      tell(`planned handover at ${interval} ms`);
      const measure = (name: ToolName) => measureHandovers(name, interval, handovers);
      all.push(...(await atOnce(measure)).flat());
    }
    return { handover: all };
  },
  crash: async ({ crashes }, tell) => {
    const all: CrashRun[] = [];
    for (const job of CRASHES) {
      tell(`a daemon that is ${job.fault} at ${job.interval} ms`);
      all.push(...(await atOnce((name) => measureCrashes(name, job, crashes))).flat());
    }
    return { crash: all };
  },
  heals: async ({ heals }, tell) => {
    tell("partitions that heal");
    const measure = (name: ToolName) => measureHeals(name, HEAL_INTERVAL, heals[name]);
    return { heals: (await atOnce(measure)).flat() };
  },
  vrrp: async ({ vrrps, gapSeconds }, tell) => ({
    vrrp: await measureVrrp(vrrps, gapSeconds, tell),
  }),
  start: async ({ starts }, tell) => {
    tell("start");
    return { start: await measureStarts(starts) };
  },
  cost: async ({ costSeconds }, tell) => {
    const all: CostRun[] = [];
    for (const job of COSTS) {
      tell(`cost of ${job.instances} instances at ${job.interval} ms`);
      // Processor time is counted, not waited for: both may run.
      all.push(...(await atOnce((name) => measureCost(name, job, costSeconds))));
    }
    return { cost: all };
  },
  gaps: async ({ gapSeconds }, tell) => {
    const all: GapRun[] = [];
    for (const busy of [false, true]) {
      tell(`adverts on ${busy ? "busy" : "idle"} cores`);
      const options = { interval: GAP_INTERVAL, busy, seconds: gapSeconds };
      all.push(...(await inTurn((name) => measureGaps(name, options))));
    }
    return { gaps: all };
  },
  table: async ({ tables }, tell) => {
    tell("IPVS table, in the lab's kernel");
    return { table: await measureTable(tables) };
  },
  connections: async ({ connections }, tell) => {
    tell("connections, in the lab's kernel");
    return { connections: await measureConnections(connections) };
  },
  checks: async ({ checkSeconds: seconds, busySeconds, deaths }, tell) => {
    tell("adverts without checks");
    const all = [await measureChecks("baton", { type: "tcp", count: 0 }, { seconds, deaths })];
    for (const job of CHECKS) {
      tell(`${job.count} ${job.type} checks`);
      all.push(...(await inTurn((name) => measureChecks(name, job, { seconds, deaths }))));
    }
    tell(`${BUSY_CHECKS.count} ${BUSY_CHECKS.type} checks on busy cores`);
    const busy = { seconds: busySeconds, deaths };
    all.push(...(await atOnce((name) => measureChecks(name, BUSY_CHECKS, busy))));
    return { checks: all };
  },
  ipvsadm: async ({ ipvsadms }, tell) => {
    tell("the command ipvsadm, in the lab's kernel");
    return { ipvsadm: await measureIpvsadm(ipvsadms) };
  },
};

const atOnce = <T>(measure: (name: ToolName) => Promise<T>): Promise<readonly T[]> =>
  Promise.all(TOOLS.map(measure));

async function inTurn<T>(measure: (name: ToolName) => Promise<T>): Promise<readonly T[]> {
  const results: T[] = [];
  for (const name of TOOLS) results.push(await measure(name));
  return results;
}

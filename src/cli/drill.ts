/** `baton drill`: a planned handover and the way back, with the gap that clients see measured. */
import { setTimeout as sleep } from "node:timers/promises";
import { BatonError } from "../base/errors.ts";
import { DEFAULT_HOLD_MS, type Reply } from "../control/api.ts";
import { askStatus, command } from "../control/client.ts";
import type { InstanceSnapshot, Snapshot } from "../core/director/snapshot-types.ts";
import { type Context, EXIT, print, printJson } from "./context.ts";
import { stuckAt } from "./drill/by-adverts.ts";
import { ownComplaints, type Plan } from "./drill/fitness.ts";
import { isHeldBy, type Leg, type LegPlan, runLeg } from "./drill/leg.ts";
import { type Observer, observe } from "./drill/observer.ts";
import { peerComplaints, planDrill } from "./drill/plan.ts";
import { type DrillReport, renderDrill } from "./drill/report.ts";
import { peersOf, vipsOf } from "./status.ts";
import { styleOf, wrap } from "./text.ts";

export interface DrillOptions {
  readonly instance: string | undefined;
  /** Milliseconds. */
  readonly maxGap?: number;
  readonly stay?: boolean;
  readonly json?: boolean;
}

const DEFAULT_MAX_GAP_MS = 100;
/** Long enough for the way back, short enough not to matter if this process is killed. */
const DRILL_HOLD_MS = 120_000;
/** Watching before the first command: who holds the VIPs has to be plain. */
const BASELINE_MS = 200;
const LOOK_EVERY_MS = 100;
/** A connection table counts as complete after ten seconds. */
const FIT_LIMIT_MS = 30_000;
/** It ends in good order, without a hold. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** A handover may take this many silences of the heartbeat to settle, and a second. */
const SETTLE_SILENCES = 3;

type Ready = Extract<Plan, { kind: "ready" }>;

/** What the steps of one drill share. */
interface Drill {
  readonly socket: string;
  readonly self: string;
  readonly plan: Ready;
  readonly limitMs: number;
  readonly stay: boolean;
  readonly signal: AbortSignal;
}

export async function drill(context: Context, options: DrillOptions): Promise<number> {
  const { socket } = context.places;
  const snapshot = await fetchStatus(socket);
  const plan = planDrill(snapshot, { name: options.instance, stay: options.stay ?? false });
  const maxGapMs = options.maxGap ?? DEFAULT_MAX_GAP_MS;
  const stay = options.stay ?? false;
  const common = {
    director: snapshot.director,
    maxGapMs,
    holdMs: stay ? DEFAULT_HOLD_MS : undefined,
    interrupted: false,
  };
  if (plan.kind === "unfit") {
    const report = { ...common, unknown: [], legs: [], problems: plan.reasons, ok: false };
    return conclude(context, { ...report, instance: options.instance }, options);
  }
  const { missed } = snapshot.heartbeat;
  const intervalMs = plan.instance.vrrp?.intervalMs ?? snapshot.heartbeat.intervalMs;
  const interrupted = new AbortController();
  const onSignal = (): void => interrupted.abort();
  for (const signal of SIGNALS) process.once(signal, onSignal);
  try {
    const { legs, problems } = await rehearse(snapshot, {
      socket,
      self: snapshot.director,
      plan,
      limitMs: 1000 + SETTLE_SILENCES * missed * intervalMs,
      stay,
      signal: interrupted.signal,
    });
    const ok = problems.length === 0 && legs.every((leg) => leg.done && leg.gapMs <= maxGapMs);
    const { name } = plan.instance;
    const { unknown } = plan;
    const how = { interrupted: interrupted.signal.aborted, unknown, legs, problems, ok };
    return conclude(context, { ...common, instance: name, ...how }, options);
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  }
}

function conclude(context: Context, report: DrillReport, options: DrillOptions): number {
  if (options.json) printJson(context, { format: 1, ...report });
  else {
    const lines = renderDrill(report, styleOf(context.io.colour));
    print(context, ...lines.flatMap((line) => wrap(line, context.io.columns)));
  }
  return report.ok ? EXIT.done : EXIT.failed;
}

interface Rehearsed {
  readonly legs: readonly Leg[];
  readonly problems: readonly string[];
}

async function rehearse(snapshot: Snapshot, one: Drill): Promise<Rehearsed> {
  const { plan, self } = one;
  const vips = vipsOf({ instances: [plan.instance] });
  const observer = await observe({ self, vips, peers: peersOf(snapshot) });
  const legs: Leg[] = [];
  try {
    const problems = await baseline(observer, one);
    if (problems.length > 0) return { legs, problems };
    const there = { from: plan.from, to: plan.to };
    legs.push(await runLeg(observer, legPlan(one, there), one.signal));
    if (!one.stay && legs.every(({ done }) => done)) {
      const stuck = await waitUntilOpen(one);
      if (stuck !== undefined) return { legs, problems: [stuck] };
      const back = { from: plan.to, to: plan.from };
      legs.push(await runLeg(observer, legPlan(one, back), one.signal));
    }
    return { legs, problems: [] };
  } catch (error) {
    if (!one.signal.aborted && !(error instanceof BatonError)) throw error;
    const why = error instanceof BatonError ? error.message : await interruptedWords(one);
    return { legs, problems: [why] };
  } finally {
    observer.close();
    await endHold(one);
  }
}

/** Nobody brings the role back after that: where it is has to be said. */
async function interruptedWords({ socket, plan }: Drill): Promise<string> {
  const name = plan.instance.name;
  const snapshot = await fetchStatus(socket).catch(() => undefined);
  const master = snapshot?.instances.find((one) => one.name === name)?.master;
  const where = master === undefined ? "who serves now is not known" : `${master} serves now`;
  return `it was interrupted: ${where}, ${plan.from} did before`;
}

/** Who holds the VIPs before anything is done. */
async function baseline(observer: Observer, { plan, self, signal }: Drill): Promise<string[]> {
  await sleep(BASELINE_MS, undefined, { signal });
  return observer.vips.flatMap((vip) => {
    const holders = observer.holders(vip);
    if (isHeldBy(plan.from, holders, self)) return [];
    const found = holders.length === 0 ? "nobody" : holders.join(" and ");
    return [`${vip} is held by ${found}, not by ${plan.from} alone`];
  });
}

/** This director gives by a failover, and gets by asking the master for it, or by the end of its
 * hold where nobody can be asked. */
function legPlan(one: Drill, leg: { readonly from: string; readonly to: string }): LegPlan {
  const { socket, self, plan, stay } = one;
  const { name } = plan.instance;
  const give = (): Promise<Reply> =>
    command(socket, "/v1/failover", {
      instance: name,
      holdMs: stay ? DEFAULT_HOLD_MS : DRILL_HOLD_MS,
    });
  const take = (): Promise<Reply> => command(socket, "/v1/takeover", { instance: name });
  const wait = (): Promise<Reply> => command(socket, "/v1/resume", { instance: name });
  if (leg.from === self) return { ...leg, self, limitMs: one.limitMs, command: give };
  const limitMs = one.limitMs + (plan.waitsMs ?? 0);
  return { ...leg, self, limitMs, command: plan.waitsMs === undefined ? take : wait };
}

/** Why there is no way back; undefined when there is. */
async function waitUntilOpen(one: Drill): Promise<string | undefined> {
  const { plan, socket } = one;
  if (plan.waitsMs === undefined) {
    await waitUntilFit(one);
    return undefined;
  }
  const { instances } = await fetchStatus(socket);
  const now = instances.find(({ name }) => name === plan.instance.name);
  return now && stuckAt(now, plan.instance);
}

/** The way back needs the giver as fit as the taker was; its hold ends first. */
async function waitUntilFit(one: Drill): Promise<void> {
  const { socket, plan, signal } = one;
  if (plan.giving) await command(socket, "/v1/resume", { instance: plan.instance.name });
  const end = performance.now() + FIT_LIMIT_MS;
  for (;;) {
    const snapshot = await fetchStatus(socket);
    const complaints = wayBackComplaints(snapshot, plan);
    if (complaints.length === 0) return;
    if (performance.now() > end) {
      const why = complaints.join("; ");
      throw new BatonError("BATON_REFUSED", `the way back is not open after 30 s: ${why}`);
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

function wayBackComplaints(snapshot: Snapshot, plan: Ready): readonly string[] {
  const instance = snapshot.instances.find(({ name }) => name === plan.instance.name);
  if (!instance) return ["the instance is gone"];
  if (!plan.giving) return peerComplaints(snapshot, instance, plan.from);
  // With preemption it may have come back by itself already.
  if (instance.state === "master") return [];
  return [...ownComplaints(snapshot.director, instance), ...followComplaints(instance, plan.to)];
}

const followComplaints = (instance: InstanceSnapshot, master: string): readonly string[] => {
  if (instance.state !== "backup") return [`this director is in state ${instance.state}`];
  const peer = instance.peers.find(({ director }) => director === master);
  return peer?.state === "master" && peer.hearsUs ? [] : [`${master} is not settled as master`];
};

/** A drill leaves nothing behind but, with --stay, the role where it is. */
async function endHold({ socket, plan, stay }: Drill): Promise<void> {
  if (stay) return;
  await command(socket, "/v1/resume", { instance: plan.instance.name }).catch(() => undefined);
}

async function fetchStatus(socket: string): Promise<Snapshot> {
  const answer = await askStatus(socket);
  if (answer.kind === "running") return answer.snapshot;
  if (answer.kind === "notRunning") {
    throw new BatonError("BATON_NOT_RUNNING", `no daemon answers on ${socket}`);
  }
  throw new BatonError("BATON_TIMEOUT", `the daemon did not answer within ${answer.afterMs} ms`);
}

/** Commands of the control socket: each becomes an event, and is answered when it is carried out. */
import { setTimeout as sleep } from "node:timers/promises";
import { ms } from "../base/units.ts";
import type { CommandHandlers, ControlHandlers, FailoverRequest, Reply } from "../control/api.ts";
import type { DirectorEffect } from "../core/director/effects.ts";
import type { Failover } from "../core/vrrp/types.ts";
import { decide } from "./decide.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { Pushes } from "./push.ts";
import type { Reloads } from "./reloads.ts";
import type { Running } from "./running.ts";

/** A handover takes a skew and a tenth of a second, the kernel's part included in what is left. */
const COMMAND_LIMIT_MS = 10_000;

export function controlHandlers(
  running: Running,
  { reloads, pushes, metrics }: Offices,
): ControlHandlers {
  return {
    ...reloadHandlers({ reloads, pushes }),
    status: () => running.snapshot(),
    metrics: async () => ({ text: await metrics.render() }),
    ...commandHandlers(running),
  };
}

export const commandHandlers = (running: Running): CommandHandlers => ({
  failover: async (request) => remembered(running, await failover(running, request)),
  resume: (request) => remembered(running, resume(running, request.instance)),
  takeover: (request) => takeover(running, request.instance),
  server: (request) => remembered(running, decide(running, request)),
});

/** Who looks after configurations, and who tells how all goes. */
export interface Offices {
  readonly reloads: Reloads;
  readonly pushes: Pushes;
  readonly metrics: Pick<Metrics, "render">;
}

type ReloadHandlers = Pick<
  ControlHandlers,
  "plan" | "reload" | "rollback" | "confirm" | "configurations" | "push" | "peers"
>;

const reloadHandlers = ({ reloads, pushes }: Omit<Offices, "metrics">): ReloadHandlers => ({
  push: (request) => pushes.push(request),
  peers: (question) => pushes.ask(question),
  plan: (file) => reloads.plan(file),
  reload: ({ move, confirmMs }) =>
    reloads.reload({ move, confirm: confirmMs === undefined ? undefined : ms(confirmMs) }),
  rollback: ({ number, move }) => reloads.rollback(number, move),
  confirm: () => reloads.confirm(),
  configurations: () => reloads.history(),
});

/** A disk that hangs holds no answer up for longer. */
const DISK_LIMIT_MS = 1000;

/** What somebody was told is done outlives the daemon: it is written before the answer. */
async function remembered(running: Running, reply: Reply): Promise<Reply> {
  await Promise.race([running.remember(), sleep(DISK_LIMIT_MS, undefined, { ref: false })]);
  return reply;
}

async function failover(running: Running, request: FailoverRequest): Promise<Reply> {
  const names = instancesOf(running, request.instance, "master");
  if (typeof names === "string") return { done: false, sentence: names };
  const { holdMs, force } = request;
  const how = { hold: ms(holdMs), force };
  const replies = await Promise.all(names.map((name) => handOver(running, name, how)));
  const done = replies.every((reply) => reply.done);
  return { done, sentence: replies.map((reply) => reply.sentence).join("; ") };
}

/** Resolves when the handover is over, or refused. */
export function handOver(running: Running, name: string, how: Failover): Promise<Reply> {
  const outcome = awaitOutcome(running, name, "backup", COMMAND_LIMIT_MS);
  running.loop.dispatch({ kind: "failover", instance: name, ...how });
  return outcome;
}

/** How long the master is asked before this director gives up. */
const PATIENCE_MS = 3000;

async function takeover(running: Running, instance: string | undefined): Promise<Reply> {
  const names = instancesOf(running, instance, "backup");
  if (typeof names === "string") return { done: false, sentence: names };
  const replies = await Promise.all(names.map((name) => askFor(running, name)));
  const done = replies.every((reply) => reply.done);
  return { done, sentence: replies.map((reply) => reply.sentence).join("; ") };
}

function askFor(running: Running, name: string): Promise<Reply> {
  const outcome = awaitOutcome(running, name, "master", PATIENCE_MS);
  running.loop.dispatch({ kind: "takeover", instance: name, patience: ms(PATIENCE_MS) });
  return outcome;
}

/** What was given away comes back: on protocol 112 by itself, once this director may again. */
export async function askBack(running: Running, name: string): Promise<Reply> {
  const { transport } = running.loop.state().setup.config.heartbeat;
  if (transport === "vrrp") return resume(running, name);
  return await askFor(running, name);
}

/** Resolves at the first refusal, when the role is as wanted, or when the time is over. */
function awaitOutcome(
  running: Running,
  name: string,
  wanted: "master" | "backup",
  limit: number,
): Promise<Reply> {
  return new Promise((resolve) => {
    const settle = (done: boolean, sentence: string): void => {
      clearTimeout(timer);
      unsubscribe();
      resolve({ done, sentence: `${name}: ${sentence}` });
    };
    const timer = setTimeout(() => settle(false, "no outcome in time"), limit);
    const unsubscribe = running.subscribe((effect) => {
      if (!("instance" in effect) || effect.instance !== name) return;
      const outcome = wanted === "master" ? gained(effect) : lost(effect);
      if (outcome) settle(outcome.done, outcome.sentence);
    });
  });
}

function lost(effect: DirectorEffect): Reply | undefined {
  if (effect.kind === "refused") return { done: false, sentence: effect.sentence };
  if (effect.kind !== "transition" || effect.transition.to === "leaving") return undefined;
  const { to, cause } = effect.transition;
  if (to === "backup") {
    const successor = cause.kind === "command" ? cause.successor : undefined;
    return { done: true, sentence: successor ? `${successor} has taken over` : "let go" };
  }
  const why =
    cause.kind === "handoverFailed" ? `${cause.successor} did not take over in time; ` : "";
  return { done: false, sentence: `${why}now ${to}` };
}

/** The announcement follows when the VIPs are seen to stand here. */
function gained(effect: DirectorEffect): Reply | undefined {
  if (effect.kind === "refused") return { done: false, sentence: effect.sentence };
  if (effect.kind === "announce") return { done: true, sentence: "this director has taken over" };
  const failed = effect.kind === "transition" && effect.transition.to === "fault";
  return failed ? { done: false, sentence: "now fault" } : undefined;
}

function resume(running: Running, instance: string | undefined): Reply {
  const names = instancesOf(running, instance, undefined);
  if (typeof names === "string") return { done: false, sentence: names };
  const { instances } = running.loop.state();
  const held = names.filter((name) => instances[name]?.holdUntil !== undefined);
  for (const name of held) running.loop.dispatch({ kind: "resume", instance: name });
  if (held.length === 0) return { done: true, sentence: "no hold was set" };
  return { done: true, sentence: `${held.join(", ")}: stands for election again` };
}

/** The named instance, or all in `state`; a sentence where there is none. */
function instancesOf(
  running: Running,
  instance: string | undefined,
  state: string | undefined,
): readonly string[] | string {
  const { instances } = running.loop.state();
  if (instance !== undefined) {
    if (Object.hasOwn(instances, instance)) return [instance];
    return `there is no instance ${instance}; there is ${Object.keys(instances).join(", ")}`;
  }
  const names = Object.keys(instances).filter((name) => !state || instances[name]?.kind === state);
  return names.length > 0 ? names : `this director is ${state ?? "nothing"} of no instance`;
}

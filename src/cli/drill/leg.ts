/** One handover of a drill: the command, the wait until it has settled, and what was measured. */
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../base/errors.ts";
import type { Reply } from "../../control/api.ts";
import type { Observer } from "./observer.ts";
import { type Hold, type Measured, measure, type Window } from "./timeline.ts";

/** For so long the new holder has to be the only one. */
const SETTLED_MS = 300;
const LOOK_EVERY_MS = 20;
/** A refused or failed handover needs no more to show itself. */
const REFUSED_LIMIT_MS = 1000;

export interface LegPlan {
  readonly from: string;
  readonly to: string;
  /** What this host is called in the record. */
  readonly self: string;
  readonly command: () => Promise<Reply>;
  /** How long a handover may take to settle. */
  readonly limitMs: number;
}

export interface Leg {
  readonly from: string;
  readonly to: string;
  readonly done: boolean;
  /** What the daemon said of it. */
  readonly sentence: string;
  /** From the command until the new holder was the only one. */
  readonly durationMs: number;
  /** Of the VIP with the longest gap. */
  readonly gapMs: number;
  readonly overlapMs: number;
  readonly vips: readonly LegVip[];
}

export interface LegVip extends Measured {
  readonly vip: string;
  /** Counted from the command. */
  readonly holds: readonly Hold[];
}

export async function runLeg(observer: Observer, plan: LegPlan, signal: AbortSignal): Promise<Leg> {
  const begin = performance.now();
  const reply = await plan.command().catch(
    (error: unknown): Reply => ({
      done: false,
      sentence: messageOf(error),
    }),
  );
  const limit = reply.done ? plan.limitMs : REFUSED_LIMIT_MS;
  const done = await settled(observer, plan, { limit, signal });
  const window = { from: begin, to: performance.now() };
  const vips = observer.vips.map((vip) => measureVip(observer, vip, window));
  return {
    from: plan.from,
    to: plan.to,
    done,
    sentence: reply.sentence,
    durationMs: done ? Math.max(0, ...vips.map((one) => takenAfter(one, plan))) : window.to - begin,
    gapMs: Math.max(0, ...vips.map(({ gapMs }) => gapMs)),
    overlapMs: Math.max(0, ...vips.map(({ overlapMs }) => overlapMs)),
    vips,
  };
}

/** Whether the right one came to hold every VIP alone, and stayed so. */
async function settled(
  observer: Observer,
  plan: LegPlan,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): Promise<boolean> {
  const end = performance.now() + limit;
  let since: number | undefined;
  for (;;) {
    const now = performance.now();
    const right = observer.vips.every((vip) => isHeldBy(plan.to, observer.holders(vip), plan.self));
    since = right ? (since ?? now) : undefined;
    if (since !== undefined && now - since >= SETTLED_MS) return true;
    if (now > end && since === undefined) return false;
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** Another director may have a hardware address that nobody here knows; it is not this host's. */
export const isHeldBy = (director: string, holders: readonly string[], self: string): boolean =>
  holders.length === 1 && (director === self) === (holders[0] === self);

function measureVip(observer: Observer, vip: string, window: Window): LegVip {
  const holds = observer.holds(vip, window);
  const measured = measure(holds, window);
  const relative = holds.map(({ holder, from, to }) => ({
    holder,
    from: from - window.from,
    to: to - window.from,
  }));
  const gapAt = measured.gapAt === undefined ? undefined : measured.gapAt - window.from;
  return { ...measured, gapAt, vip, holds: relative };
}

/** When the new holder began, or the last other one ended, whichever was later. */
function takenAfter({ holds }: LegVip, plan: LegPlan): number {
  const isNew = ({ holder }: Hold): boolean => (plan.to === plan.self) === (holder === plan.self);
  const begins = holds.filter(isNew).at(-1)?.from ?? 0;
  return Math.max(begins, ...holds.filter((hold) => !isNew(hold)).map(({ to }) => to));
}

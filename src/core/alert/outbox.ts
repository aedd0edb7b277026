/** What waits to be delivered to one sink: bounded, in order, tried again less and less often. */
import {
  after,
  elapsed,
  type Instant,
  type Millis,
  minutes,
  ms,
  seconds,
} from "../../base/units.ts";

/** Beyond this the oldest are lost. */
export const MAX_WAITING = 1000;
const FIRST_RETRY = seconds(1);
const LAST_RETRY = minutes(5);
const MAX_DOUBLINGS = 16;
const MAX_WAIT = minutes(60);

export interface OutboxPolicy {
  /** So many go in one delivery. */
  readonly batch: number;
  /** What happens within this time goes together. */
  readonly gather: Millis;
  readonly retryFor: Millis;
  readonly limit: { readonly deliveries: number; readonly within: Millis };
}

export interface Outbox<T> {
  readonly waiting: readonly { readonly item: T; readonly at: Instant }[];
  /** So many of the first are on their way. */
  readonly flying: number;
  readonly delivered: number;
  readonly dropped: number;
  /** Of those dropped: what the receiver has not been told of. */
  readonly untold: number;
  /** In a row. */
  readonly failures: number;
  /** Not before. */
  readonly pausedUntil: Instant | undefined;
  /** Beginnings of deliveries, as far as the limit has to know. */
  readonly begun: readonly Instant[];
}

export const newOutbox = <T>(): Outbox<T> => ({
  waiting: [],
  flying: 0,
  delivered: 0,
  dropped: 0,
  untold: 0,
  failures: 0,
  pausedUntil: undefined,
  begun: [],
});

export function put<T>(box: Outbox<T>, item: T, now: Instant): Outbox<T> {
  const waiting = [...box.waiting, { item, at: now }];
  if (waiting.length <= MAX_WAITING) return { ...box, waiting };
  waiting.splice(box.flying, 1);
  return { ...lose(box, 1), waiting };
}

/** What an earlier run could not deliver goes first; `lost` of it can not be told any more. */
export function resume<T>(
  box: Outbox<T>,
  kept: { readonly items: readonly T[]; readonly lost: number },
  now: Instant,
): Outbox<T> {
  const room = Math.max(0, MAX_WAITING - box.waiting.length);
  const fits = room === 0 ? [] : kept.items.slice(-room);
  const waiting = [
    ...box.waiting.slice(0, box.flying),
    ...fits.map((item) => ({ item, at: now })),
    ...box.waiting.slice(box.flying),
  ];
  return { ...lose(box, kept.lost + kept.items.length - fits.length), waiting };
}

/** When the next delivery may begin; undefined while there is none, or one is on its way. */
export function dueAt<T>(box: Outbox<T>, policy: OutboxPolicy): Instant | undefined {
  const [first] = box.waiting;
  if (!first || box.flying > 0) return undefined;
  const { deliveries, within } = policy.limit;
  const full = box.begun.at(-deliveries);
  const times = [
    after(first.at, policy.gather),
    ...(box.pausedUntil === undefined ? [] : [box.pausedUntil]),
    ...(full === undefined ? [] : [after(full, within)]),
  ];
  return Math.max(...times) as Instant;
}

/** Begins a delivery: the items that go, and how many were lost before them. */
export function take<T>(
  box: Outbox<T>,
  policy: OutboxPolicy,
  now: Instant,
): { readonly box: Outbox<T>; readonly items: readonly T[]; readonly untold: number } {
  const items = box.waiting.slice(0, policy.batch).map(({ item }) => item);
  const begun = [...box.begun, now].slice(-policy.limit.deliveries);
  return { box: { ...box, flying: items.length, begun }, items, untold: box.untold };
}

/** `told`: so many lost ones were named in it. */
export const delivered = <T>(box: Outbox<T>, told: number): Outbox<T> => ({
  ...box,
  waiting: box.waiting.slice(box.flying),
  flying: 0,
  delivered: box.delivered + box.flying,
  untold: box.untold - told,
  failures: 0,
  pausedUntil: undefined,
});

export interface Refused {
  readonly again: boolean;
  readonly wait?: Millis | undefined;
}

/** What may not be tried again, or was for too long, is lost; the rest waits for a while. */
export function failed<T>(
  box: Outbox<T>,
  { again, wait = ms(0) }: Refused,
  policy: OutboxPolicy,
  now: Instant,
): Outbox<T> {
  const stays = box.waiting.filter(
    ({ at }, i) => i >= box.flying || (again && elapsed(at, now) < policy.retryFor),
  );
  const gone = box.waiting.length - stays.length;
  const doublings = Math.min(box.failures, MAX_DOUBLINGS);
  const backoff = Math.min(FIRST_RETRY * 2 ** doublings, LAST_RETRY);
  const pause = ms(Math.max(backoff, Math.min(wait, MAX_WAIT)));
  return {
    ...lose(box, gone),
    waiting: stays,
    flying: 0,
    failures: box.failures + 1,
    pausedUntil: after(now, pause),
  };
}

const lose = <T>(box: Outbox<T>, count: number): Outbox<T> => ({
  ...box,
  dropped: box.dropped + count,
  untold: box.untold + count,
});

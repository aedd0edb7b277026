/** How often and how patiently keepalived checks: server, real server and checker inherit. */
import { changed, idle, type Outcome, type Statement, taken } from "../types.ts";
import { durationOf, numberIn, refusal, wordAt } from "../values.ts";
import type { Handler } from "../walk.ts";
import { isOn } from "./reading.ts";

/** Seconds, and tries beyond the first. */
export interface Pace {
  loop?: number;
  connect?: number;
  retry?: number;
  before?: number;
  alpha?: boolean;
}

export function paceTable(pace: Pace): Record<string, Handler> {
  const time =
    (key: "loop" | "connect" | "before", outcome: Outcome): Handler =>
    (statement) =>
      number(statement, true, (value) => {
        pace[key] = value;
        return outcome;
      });
  return {
    delay_loop: time("loop", taken),
    connect_timeout: time("connect", taken),
    delay_before_retry: time("before", changed("a retry comes at the check's interval")),
    retry: (statement) =>
      number(statement, false, (value) => {
        pace.retry = value;
        return taken;
      }),
    nb_get_retry: (statement) =>
      number(statement, false, (value) => {
        pace.retry = value;
        return taken;
      }),
    warmup: () => idle("baton spreads the first questions by itself"),
    alpha: (statement) => {
      pace.alpha = isOn(statement) !== false;
      return taken;
    },
    log_all_failures: () => idle("`baton explain` shows the last answers"),
  };
}

function number(statement: Statement, fraction: boolean, use: (value: number) => Outcome): Outcome {
  const range = { min: 0, max: 86_400, fraction };
  const value = numberIn(wordAt(statement, 1), range);
  return value === undefined ? refusal(statement, range) : use(value);
}

export interface Defaults {
  readonly retry: number;
  readonly before: number | undefined;
}

const LOOP = 60;
const CONNECT = 5;
const MOST = 20;
const LEAST = 0.1;
const LONGEST = 3600;
const PATIENCE = 300;

/**
 * The keys of a check. keepalived asks each `delay_loop`, and after a failure sooner; baton asks
 * steadily, so that as many failures in a row take as long as there.
 */
export function paceOf(levels: readonly Pace[], defaults: Defaults): Record<string, unknown> {
  const find = (key: "loop" | "connect" | "retry" | "before"): number | undefined =>
    levels.map((level) => level[key]).find((value) => value !== undefined);
  const loop = find("loop") ?? LOOP;
  const retry = find("retry") ?? defaults.retry;
  const before = find("before") ?? defaults.before ?? loop;
  const connect = find("connect") ?? CONNECT;
  const fall = Math.min(retry + 1, MOST);
  const interval = Math.round(((loop + (fall - 1) * before) / fall) * 10) / 10;
  return {
    interval: durationOf(Math.min(Math.max(interval, LEAST), LONGEST)),
    timeout: durationOf(Math.min(Math.max(connect, 0.01), PATIENCE)),
    rise: 1,
    fall,
  };
}

/** The backup's side: whether its connection table is level with that of the master it follows. */
import type { Instant } from "../../base/units.ts";
import type { Learning } from "./types.ts";

/** The counts are never equal while connections come and go. */
const SHARE = 0.99;
/** After so many passes the counts do not matter any more. */
const ENOUGH_PASSES = 2;

/** What a master says of its passes. */
export interface Teaching {
  readonly started: number;
  readonly sent: number;
  readonly count: number;
}

export type Progress =
  | { readonly kind: "level" }
  | { readonly kind: "learning"; readonly learning: Learning };

/** After a report of the master `from`; `own` are this host's established connections. */
export function learn(
  before: Learning | undefined,
  from: string,
  teaching: Teaching,
  context: { readonly own: number; readonly now: Instant },
): Progress {
  const { started, sent, count } = teaching;
  // Another master, or the same one anew: its passes are counted from the beginning.
  if (before?.from !== from || started < before.base) {
    return { kind: "learning", learning: { from, since: context.now, base: started } };
  }
  const passes = sent - before.base;
  const same = context.own >= count * SHARE;
  if (passes >= ENOUGH_PASSES || (passes >= 1 && same)) return { kind: "level" };
  return { kind: "learning", learning: before };
}

/** What happened lately: transitions and repairs, a bounded number of each, for status and log. */
import type { PastTransition, Repair } from "../core/director/observed.ts";
import { now } from "../os/clock.ts";

const KEPT = 50;

export interface Chronicle {
  moved(transition: Omit<PastTransition, "at" | "time">): void;
  repaired(what: string): void;
  readonly history: () => readonly PastTransition[];
  readonly repairs: () => readonly Repair[];
}

export function createChronicle(): Chronicle {
  const history: PastTransition[] = [];
  const repairs: Repair[] = [];
  return {
    moved: (transition) => {
      history.push({ ...transition, at: now(), time: new Date().toISOString() });
      if (history.length > KEPT) history.shift();
    },
    repaired: (what) => {
      repairs.push({ at: now(), what });
      if (repairs.length > KEPT) repairs.shift();
    },
    history: () => history,
    repairs: () => repairs,
  };
}

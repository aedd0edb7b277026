/** What happened lately, a bounded number of each kind, for `status` and `explain`. */
import type {
  PastDecision,
  PastServerChange,
  PastTransition,
  Repair,
} from "../core/director/observed.ts";
import { now } from "../os/clock.ts";

const KEPT = 50;
/** Of all servers together. */
const KEPT_OF_SERVERS = 500;

export interface Chronicle {
  moved(transition: Omit<PastTransition, "at" | "time">): void;
  repaired(what: string): void;
  serverChanged(change: Omit<PastServerChange, "at" | "time">): void;
  decided(decision: Omit<PastDecision, "at">): void;
  readonly history: () => readonly PastTransition[];
  readonly repairs: () => readonly Repair[];
  readonly servers: () => readonly PastServerChange[];
  readonly decisions: () => readonly PastDecision[];
}

export function createChronicle(): Chronicle {
  const history: PastTransition[] = [];
  const repairs: Repair[] = [];
  const servers: PastServerChange[] = [];
  const decisions: PastDecision[] = [];
  return {
    moved: (transition) => {
      history.push({ ...transition, at: now(), time: new Date().toISOString() });
      if (history.length > KEPT) history.shift();
    },
    repaired: (what) => {
      repairs.push({ at: now(), what });
      if (repairs.length > KEPT) repairs.shift();
    },
    serverChanged: (change) => {
      servers.push({ ...change, at: now(), time: new Date().toISOString() });
      if (servers.length > KEPT_OF_SERVERS) servers.shift();
    },
    decided: (decision) => {
      decisions.push({ ...decision, at: now() });
      if (decisions.length > KEPT) decisions.shift();
    },
    history: () => history,
    repairs: () => repairs,
    servers: () => servers,
    decisions: () => decisions,
  };
}

/** What of the outcomes is worth telling: changes at once, what stays as it is now and then. */
import type { Outcome } from "./types.ts";

/** One probe's newest outcome, as it is told to the main thread. */
export interface Told {
  readonly probe: number;
  readonly ok: boolean;
  readonly run: number;
  readonly reason: string;
  readonly warning: string | undefined;
  readonly weight: number | undefined;
  readonly latency: number;
  /** When, on the clock of the thread that asked. */
  readonly at: number;
}

export interface Tally {
  /** Whether it is to be told soon. */
  note(probe: number, outcome: Outcome, latency: number, at: number): boolean;
  /** What waits to be told; with `all`, also what has not changed since. */
  take(all: boolean): readonly Told[];
}

/** `runs`: by probe, how many equal outcomes in a row may still decide something. */
export function createTally(runs: readonly number[]): Tally {
  const newest: (Told | undefined)[] = [];
  const soon = new Set<number>();
  const later = new Set<number>();
  return {
    note: (probe, outcome, latency, at) => {
      const before = newest[probe];
      const told = tell(probe, before, outcome, { latency, at });
      newest[probe] = told;
      const changed = !before || isNews(before, told) || told.run <= (runs[probe] ?? 1);
      (changed ? soon : later).add(probe);
      return changed;
    },
    take: (all) => {
      const probes = all ? new Set([...soon, ...later]) : soon;
      const taken = [...probes].flatMap((probe) => newest[probe] ?? []);
      for (const { probe } of taken) later.delete(probe);
      soon.clear();
      return taken;
    },
  };
}

function tell(
  probe: number,
  before: Told | undefined,
  outcome: Outcome,
  when: { readonly latency: number; readonly at: number },
): Told {
  const run = before?.ok === outcome.ok ? before.run + 1 : 1;
  return {
    probe,
    ok: outcome.ok,
    run,
    reason: outcome.ok ? outcome.note : outcome.reason,
    warning: outcome.ok ? outcome.warning : undefined,
    weight: outcome.ok ? outcome.weight : undefined,
    ...when,
  };
}

const isNews = (a: Told, b: Told): boolean =>
  a.ok !== b.ok || a.reason !== b.reason || a.weight !== b.weight || a.warning !== b.warning;

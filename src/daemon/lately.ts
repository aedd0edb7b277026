/** What happened lately, as this director tells another one that shows it. */
import { elapsed } from "../base/units.ts";
import type { Lately } from "../control/api.ts";
import { now } from "../os/clock.ts";
import type { Chronicle } from "./chronicle.ts";

/** Of each kind, the newest ones: as many as a page shows. */
const TOLD = 60;

export function latelyOf(
  chronicle: Pick<Chronicle, "history" | "repairs" | "servers" | "decisions">,
  at = now(),
): Lately {
  const aged = <T extends { readonly at: typeof at }>(past: readonly T[]) =>
    past.slice(-TOLD).map(({ at: then, ...rest }) => ({ ...rest, agoMs: elapsed(then, at) }));
  return {
    history: aged(chronicle.history()),
    serverHistory: aged(chronicle.servers()),
    repairs: aged(chronicle.repairs()),
    decisions: aged(chronicle.decisions()),
  };
}

/** Undefined where another version told something else. */
export function parseLately(text: string): Lately | undefined {
  try {
    const told = JSON.parse(text) as Partial<Lately> | null;
    const parts: unknown[] = [told?.history, told?.serverHistory, told?.repairs];
    if (!parts.every((part) => Array.isArray(part))) return undefined;
    // Versions before told of no decisions.
    return { ...(told as Lately), decisions: told?.decisions ?? [] };
  } catch {
    return undefined;
  }
}

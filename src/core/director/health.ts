/** The health of the real servers within a step: answers in, changes told, elections informed. */
import { administered, type Opinions, probed, reviewed } from "../health/health.ts";
import type { AdminEntry, HealthStep, ProbeResult } from "../health/types.ts";
import type { Draft } from "./draft.ts";

type Context = { readonly opinions: Opinions; readonly now: Draft["now"] };

/** Nobody says anything. */
const contextOf = ({ now }: Draft): Context => ({ opinions: () => [], now });

export function answersCame(draft: Draft, results: readonly ProbeResult[]): void {
  const { health, setup } = draft.state;
  take(draft, probed(health, setup.health, results, contextOf(draft)));
}

export function decisionCame(draft: Draft, entry: AdminEntry): void {
  const { health, setup } = draft.state;
  take(draft, administered(health, setup.health, entry, contextOf(draft)));
}

/** What waits for time to pass, or for a peer's word. */
export function reviewHealth(draft: Draft): void {
  const { health, setup } = draft.state;
  take(draft, reviewed(health, setup.health, contextOf(draft)));
}

function take(draft: Draft, { state, changes }: HealthStep): void {
  const before = draft.state.health;
  if (state === before) return;
  draft.state = { ...draft.state, health: state };
  for (const change of changes) draft.effects.push({ kind: "health", change });
  if (state.admin !== before.admin) draft.effects.push({ kind: "administered" });
}

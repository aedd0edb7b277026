/** What becomes of words that protocol 112 has none for: only masters speak, and who lets go. */
import type { VrrpEffect, VrrpState, VrrpStep } from "../types.ts";

/** `step` without the adverts that nobody may send in `before`, or after it. */
export const spoken = (before: VrrpState, step: VrrpStep): VrrpStep => ({
  state: step.state,
  effects: step.effects.filter(
    (effect) => effect.kind !== "advertise" || mayBeSaid(effect, before, step.state),
  ),
});

function mayBeSaid(
  { occasion }: Extract<VrrpEffect, { kind: "advertise" }>,
  before: VrrpState,
  after: VrrpState,
): boolean {
  if (occasion === "handover") return true;
  if (occasion === "released") {
    const failed = before.kind === "fault" && !before.released;
    return failed || hasYielded(before) || (before.kind === "leaving" && before.goodbyeDue);
  }
  return after.kind === "master" && after.claiming && after.listenUntil === undefined;
}

/** Who yielded to a better one speaks once more with its own priority, its VIPs being off: a winner
 * that never heard of it does not announce, and the clients stay (5 to 43 s beside keepalived). */
export const hasYielded = (before: VrrpState): boolean =>
  before.kind === "leaving" &&
  before.phase === "releasing" &&
  before.cause.kind === "rival" &&
  before.cause.why === "better";

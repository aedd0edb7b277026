/** The health of the real servers within a step: answers in, changes told, elections informed. */
import type { Envelope } from "../../wire/heartbeat/types.ts";
import { administered, type Opinions, probed, reviewed } from "../health/health.ts";
import type { AdminEntry, HealthStep, ProbeResult } from "../health/types.ts";
import { apply, type Draft, speakUp } from "./draft.ts";
import { entryOf, opinionsOf, peerHealthOf, penaltyOf } from "./servers.ts";

interface Context {
  readonly opinions: Opinions;
  readonly now: Draft["now"];
}

const contextOf = ({ state, now }: Draft): Context => ({
  opinions: (service) => opinionsOf(state, service, now),
  now,
});

export function answersCame(draft: Draft, results: readonly ProbeResult[]): void {
  const { health, setup } = draft.state;
  take(draft, probed(health, setup.health, results, contextOf(draft)));
}

/** The other directors hear of it at once, and again and again. */
export function decisionCame(draft: Draft, entry: AdminEntry): void {
  const { health, setup } = draft.state;
  const { admin } = health;
  take(draft, administered(health, setup.health, entry, contextOf(draft)));
  if (draft.state.running && draft.state.health.admin !== admin) speakUp(draft, "hello");
}

/** What waits for time to pass, or for a peer's word. */
export function reviewHealth(draft: Draft): void {
  const { health, setup } = draft.state;
  take(draft, reviewed(health, setup.health, contextOf(draft)));
}

/** What a peer says about servers; it is proven fresh. */
export function hearServers(draft: Draft, peer: string, envelope: Envelope): void {
  for (const decision of envelope.decisions) {
    const { health, setup } = draft.state;
    const entry = entryOf(setup, decision, draft.now);
    take(draft, administered(health, setup.health, entry, contextOf(draft)));
  }
  const { health } = envelope;
  if (!health) return;
  const said = peerHealthOf(health, draft.now);
  draft.state = { ...draft.state, peerHealth: { ...draft.state.peerHealth, [peer]: said } };
  reviewHealth(draft);
  // Without a word of its own changing, what it amounts to may: the peer has had its time.
  const { services } = draft.state.health;
  if (services.some(({ quorum, local }) => quorum === "lost" || local)) penalise(draft);
}

function take(draft: Draft, { state, changes }: HealthStep): void {
  const before = draft.state.health;
  if (state === before) return;
  draft.state = { ...draft.state, health: state };
  for (const change of changes) draft.effects.push({ kind: "health", change });
  if (state.admin !== before.admin) draft.effects.push({ kind: "administered" });
  const moved = state.services.some((service, i) => {
    const was = before.services[i];
    return service.quorum !== was?.quorum || service.local !== was.local;
  });
  if (moved) penalise(draft);
}

/** What the servers are, in the priorities. */
export function penalise(draft: Draft): void {
  for (const [name, one] of Object.entries(draft.instances)) {
    const penalty = penaltyOf(draft.state, name, draft.now);
    if (penalty !== one.penalty) apply(draft, name, { kind: "health", penalty });
  }
}

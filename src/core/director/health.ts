/** The health of the real servers within a step: answers in, changes told, elections informed. */
import { endpointName } from "../../base/service.ts";
import type { Envelope } from "../../wire/heartbeat/types.ts";
import { administered, drained, type Opinions, probed, reviewed } from "../health/health.ts";
import type { AdminEntry, HealthStep, LeavingServer, ProbeResult } from "../health/types.ts";
import { holdsVips } from "./desired.ts";
import { apply, type Draft, speakUp } from "./draft.ts";
import { entryOf, opinionsOf, peerHealthOf, penaltyOf } from "./servers.ts";
import type { DirectorEvent, DirectorState } from "./types.ts";

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

/** What an earlier run let drain, as far as the file lets it drain still. */
export function drainsCame(
  draft: Draft,
  { service, servers: left }: Extract<DirectorEvent, { kind: "drains" }>,
): void {
  const { health, setup } = draft.state;
  const about = { service, left, why: "it is not to drain any more" };
  take(draft, drained(health, setup.health, about, contextOf(draft)));
}

const WHY = { empty: "no connection is left", disabled: "it was disabled" } as const;

/** A backup waits for the end: connections that it does not know yet may come to it. */
export function drainedCame(
  draft: Draft,
  { service, servers, why }: Extract<DirectorEvent, { kind: "drained" }>,
): void {
  const { health, setup } = draft.state;
  if (why === "empty" && !serves(draft.state, service)) return;
  const before = leavingOf(draft.state, service);
  const left = before.filter(({ destination }) => !servers.includes(endpointName(destination)));
  if (left.length === before.length) return;
  take(draft, drained(health, setup.health, { service, left, why: WHY[why] }, contextOf(draft)));
}

/** Servers of a service that drain because a reload took them out of the file. */
export function leavingOf(
  { health, setup }: DirectorState,
  name: string,
): readonly LeavingServer[] {
  const position = setup.config.services.findIndex((service) => service.name === name);
  return health.services[position]?.leaving ?? [];
}

function serves(state: DirectorState, name: string): boolean {
  const service = state.setup.config.services.find((one) => one.name === name);
  return service?.instance === undefined || holdsVips(state, service.instance);
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
  const left = state.services.some(({ leaving }, i) => leaving !== before.services[i]?.leaving);
  if (left || state.admin !== before.admin) {
    const said = state.admin.filter((entry) => !before.admin.includes(entry));
    draft.effects.push({ kind: "administered", said });
  }
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

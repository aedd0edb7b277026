/** The full resync between directors: a report that asks is served, one that teaches is learned. */
import type { InstanceReport } from "../../wire/heartbeat/types.ts";
import { learn } from "../resync/learning.ts";
import { apply, type Draft, resync, speakUp } from "./draft.ts";

/** After `report` of the director `from` was heard. */
export function resyncWith(draft: Draft, from: string, report: InstanceReport): void {
  const { setup } = draft.state;
  const name = setup.instancesById[report.id];
  const one = name === undefined ? undefined : draft.instances[name];
  if (!setup.config.connectionSync || name === undefined || !one) return;
  if (one.kind === "master" && one.vips === "on") {
    // Only who follows this master is taught by it.
    if (report.asks && report.followed === setup.selfId) resync(draft, "full");
    return;
  }
  // Who became level by time alone goes on asking.
  const done = one.kind === "backup" && one.level && !draft.state.resync.learning[name];
  if (one.kind !== "backup" || done) return forget(draft, name);
  if (one.following?.director === from && report.state === "master") learnFrom(draft, name, report);
}

function learnFrom(draft: Draft, name: string, report: InstanceReport): void {
  const { resync: before, connections } = draft.state;
  const from = followedBy(draft, name);
  if (from === undefined) return;
  const teaching = {
    started: report.passesStarted,
    sent: report.passesSent,
    count: report.passCount,
  };
  const own = connections[name]?.[0] ?? 0;
  const progress = learn(before.learning[name], from, teaching, { own, now: draft.now });
  if (progress.kind === "level") {
    forget(draft, name);
    apply(draft, name, { kind: "level", level: true });
    // Fit for a handover from now on.
    return speakUp(draft, "hello");
  }
  if (progress.learning === before.learning[name]) return;
  const learning = { ...before.learning, [name]: progress.learning };
  draft.state = { ...draft.state, resync: { ...before, learning } };
}

function followedBy(draft: Draft, name: string): string | undefined {
  const one = draft.instances[name];
  return one?.kind === "backup" ? one.following?.director : undefined;
}

function forget(draft: Draft, name: string): void {
  const { resync: before } = draft.state;
  if (before.learning[name] === undefined) return;
  const { [name]: _, ...learning } = before.learning;
  draft.state = { ...draft.state, resync: { ...before, learning } };
}

/** A datagram of another director: is it meant for us, is it fresh, and whom does it concern? */
import { after } from "../../base/units.ts";
import type { Director } from "../../config/types.ts";
import type { Envelope, InstanceReport } from "../../wire/heartbeat/types.ts";
import type { Heard } from "../vrrp/types.ts";
import { targetOf } from "./compose.ts";
import { apply, type Draft, speakUp } from "./draft.ts";
import type { Refusal } from "./effects.ts";
import { judge, type Listener } from "./freshness.ts";
import { hearServers } from "./health.ts";
import { resyncWith } from "./resync.ts";
import { addressOf } from "./setup.ts";
import type { DirectorState, PeerState, Setup } from "./types.ts";

export function hear(draft: Draft, envelope: Envelope, path: number): void {
  const { setup } = draft.state;
  const sender = setup.peersById[envelope.sender];
  const peer = sender && draft.state.peers[sender.name];
  const refusal = misdirected(setup, envelope, path) ?? (peer ? undefined : "unknown sender");
  if (refusal !== undefined || !peer) {
    return discard(draft, refusal ?? "unknown sender", sender?.name ?? `${envelope.sender}`);
  }
  const verdict = judge(peer, envelope, listenerOf(draft.state, peer.name), draft.now);
  switch (verdict.kind) {
    case "refused":
      return discard(draft, verdict.reason, peer.name);
    case "life":
      keep(draft, greet(draft, verdict.peer));
      discard(draft, "unproven", peer.name);
      for (const report of envelope.instances) {
        if (report.claim) withInstance(draft, report, { kind: "life", director: peer.name });
      }
      return undefined;
    case "stale":
      return keep(draft, verdict.peer);
    case "fresh": {
      keep(draft, verdict.renewed ? greet(draft, verdict.peer) : verdict.peer);
      const from = { setup, director: sender, peer: verdict.peer };
      for (const report of envelope.instances) {
        withInstance(draft, report, { kind: "heard", peer: heardFrom(from, report) });
        resyncWith(draft, peer.name, report);
      }
      hearServers(draft, peer.name, envelope);
      return undefined;
    }
  }
}

function misdirected(setup: Setup, envelope: Envelope, path: number): Refusal | undefined {
  if (envelope.cluster !== setup.cluster) return "foreign cluster";
  if (envelope.sender === setup.selfId) return "own";
  if (envelope.addressee !== 0 && envelope.addressee !== setup.selfId) return "other addressee";
  return envelope.path === path ? undefined : "wrong path";
}

const discard = (draft: Draft, reason: Refusal, sender: string): void => {
  draft.effects.push({ kind: "discarded", reason, sender });
};

const keep = (draft: Draft, peer: PeerState): void => {
  draft.state = { ...draft.state, peers: { ...draft.state.peers, [peer.name]: peer } };
};

/** Answers at once, once an interval: the peer learns our session and can prove itself. */
function greet(draft: Draft, peer: PeerState): PeerState {
  const { interval } = draft.state.setup.config.heartbeat;
  if (peer.greetedAt !== undefined && after(peer.greetedAt, interval) > draft.now) return peer;
  speakUp(draft, "hello");
  return { ...peer, greetedAt: draft.now };
}

const listenerOf = (state: DirectorState, peer: string): Listener => ({
  id: state.setup.selfId,
  session: state.setup.session,
  spokenBefore: state.earlier[0]?.[targetOf(state, peer)] ?? 0,
  interval: state.setup.config.heartbeat.interval,
  missed: state.setup.config.heartbeat.missed,
});

const heardFrom = (
  { setup, director, peer }: { setup: Setup; director: Director; peer: PeerState },
  report: InstanceReport,
): Heard => ({
  director: director.name,
  id: director.id,
  address: addressOf(director),
  report,
  hearsUs: peer.hearsUs,
  sameConfig: peer.configDigest === setup.configDigest,
});

function withInstance(
  draft: Draft,
  report: InstanceReport,
  event: Parameters<typeof apply>[2],
): void {
  const name = draft.state.setup.instancesById[report.id];
  if (name !== undefined) apply(draft, name, event);
}

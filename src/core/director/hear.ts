/** A datagram of another director: is it meant for us, is it fresh, and whom does it concern? */
import { after } from "../../base/units.ts";
import type { Envelope, InstanceReport } from "../../wire/heartbeat/types.ts";
import type { Heard } from "../vrrp/types.ts";
import { judge, type Listener } from "./freshness.ts";
import { addressOf, directorOf } from "./setup.ts";
import { apply, type Draft, speakUp } from "./draft.ts";
import type { PeerState, Refusal, Setup } from "./types.ts";

export function hear(draft: Draft, envelope: Envelope, path: number): void {
  const { setup } = draft.state;
  const sender = setup.config.directors.find((director) => director.id === envelope.sender);
  const peer = sender && draft.state.peers[sender.name];
  const refusal = misdirected(setup, envelope, path) ?? (peer ? undefined : "unknown sender");
  if (refusal !== undefined || !peer) {
    return discard(draft, refusal ?? "unknown sender", sender?.name ?? `${envelope.sender}`);
  }
  const verdict = judge(peer, envelope, listenerOf(setup), draft.now);
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
    case "fresh":
      keep(draft, verdict.renewed ? greet(draft, verdict.peer) : verdict.peer);
      for (const report of envelope.instances) {
        const heard = heardFrom(setup, verdict.peer, report);
        withInstance(draft, report, { kind: "heard", peer: heard });
      }
      return undefined;
  }
}

function misdirected(setup: Setup, envelope: Envelope, path: number): Refusal | undefined {
  const self = directorOf(setup.config, setup.self).id;
  if (envelope.cluster !== setup.cluster) return "foreign cluster";
  if (envelope.sender === self) return "own";
  if (envelope.addressee !== 0 && envelope.addressee !== self) return "other addressee";
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

const listenerOf = (setup: Setup): Listener => ({
  id: directorOf(setup.config, setup.self).id,
  session: setup.session,
  interval: setup.config.heartbeat.interval,
  missed: setup.config.heartbeat.missed,
});

function heardFrom(setup: Setup, peer: PeerState, report: InstanceReport): Heard {
  const director = directorOf(setup.config, peer.name);
  return {
    director: peer.name,
    id: director.id,
    address: addressOf(director),
    report,
    hearsUs: peer.hearsUs,
    sameConfig: peer.configDigest === setup.configDigest,
  };
}

function withInstance(
  draft: Draft,
  report: InstanceReport,
  event: Parameters<typeof apply>[2],
): void {
  const { instances } = draft.state.setup.config;
  const name = instances.find((instance) => instance.id === report.id)?.name;
  if (name !== undefined) apply(draft, name, event);
}

/** Protocol 112: adverts that are heard become reports, and masters say theirs. */
import { digest64, nameId } from "../../base/hash.ts";
import type { Ip } from "../../base/ip.ts";
import { type Instant, ms } from "../../base/units.ts";
import type { InstanceReport } from "../../wire/heartbeat/types.ts";
import type { Advert } from "../../wire/vrrp/types.ts";
import { effectivePriority } from "../vrrp/election.ts";
import { wake } from "../vrrp/master.ts";
import type { Heard, VrrpState } from "../vrrp/types.ts";
import { applyBy, type Draft, type Word } from "./draft.ts";
import type { OwnAdvert, Utterance } from "./effects.ts";
import type { DirectorEvent, DirectorState, HeardAdvert, Setup } from "./types.ts";

/** Anybody on the segment may speak: the list of who did has an end. */
const MAX_VIEWS = 8;

export function hearAdvert(draft: Draft, { instance, from, own, advert }: HeardAdvert): void {
  const { setup } = draft.state;
  const election = setup.elections[instance];
  const one = draft.instances[instance];
  if (!election || !one) return;
  const director = speakerOf(setup, from);
  draft.instances[instance] = withRoom(one, director);
  const peer: Heard = {
    director,
    id: nameId(director),
    address: from,
    report: reportOf(setup, instance, advert),
    hearsUs: true,
    sameConfig: true,
  };
  const self = { ...election.self, address: own };
  applyBy(draft, instance, { ...election, self }, { kind: "heard", peer });
}

/** Kept for whoever looks: it means that two routers do not agree. */
export function advertRefused(
  draft: Draft,
  { instance, from, why }: Extract<DirectorEvent, { kind: "advertRefused" }>,
): void {
  const refused = { from, why, at: draft.now };
  const refusedAdverts = { ...draft.state.refusedAdverts, [instance]: refused };
  draft.state = { ...draft.state, refusedAdverts };
}

/** A director by its address; whoever is not of the pair goes by the address itself. */
const speakerOf = ({ config }: Setup, from: Ip): string =>
  config.directors.find(({ paths }) => paths.some(({ address }) => address === from))?.name ?? from;

function withRoom(one: VrrpState, speaker: string): VrrpState {
  const views = Object.values(one.views);
  if (speaker in one.views || views.length < MAX_VIEWS) return one;
  const oldest = views.reduce((a, b) => (b.heardAt < a.heardAt ? b : a));
  const kept = views.filter((view) => view !== oldest);
  return { ...one, views: Object.fromEntries(kept.map((view) => [view.director, view])) };
}

/** An advert in the words of baton's own heartbeat; a backup is silent, so that one is unknown. */
const reportOf = (setup: Setup, instance: string, advert: Advert): InstanceReport => ({
  id: setup.bases[instance]?.id ?? 0,
  routerId: advert.routerId,
  state: advert.priority === 0 ? "backup" : "master",
  claim: advert.priority > 0,
  level: true,
  hold: false,
  wants: false,
  asks: false,
  priority: advert.priority,
  serviceable: true,
  sees: false,
  blind: false,
  interval: advert.interval,
  vipDigest: addressDigest(advert.addresses),
  followed: 0,
  followedAge: ms(0),
  successor: 0,
  activeConnections: 0,
  inactiveConnections: 0,
  passesStarted: 0,
  passesSent: 0,
  passCount: 0,
});

/** Receivers compare the addresses as a set. */
export const addressDigest = (addresses: readonly Ip[]): string =>
  digest64([...addresses].sort().join(" "));

export interface Speakers {
  /** All masters speak. */
  readonly tick: boolean;
  /** Who has a reason to. */
  readonly adverts: ReadonlyMap<string, Word>;
}

/** The states afterwards know when they claimed. */
export function composeAdverts(
  state: DirectorState,
  speakers: Speakers,
  now: Instant,
): { readonly state: DirectorState; readonly said: Utterance | undefined } {
  const instances: Record<string, VrrpState> = { ...state.instances };
  const adverts: OwnAdvert[] = [];
  for (const [instance, before] of Object.entries(state.instances)) {
    const said = speakers.adverts.get(instance);
    const election = state.setup.elections[instance];
    if (!election || (said === undefined && !speakers.tick)) continue;
    if (said === "goodbye") adverts.push({ instance, priority: 0 });
    else if (said === "yield") {
      const priority = effectivePriority(election, before);
      adverts.push({ instance, priority, ...(election.rfc?.virtualMac && { byOwnMac: true }) });
    } else {
      const one = before.kind === "master" ? wake(before, election, now) : before;
      const claims = isClaiming(one);
      instances[instance] = claims ? { ...one, claimedAt: now } : one;
      if (claims) adverts.push({ instance, priority: effectivePriority(election, one) });
    }
  }
  const said: Utterance | undefined =
    adverts.length === 0 ? undefined : { kind: "advertise", adverts };
  return { state: { ...state, instances }, said };
}

/** Who said priority 0 serves on in silence. */
const isClaiming = (
  one: VrrpState,
): one is Extract<VrrpState, { readonly kind: "master" | "leaving" }> =>
  (one.kind === "master" && one.claiming && one.listenUntil === undefined) ||
  (one.kind === "leaving" && one.phase === "syncing");

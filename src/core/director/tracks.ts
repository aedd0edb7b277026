/** What is tracked, and what it means to each instance: keepalived's arithmetic of weights. */
import type { TrackUse } from "../../config/track-types.ts";
import type { Config } from "../../config/types.ts";
import { apply, type Draft } from "./draft.ts";
import { matesOf } from "./groups.ts";
import type { DirectorEvent, DirectorState, TrackVerdict } from "./types.ts";

/** A file's number beyond these is cut; the lower end is a fault. */
const LOWEST = -254;
const HIGHEST = 253;

/** One instance's share of what is tracked. */
export interface Weighed {
  readonly bonus: number;
  /** Tracks with a weight that do not hold. */
  readonly failing: readonly string[];
  /** A track without a weight does not hold. */
  readonly fault: boolean;
}

type Verdicts = Readonly<Record<string, TrackVerdict>>;

/** What nobody has looked at yet counts as it should be: a restart must not begin with a fault. */
export function weigh(uses: readonly TrackUse[], verdicts: Verdicts): Weighed {
  let bonus = 0;
  let fault = false;
  const failing: string[] = [];
  for (const use of uses) {
    const verdict = verdicts[use.track];
    if (!verdict) continue;
    const one = share(use, verdict);
    bonus += one.bonus;
    fault ||= one.fault;
    if (one.fails) failing.push(use.track);
  }
  return { bonus, failing, fault };
}

interface Share {
  readonly bonus: number;
  readonly fault: boolean;
  readonly fails: boolean;
}

function share({ weight, reverse }: TrackUse, { holds, value }: TrackVerdict): Share {
  const sign = reverse ? -1 : 1;
  if (value !== undefined) {
    const bonus = Math.max(LOWEST, Math.min(value * weight * sign, HIGHEST));
    return { bonus, fault: bonus === LOWEST, fails: bonus < 0 };
  }
  if (weight === 0) return { bonus: 0, fault: holds === reverse, fails: false };
  // Above 0 it counts while the track holds, below 0 while it has failed.
  const bonus = weight > 0 === holds ? weight * sign : 0;
  return { bonus, fault: false, fails: holds === reverse };
}

/** What moves the priority of one member has to move all of the group. */
function usesOf(state: DirectorState, name: string): readonly TrackUse[] {
  const mates = matesOf(state, name);
  return [...groupTracks(state.setup.config, name), ...mates.flatMap((mate) => mate.tracks)];
}

export const groupTracks = ({ groups, instances }: Config, name: string): readonly TrackUse[] => {
  const group = instances.find((one) => one.name === name)?.group;
  return groups.find((one) => one.name === group)?.tracks ?? [];
};

export function trackCame(
  draft: Draft,
  { track, verdict }: Extract<DirectorEvent, { kind: "tracked" }>,
): void {
  const tracks = { ...draft.state.tracks, [track]: verdict };
  draft.state = { ...draft.state, tracks };
  weighTracks(draft);
}

/** What is known of the tracks, in each instance. */
export function weighTracks(draft: Draft): void {
  for (const { name } of draft.state.setup.config.instances) {
    const one = draft.instances[name];
    if (!one) continue;
    const uses = usesOf(draft.state, name);
    const { bonus, failing, fault } = weigh(uses, draft.state.tracks);
    if (bonus !== one.bonus || failing.join() !== one.failing.join()) {
      apply(draft, name, { kind: "tracked", bonus, failing });
    }
    if (fault !== one.faults.includes("tracked")) {
      apply(draft, name, { kind: fault ? "faulted" : "repaired", fault: "tracked" });
    }
  }
}

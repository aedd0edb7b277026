/** What an earlier run left behind, and what of it may be taken over. */
import type { Places } from "../base/places.ts";
import { adoptionWindow } from "../config/intervals.ts";
import type { Config, Instance } from "../config/types.ts";
import type { PlacedVip } from "../core/types.ts";
import { vipKey } from "../core/vip/diff.ts";
import { bootId, bootTime } from "../os/clock.ts";
import { RUN_STATE_VERSION, type RunState, readBeat, readRunState } from "../os/run-state.ts";
import { laterFormat } from "../os/state-format.ts";

export interface Previous {
  readonly state: RunState | undefined;
  /** CLOCK_BOOTTIME of the last advert. */
  readonly beat: number | undefined;
  /** Why nothing can be taken up, where a later version wrote the notes. */
  readonly refused?: string | undefined;
}

/** Of this boot only: after another one nothing of it is in the kernel. */
export async function readPrevious(places: Places): Promise<Previous> {
  const [state, beat] = await Promise.all([readRunState(places.state), readBeat(places.beat)]);
  if (state?.bootId === bootId()) return { state, beat };
  const known = { key: "version", known: RUN_STATE_VERSION };
  const refused = state ? undefined : await laterFormat(places.state, known);
  return { state: undefined, beat: undefined, refused };
}

/** Instances that were served a moment ago, by this director, and whose VIPs all still stand. */
export function adoptable(
  config: Config,
  self: string,
  previous: Previous,
  present: readonly PlacedVip[],
): readonly string[] {
  const { state, beat } = previous;
  if (state?.director !== self || beat === undefined) return [];
  const age = bootTime() - beat;
  const standing = new Set(present.map(vipKey));
  // A beat from the future proves nothing either.
  const served = ({ name, vips }: Instance): boolean =>
    age >= 0 &&
    age <= adoptionWindow(config, name) &&
    state.instances[name]?.state === "master" &&
    vips.every((vip) => standing.has(vipKey(vip)));
  return config.instances.filter(served).map(({ name }) => name);
}

/** What a director says of all its instances at one moment, in the words of its transport. */
import type { Instant } from "../../base/units.ts";
import type { Kind } from "../../wire/heartbeat/types.ts";
import { composeAdverts, type Speakers } from "./adverts.ts";
import { compose } from "./compose.ts";
import type { Utterance } from "./effects.ts";
import type { DirectorState } from "./types.ts";

const NOBODY: Speakers["adverts"] = new Map();

/** The state after speaking; undefined where nobody has a word to say. */
export function utter(
  state: DirectorState,
  occasion: Kind,
  now: Instant,
): { readonly state: DirectorState; readonly said: Utterance | undefined } {
  if (state.setup.config.heartbeat.transport === "vrrp") {
    return composeAdverts(state, { tick: true, adverts: NOBODY }, now);
  }
  const composed = compose(state, occasion, now);
  return { state: composed.state, said: { kind: "send", datagrams: composed.datagrams } };
}

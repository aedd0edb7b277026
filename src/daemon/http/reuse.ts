/** A text that costs something to make: a crowd that asks for it costs one. */
import { elapsed, type Instant } from "../../base/units.ts";
import { now } from "../../os/clock.ts";

/** Whoever asks again within this gets the same answer. */
const REUSE_MS = 1000;

export function reused(make: () => Promise<string>): () => Promise<string> {
  let told: { readonly text: Promise<string>; readonly at: Instant } | undefined;
  return () => {
    if (told && elapsed(told.at, now()) < REUSE_MS) return told.text;
    const fresh = { text: make(), at: now() };
    told = fresh;
    // A long text is not kept for long.
    const forget = (): void => {
      if (told === fresh) told = undefined;
    };
    fresh.text.catch(forget);
    setTimeout(forget, REUSE_MS).unref();
    return fresh.text;
  };
}

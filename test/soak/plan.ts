/** Which faults come in which order: each once, then at random for as long as there is time. */
import { random } from "../sim/random.ts";

/** The list once; after it an endless one, the same for the same seed. */
export function* planned<T>(faults: readonly T[], seed: number): Generator<T, never> {
  yield* faults;
  const chance = random(seed);
  for (;;) yield chance.pick(faults);
}

export interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly keepalived: boolean;
  /** Parts of faults' names; empty: all of them. */
  readonly only: readonly string[];
}

/** Those that are asked for, in the list's own order; a word that names none is an error. */
export function chosen<T extends { readonly name: string }>(
  faults: readonly T[],
  only: readonly string[],
): readonly T[] {
  const unknown = only.filter((word) => !faults.some(({ name }) => name.includes(word)));
  if (unknown.length > 0) {
    const names = faults.map(({ name }) => name).join("; ");
    throw new RangeError(`no such fault: ${unknown.join(", ")}; there are: ${names}`);
  }
  if (only.length === 0) return faults;
  return faults.filter(({ name }) => only.some((word) => name.includes(word)));
}

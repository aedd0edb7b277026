/** The difference between two keyed collections, which every level of the kernel is brought to. */

export interface KeyedDiff<D, O> {
  readonly added: readonly D[];
  readonly changed: readonly { readonly desired: D; readonly observed: O }[];
  readonly removed: readonly O[];
}

/** Compares `desired` with `observed` by key; `same` decides whether a common key needs a change. */
export function diffByKey<D, O>(
  desired: ReadonlyMap<string, D>,
  observed: ReadonlyMap<string, O>,
  same: (desired: D, observed: O) => boolean,
): KeyedDiff<D, O> {
  const added: D[] = [];
  const changed: { desired: D; observed: O }[] = [];
  for (const [key, want] of desired) {
    const have = observed.get(key);
    if (have === undefined) added.push(want);
    else if (!same(want, have)) changed.push({ desired: want, observed: have });
  }
  const removed = [...observed].filter(([key]) => !desired.has(key)).map(([, have]) => have);
  return { added, changed, removed };
}

/** Indexes values by key; a later value with the same key wins. */
export const indexBy = <T>(values: Iterable<T>, key: (value: T) => string): Map<string, T> => {
  const index = new Map<string, T>();
  for (const value of values) index.set(key(value), value);
  return index;
};

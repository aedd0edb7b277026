/** Finds the word that somebody probably meant. */

/** Transposed neighbours count as one mistake, like a letter too many, too few or wrong. */
const MAX_DISTANCE = 3;

/** The nearest of `known`, or undefined where none is near. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const limit = Math.min(MAX_DISTANCE, Math.ceil(word.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of known) {
    const distance = distanceTo(normal(word), normal(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `: did you mean X?`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const found = nearest(word, known);
  return found === undefined ? "" : `: did you mean ${found}?`;
}

/** `router_id` and `router-id` are `routerId` in another dress. */
const normal = (word: string): string => word.toLowerCase().replaceAll(/[_-]/g, "");

const MIN_STEM = 3;

/** A word cut short, such as `prio`, is as near as one mistake. */
const distanceTo = (word: string, candidate: string): number =>
  word.length >= MIN_STEM && candidate.startsWith(word)
    ? Math.min(1, candidate.length - word.length)
    : distanceOf(word, candidate);

/** Damerau and Levenshtein's distance, restricted to neighbours. */
function distanceOf(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) value = Math.min(value, (beforeLast[j - 2] ?? 0) + 1);
      row.push(value);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

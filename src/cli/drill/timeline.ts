/** Who held an address when, from what was seen; and what clients had of it. */

/** An address was held by `holder` for this long; times are milliseconds on one clock. */
export interface Hold {
  readonly holder: string;
  readonly from: number;
  readonly to: number;
}

export interface Window {
  readonly from: number;
  readonly to: number;
}

/** An address came to this host's interface, or went. */
export interface Presence {
  readonly present: boolean;
  readonly at: number;
}

/** Questions without an answer before a holder counts as gone: one may be lost on the way. */
const MISSED = 2;

/** What this host held; `changes` in their order. */
export function localHolds(
  holder: string,
  seen: { readonly initially: boolean; readonly changes: readonly Presence[] },
  window: Window,
): readonly Hold[] {
  const holds: Hold[] = [];
  let since = seen.initially ? window.from : undefined;
  for (const { present, at } of seen.changes) {
    if (present) since ??= at;
    else if (since !== undefined) {
      holds.push({ holder, from: since, to: at });
      since = undefined;
    }
  }
  if (since !== undefined) holds.push({ holder, from: since, to: window.to });
  return holds.flatMap((hold) => clip(hold, window));
}

/**
 * What one other host held: from an answer to the next, unless questions between them went without.
 * After the last answer it holds on while no more than one question is open.
 */
export function remoteHolds(
  holder: string,
  seen: { readonly questions: readonly number[]; readonly answers: readonly number[] },
  window: Window,
): readonly Hold[] {
  const { questions, answers } = seen;
  const holds: Hold[] = [];
  let from = answers[0];
  let question = 0;
  for (const [i, answer] of answers.entries()) {
    from ??= answer;
    const next = answers[i + 1];
    let asked = 0;
    while (question < questions.length && (questions[question] ?? 0) < answer) question++;
    for (; question < questions.length; question++, asked++) {
      if ((questions[question] ?? 0) >= (next ?? window.to)) break;
    }
    // The newest of them is answered by `next`, or may still be.
    const gone = asked - 1 >= MISSED;
    if (gone || next === undefined) {
      holds.push({ holder, from, to: gone ? answer : window.to });
      from = undefined;
    }
  }
  return holds.flatMap((hold) => clip(hold, window));
}

export interface Measured {
  /** The longest time in which nobody held it. */
  readonly gapMs: number;
  /** When that began. */
  readonly gapAt: number | undefined;
  /** The longest time in which more than one held it. */
  readonly overlapMs: number;
}

export function measure(holds: readonly Hold[], window: Window): Measured {
  const edges = [
    ...new Set([window.from, window.to, ...holds.flatMap(({ from, to }) => [from, to])]),
  ];
  edges.sort((a, b) => a - b);
  let gap = { length: 0, at: undefined as number | undefined };
  let overlapMs = 0;
  let emptySince: number | undefined;
  let sharedSince: number | undefined;
  for (const [i, from] of edges.entries()) {
    const to = edges[i + 1];
    if (to === undefined) break;
    const holders = new Set(
      holds.filter((hold) => hold.from <= from && hold.to >= to).map(({ holder }) => holder),
    );
    emptySince = holders.size === 0 ? (emptySince ?? from) : undefined;
    sharedSince = holders.size > 1 ? (sharedSince ?? from) : undefined;
    if (emptySince !== undefined && to - emptySince > gap.length) {
      gap = { length: to - emptySince, at: emptySince };
    }
    if (sharedSince !== undefined) overlapMs = Math.max(overlapMs, to - sharedSince);
  }
  return { gapMs: gap.length, gapAt: gap.at, overlapMs };
}

function clip({ holder, from, to }: Hold, window: Window): readonly Hold[] {
  const start = Math.max(from, window.from);
  const end = Math.min(to, window.to);
  return start < end ? [{ holder, from: start, to: end }] : [];
}

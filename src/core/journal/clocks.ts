/** Two directors' clocks, compared by the heartbeats that both wrote down.
 *
 * What one said and the other heard is one moment but for the way: heartbeats in both directions
 * have the way's time once added and once subtracted, so their mean is free of it.
 */
import type { ClockBody, Line } from "./types.ts";

/** A line with its wall clock's time in milliseconds. */
export interface Dated {
  readonly ms: number;
  readonly line: Line;
}

/** At `time` of the own clock the other one showed so much more. */
interface Sample {
  readonly time: number;
  readonly aheadMs: number;
}

export interface Clocks {
  /** Heartbeats that both wrote down, by direction as seen from here. */
  readonly said: readonly Sample[];
  readonly heard: readonly Sample[];
}

export function compareClocks(own: readonly Dated[], other: readonly Dated[]): Clocks {
  const there = new Map(marks(other).map((mark) => [mark.key, mark]));
  const samples = (way: ClockBody["way"]): readonly Sample[] =>
    marks(own).flatMap((mark) => {
      const twin = mark.way === way ? there.get(mark.key) : undefined;
      if (!twin || twin.way === way) return [];
      return [{ time: mark.ms, aheadMs: twin.ms - mark.ms }];
    });
  return { said: samples("said"), heard: samples("heard") };
}

const marks = (all: readonly Dated[]) =>
  all.flatMap(({ ms, line }) =>
    line.kind === "clock" ? [{ ms, way: line.way, key: `${line.session} ${line.sequence}` }] : [],
  );

/** How far the other clock was ahead at a moment of its own; undefined where nothing tells. */
export function aheadAt({ said, heard }: Clocks, time: number): number | undefined {
  const found = [nearest(said, time), nearest(heard, time)].flatMap((one) =>
    one === undefined ? [] : [one.aheadMs],
  );
  if (found.length === 0) return undefined;
  return found.reduce((sum, one) => sum + one, 0) / found.length;
}

const nearest = (samples: readonly Sample[], time: number): Sample | undefined =>
  samples.reduce<Sample | undefined>((best, one) => {
    const away = ({ time: at, aheadMs }: Sample): number => Math.abs(at + aheadMs - time);
    return best && away(best) <= away(one) ? best : one;
  }, undefined);

/** Counters of IPVS as samples, with a direction where there is one. */
import type { TrafficSnapshot } from "../../core/director/snapshot-types.ts";
import type { Labels, Sample } from "./family.ts";

export type Total = (
  totals: TrafficSnapshot,
) => readonly (readonly [direction: "in" | "out" | undefined, value: number])[];

const DIRECTIONS = { in: { direction: "in" }, out: { direction: "out" } } as const;

export const traffic = (
  all: readonly { readonly labels: Labels; readonly totals: TrafficSnapshot | undefined }[],
  tell: Total,
): readonly Sample[] =>
  all.flatMap(({ labels, totals }) =>
    totals === undefined
      ? []
      : tell(totals).map(([direction, value]) =>
          direction === undefined
            ? { sharedLabels: labels, value }
            : { sharedLabels: labels, labels: DIRECTIONS[direction], value },
        ),
  );

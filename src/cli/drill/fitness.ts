/** What a drill is to do, and what keeps this director from its part in it. */
import type { InstanceSnapshot } from "../../core/director/snapshot-types.ts";

export type Plan =
  | {
      readonly kind: "ready";
      readonly instance: InstanceSnapshot;
      /** Directors by name; one of them is this one. */
      readonly from: string;
      readonly to: string;
      /** This director is the master, and hands over first. */
      readonly giving: boolean;
      /** The way back is waited for, not asked for: so long at most, beside the time of a takeover. */
      readonly waitsMs: number | undefined;
      /** What nobody can tell beforehand, a sentence each. */
      readonly unknown: readonly string[];
    }
  | { readonly kind: "unfit"; readonly reasons: readonly string[] };

export const unfit = (...reasons: readonly string[]): Plan => ({ kind: "unfit", reasons });

/** What keeps this director from taking over, now or on the way back. */
export function ownComplaints(director: string, instance: InstanceSnapshot): readonly string[] {
  return [
    ...instance.faults.map((fault) => `${director}: ${fault}`),
    ...(instance.level ? [] : [`${director} is not level: its connection table is incomplete`]),
    ...(instance.holdMs === undefined ? [] : [`${director} is on hold: see \`baton resume\``]),
  ];
}

/** What instances depend on beside their links and addresses. */
import type { Millis } from "../base/units.ts";

/** Something beside the link and the addresses that an instance depends on. */
export interface Track {
  readonly name: string;
  readonly subject: TrackSubject;
  readonly interval: Millis;
  /** Of a script. */
  readonly timeout: Millis;
  readonly rise: number;
  readonly fall: number;
  /** It has failed until it was seen to hold. */
  readonly startsFailed: boolean;
}

export type TrackSubject =
  | { readonly kind: "interface"; readonly interface: string }
  | {
      readonly kind: "script";
      readonly command: readonly string[];
      readonly user: string | undefined;
    }
  | { readonly kind: "file"; readonly path: string }
  | ({ readonly kind: "process" } & Processes);

/** Which processes count, and how many of them have to run. */
export interface Processes {
  readonly by:
    | { readonly kind: "name"; readonly name: string }
    | {
        readonly kind: "command";
        readonly words: readonly string[];
        readonly match: "exact" | "partial" | "initial";
      };
  readonly min: number;
  readonly max: number | undefined;
}

/** What a track means to one instance, with keepalived's arithmetic. */
export interface TrackUse {
  readonly track: string;
  /** 0: the instance is at fault while the track has failed. */
  readonly weight: number;
  readonly reverse: boolean;
}

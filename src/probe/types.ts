/** What every kind of probe is: it asks once, and says once how it went. */
import type { Probe, ProbeAction } from "../config/check-types.ts";

export type Outcome =
  | {
      readonly ok: true;
      /** A word about the answer that does not change from one to the next. */
      readonly note: string;
      readonly weight?: number;
      readonly warning?: string | undefined;
    }
  | { readonly ok: false; readonly reason: string };

/** One question on its way. */
export interface Attempt {
  /** The first outcome counts; after it everything is let go. */
  end(outcome: Outcome): void;
  /** What a time-out was waiting for: `no connection within 3s`. */
  waitsFor(what: string): void;
  /** Called once when the attempt is over, however it ends. */
  onEnd(release: () => void): void;
}

/** A probe of one kind. */
export type ProbeOf<K extends ProbeAction["kind"]> = Probe & {
  readonly action: Extract<ProbeAction, { readonly kind: K }>;
};

export const up = (note: string): Outcome => ({ ok: true, note });
export const down = (reason: string): Outcome => ({ ok: false, reason });

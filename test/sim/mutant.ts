/** A mistake in the core: what is replaced by what, and the scenario that must notice. */

interface Patch {
  /** Below src/core/. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface Mutant {
  readonly name: string;
  readonly patches: readonly Patch[];
  /** A scenario's name. */
  readonly killedBy: string;
}

export const mutant = (name: string, killedBy: string, ...patches: readonly Patch[]): Mutant => ({
  name,
  patches,
  killedBy,
});

const patch =
  (file: string) =>
  (from: string, to: string): Patch => ({ file, from, to });

export const backup = patch("vrrp/backup.ts");
export const election = patch("vrrp/election.ts");
export const master = patch("vrrp/master.ts");
export const step = patch("vrrp/step.ts");
export const timing = patch("vrrp/timing.ts");
export const transitions = patch("vrrp/transitions.ts");
export const compose = patch("director/compose.ts");
export const director = patch("director/step.ts");
export const freshness = patch("director/freshness.ts");
export const hear = patch("director/hear.ts");
export const learning = patch("resync/learning.ts");
export const teaching = patch("director/resync.ts");
export const leaving = patch("vrrp/leaving.ts");
export const seeing = patch("sight/sight.ts");
export const rfcBackup = patch("vrrp/rfc/backup.ts");
export const rfcMaster = patch("vrrp/rfc/master.ts");
export const rfcTiming = patch("vrrp/rfc/timing.ts");
export const spoken = patch("vrrp/rfc/spoken.ts");
export const adverts = patch("director/adverts.ts");
export const draft = patch("director/draft.ts");
export const groups = patch("director/groups.ts");
export const setup = patch("director/setup.ts");
export const beats = patch("director/beats.ts");

/** What the demo's guest tells of each rehearsal. */

export interface Expectation {
  readonly text: string;
  readonly held: boolean;
  readonly found: string;
}

/** Times are milliseconds since the fault. */
export interface Rehearsal {
  readonly name: string;
  /** What was done. */
  readonly title: string;
  readonly duration: number;
  /** Directors that had the VIP on their interface at the moment of the fault. */
  readonly before: readonly string[];
  readonly vip: readonly { readonly at: number; readonly host: string; readonly on: boolean }[];
  /** Transitions in the daemons' words, and what was done to them. */
  readonly events: readonly { readonly at: number; readonly who: string; readonly what: string }[];
  readonly gap: number;
  readonly answered: readonly { readonly at: number; readonly by: string }[];
  readonly connections: {
    readonly held: number;
    readonly alive: number;
    readonly longest: number;
    readonly tried: number;
    readonly failed: number;
  };
  readonly expectations: readonly Expectation[];
}

export interface Outcome {
  readonly directors: readonly string[];
  readonly intervalMs: number;
  readonly probeMs: number;
  readonly rehearsals: readonly Rehearsal[];
  /** False where a rehearsal broke off. */
  readonly complete: boolean;
  /** Of the last master: `baton status` and `ipvsadm -Ln`. */
  readonly master: string;
  readonly status: string;
  readonly table: string;
}

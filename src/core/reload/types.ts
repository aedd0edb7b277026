/** What a reload does, in words: operations, what each disturbs, and roles that move. */

export interface Operation {
  /** `instance web`, `service http`, `heartbeat` … */
  readonly subject: string;
  /** A clause: what happens to it. */
  readonly what: string;
  /** A sentence's worth of who notices; undefined: nobody does. */
  readonly disturbs: string | undefined;
}

/** A role that this director has, and would lose. */
export interface Move {
  readonly instance: string;
  readonly why: string;
}

export interface Plan {
  readonly operations: readonly Operation[];
  readonly moves: readonly Move[];
}

/** What a plan is made for. */
export interface Viewpoint {
  readonly self: string;
  /** Instances that this director is master of. */
  readonly masterOf: ReadonlySet<string>;
  /** Active connections of a server in the table, by the names of both; undefined: unknown. */
  readonly connections: (service: string, server: string) => number | undefined;
}

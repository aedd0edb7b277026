/** What the control socket answers: HTTP over a unix socket, JSON in both directions.
 *
 * ```
 * GET  /v1/status                                    → Snapshot
 * POST /v1/failover  {instance?, force?, holdMs?}    → Reply
 * POST /v1/resume    {instance?}                     → Reply
 * POST /v1/takeover  {instance?}                     → Reply
 * POST /v1/server    {server, action, service?, forMs?, reason?, who?} → Reply
 * ```
 * A request that is wrong answers 400, one that is refused 409, each with a Reply that says why.
 */
import type { Snapshot } from "../core/director/snapshot-types.ts";

export interface Reply {
  readonly done: boolean;
  /** What was done, or why not. */
  readonly sentence: string;
}

export interface FailoverRequest {
  /** Undefined: every instance that this director is master of. */
  readonly instance: string | undefined;
  /** Let go although no other director is fit. */
  readonly force: boolean;
  /** How long this director stays away. */
  readonly holdMs: number;
}

export interface InstanceRequest {
  /** Undefined: every instance that it makes sense for. */
  readonly instance: string | undefined;
}

export interface ServerRequest {
  /** `ADDRESS:PORT`, or `ADDRESS` for all of its ports. */
  readonly server: string;
  /** Undefined: in every service that has it. */
  readonly service: string | undefined;
  readonly action: "drain" | "disable" | "enable";
  /** It ends by itself then; undefined: when somebody enables it. */
  readonly forMs: number | undefined;
  readonly reason: string;
  readonly who: string;
}

/** What the daemon gives to the socket's server. */
export interface ControlHandlers {
  status(): Snapshot;
  /** Resolves when the handover is over, or refused. */
  failover(request: FailoverRequest): Promise<Reply>;
  /** Ends the hold that a failover left behind. */
  resume(request: InstanceRequest): Promise<Reply>;
  /** Asks the living master for a planned handover to this director; resolves when it is over. */
  takeover(request: InstanceRequest): Promise<Reply>;
  /** Takes a real server out, or back; both directors do so. */
  server(request: ServerRequest): Promise<Reply>;
}

export const DEFAULT_HOLD_MS = 600_000;
/** Longer than any maintenance, and a bound for what a slip of the finger may do. */
export const MAX_HOLD_MS = 7 * 24 * 3_600_000;

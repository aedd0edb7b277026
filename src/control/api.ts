/** What the control socket answers: HTTP over a unix socket, JSON in both directions.
 *
 * ```
 * GET  /v1/status                                    → Snapshot
 * GET  /v1/metrics                                   → text, for Prometheus
 * POST /v1/failover  {instance?, force?, holdMs?}    → Reply
 * POST /v1/resume    {instance?}                     → Reply
 * POST /v1/takeover  {instance?}                     → Reply
 * POST /v1/plan      {file?}                         → PlanReply
 * POST /v1/reload    {move?, confirmMs?}             → PlanReply
 * POST /v1/rollback  {number?, move?}                → PlanReply
 * POST /v1/push      {director?, move?, confirmMs?}  → PushReply
 * POST /v1/peers     {ask, client?}                  → PeersReply
 * POST /v1/confirm   {}                              → Reply
 * GET  /v1/configurations                            → PastConfiguration[]
 * POST /v1/server    {server, action, service?, forMs?, reason?, who?} → Reply
 * ```
 * A request that is wrong answers 400, one that is refused 409, each with a Reply that says why.
 */
import type { Snapshot } from "../core/director/snapshot-types.ts";
import type { Plan } from "../core/reload/types.ts";

export interface Reply {
  readonly done: boolean;
  /** What was done, or why not. */
  readonly sentence: string;
}

export interface PlanReply extends Reply {
  /** Undefined where the file, or this host, refuses it. */
  readonly plan: Plan | undefined;
  /** The file is wrong, or the host is not fit for it: the same call fails again. */
  readonly invalid: boolean;
}

export interface PushReply extends Reply {
  readonly replies: readonly { readonly director: string; readonly reply: PlanReply }[];
}

export interface PushRequest extends ReloadRequest {
  /** Undefined: all others. */
  readonly director: string | undefined;
}

/** What the other directors are asked. */
export type PeerQuestion =
  /** The newest lines of their journals. */
  | { readonly ask: "journal" }
  /** What they saw happen lately. */
  | { readonly ask: "lately" }
  /** Which servers a client's address is on there. */
  | { readonly ask: "client"; readonly client: string };

export interface PeerAnswer extends Reply {
  readonly director: string;
  /** Lines of a journal; Lately or ClientBindings as JSON. Undefined where nothing was answered. */
  readonly text: string | undefined;
  /** How far its wall clock was ahead of this host's, in milliseconds. */
  readonly aheadMs: number | undefined;
}

export interface PeersReply extends Reply {
  readonly answers: readonly PeerAnswer[];
}

/** A configuration that ran here. */
export interface PastConfiguration {
  readonly number: number;
  readonly digest: string;
  /** The wall clock when it began to run. */
  readonly time: string;
  /** `start`, `reload`, `rollback to 3` … */
  readonly how: string;
}

export interface ReloadRequest {
  /** Roles may move. */
  readonly move: boolean;
  /** It goes back by itself after so long unless it is confirmed. */
  readonly confirmMs: number | undefined;
}

export interface RollbackRequest {
  /** Of the history; undefined: the one that ran before. */
  readonly number: number | undefined;
  readonly move: boolean;
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

/** A text that is told as it is, with METRICS_TYPE. */
export interface Told {
  readonly text: string;
}

export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** What the daemon gives to the socket's server. */
export interface ControlHandlers {
  status(): Snapshot;
  metrics(): Promise<Told>;
  /** Resolves when the handover is over, or refused. */
  failover(request: FailoverRequest): Promise<Reply>;
  /** Ends the hold that a failover left behind. */
  resume(request: InstanceRequest): Promise<Reply>;
  /** Asks the living master for a planned handover to this director; resolves when it is over. */
  takeover(request: InstanceRequest): Promise<Reply>;
  /** What a reload would do: of this file, or of the daemon's own. */
  plan(file: string | undefined): Promise<PlanReply>;
  reload(request: ReloadRequest): Promise<PlanReply>;
  rollback(request: RollbackRequest): Promise<PlanReply>;
  /** Offers what runs here to the other directors. */
  push(request: PushRequest): Promise<PushReply>;
  /** Asks all other directors; done where all of them have answered. */
  peers(question: PeerQuestion): Promise<PeersReply>;
  confirm(): Promise<Reply>;
  configurations(): readonly PastConfiguration[];
  /** Takes a real server out, or back; both directors do so. */
  server(request: ServerRequest): Promise<Reply>;
}

/** What moves a role or a server: the page has these as well. */
export type CommandHandlers = Pick<ControlHandlers, "failover" | "resume" | "takeover" | "server">;

/** What the page may ask for with a token. */
export interface PageHandlers extends CommandHandlers {
  /** A handover and the way back, measured; resolves with the report, of several lines. */
  drill(request: InstanceRequest): Promise<Reply>;
}

/** What happened lately, the oldest first, as one director saw it. */
export type Lately = Pick<Snapshot, "history" | "serverHistory" | "repairs" | "decisions">;

export interface PeerLately {
  readonly director: string;
  /** Undefined: it has not told yet. */
  readonly lately: Lately | undefined;
  /** How long ago it told that: its own ages are counted until then. */
  readonly agoMs: number;
  /** Why it did not answer when it was last asked. */
  readonly problem: string | undefined;
}

/** What the page is told, each time anew. */
export interface PageView {
  /** The next one comes within this. */
  readonly nextMs: number;
  /** Commands are taken, with a token. */
  readonly commands: boolean;
  readonly peers: readonly PeerLately[];
  readonly snapshot: Snapshot;
}

/** A change that nobody confirmed for so long has been forgotten. */
export const MAX_CONFIRM_MS = 24 * 3_600_000;
export const DEFAULT_HOLD_MS = 600_000;
/** Longer than any maintenance, and a bound for what a slip of the finger may do. */
export const MAX_HOLD_MS = 7 * 24 * 3_600_000;

/** Checks of real servers, every default in place: what is asked, how often, how patiently. */
import type { Ip } from "../base/ip.ts";
import type { Millis } from "../base/units.ts";

/** One question to one target. Equal ones are asked once, however many services want to know. */
export interface Probe {
  readonly action: ProbeAction;
  readonly target: { readonly address: Ip; readonly port: number };
  /** The address that it is asked from. */
  readonly source: Ip | undefined;
  /** From one start to the next. */
  readonly interval: Millis;
  /** For all of it: what has not been answered by then has failed. */
  readonly timeout: Millis;
  readonly connectTimeout: Millis;
  /** Each start is so much early or late at most, by chance. */
  readonly jitter: Millis;
}

export interface TlsOptions {
  readonly verify: boolean;
  /** SNI, and the name that the certificate must have; undefined: the address. */
  readonly serverName: string | undefined;
  /** A file of trusted certificates instead of the system's. */
  readonly caFile: string | undefined;
  /** An alarm so long before the certificate ends. */
  readonly warnBefore: Millis;
}

/** What a text must be like. */
export interface Spoken {
  readonly kind: "prefix" | "contains" | "regex";
  /** But of a regex: a character an octet, so that nothing is lost of what is no UTF-8. */
  readonly text: string;
}

/** What an answer must be like. */
export type Match =
  | Spoken
  /** SHA-256 of all of it, in hexadecimal digits. */
  | { readonly kind: "digest"; readonly text: string };

export interface HttpAction {
  readonly kind: "http";
  /** Undefined: plain http. */
  readonly tls: TlsOptions | undefined;
  /** Offered over TLS; the server chooses. */
  readonly http2: boolean;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Inclusive ranges. */
  readonly status: readonly (readonly [number, number])[];
  readonly match: Match | undefined;
  /** Redirects on the same server that are followed. */
  readonly redirects: number;
}

/** `send` speaks, a character an octet; everything else waits for an answer. */
export type DialogueStep = { readonly kind: "send"; readonly text: string } | Spoken;

export interface DialogueAction {
  readonly kind: "dialogue";
  readonly over: "tcp" | "tls" | "udp";
  readonly tls: TlsOptions;
  readonly steps: readonly DialogueStep[];
}

export interface DnsAction {
  readonly kind: "dns";
  readonly over: "udp" | "tcp";
  readonly name: string;
  readonly recordType: string;
  readonly rcode: string;
  /** One of the answers must be this; undefined: any answer will do. */
  readonly answer: string | undefined;
}

export interface ExecAction {
  readonly kind: "exec";
  /** A program and its arguments; no shell. */
  readonly command: readonly string[];
  /** Exit codes 2 to 255 are a weight of 0 to 253, as keepalived's misc_dynamic. */
  readonly weightFromExit: boolean;
  /** Whom it runs as, as in `Notify`. */
  readonly user: string | undefined;
}

export type ProbeAction =
  | { readonly kind: "tcp" }
  | { readonly kind: "tls"; readonly tls: TlsOptions }
  | { readonly kind: "udp"; readonly send: string; readonly reply: boolean }
  | { readonly kind: "ping" }
  | { readonly kind: "file"; readonly path: string }
  | HttpAction
  | DialogueAction
  | DnsAction
  | ExecAction;

/** A question, and what its answers mean for one server. */
export interface Check {
  /** Position in the configuration's list of probes. */
  readonly probe: number;
  /** Successes in a row that bring a server back. */
  readonly rise: number;
  /** Failures in a row that take it out. */
  readonly fall: number;
  /** Bounds of a weight that the answer tells. */
  readonly minWeight: number;
  readonly maxWeight: number;
}

export interface Damping {
  /** A server that fails so often `within` is kept out for `hold`. */
  readonly flaps: number;
  readonly within: Millis;
  readonly hold: Millis;
}

/** What one server says that differs from its service, or that only it has. */
export interface ServerOptions {
  readonly onFailure: "remove" | "weight0" | undefined;
  /** Programs with their arguments, for its own changes; empty: nothing is run. */
  readonly notify: {
    readonly up: readonly string[];
    readonly down: readonly string[];
    readonly user: string | undefined;
  };
}

/** What becomes of a service when its servers fail. */
export interface HealthPolicy {
  readonly onFailure: "remove" | "weight0";
  /** What becomes of a server that a reload takes out of the file. */
  readonly removal: "immediate" | "drain";
  /** So long it may keep its connections. */
  readonly drainLimit: Millis;
  /** Before the first answer a server counts as up. */
  readonly assumeUp: boolean;
  /** A server that comes back gets its weight in steps over so long; 0: at once. */
  readonly slowStart: Millis;
  readonly damping: Damping | undefined;
  /** Summed weight of the servers that are up. */
  readonly quorum: number;
  readonly hysteresis: number;
  /** What the instance's priority loses while the quorum is lost and a peer sees more servers up. */
  readonly penalty: number;
  readonly onQuorum: {
    readonly up: readonly string[];
    readonly down: readonly string[];
    readonly user: string | undefined;
  };
  /** More than this share (0 to 1) does not go out at once unless a peer sees it too. */
  readonly share: number;
  /** So long an unconfirmed failure of many is doubted where no peer says anything. */
  readonly patience: Millis;
}

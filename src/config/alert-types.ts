/** Who is told of what happens: sinks of a configuration, resolved. */
import type { Millis } from "../base/units.ts";

/** What an event is about. */
export type AlertSubject = "instance" | "group" | "server" | "quorum";

export interface Alert {
  readonly name: string;
  readonly sink: AlertSink;
  readonly events: readonly AlertSubject[];
  /** Names; undefined: all there are. */
  readonly instances: readonly string[] | undefined;
  readonly groups: readonly string[] | undefined;
  readonly services: readonly string[] | undefined;
  /** Who tells of servers: the one that serves them, or each that has found it. */
  readonly by: "master" | "each";
  /** What is still so is told again this often; 0 is never. */
  readonly remind: Millis;
  /** Of one delivery, all in all. */
  readonly timeout: Millis;
  /** So long an event is tried to be delivered. */
  readonly retryFor: Millis;
  readonly limit: AlertLimit;
}

export interface AlertLimit {
  readonly deliveries: number;
  readonly within: Millis;
}

export type AlertSink = MailSink | WebhookSink | ExecSink;

export interface MailSink {
  readonly kind: "mail";
  readonly host: string;
  readonly port: number;
  readonly over: "tcp" | "starttls" | "tls";
  readonly verify: boolean;
  readonly caFile: string | undefined;
  readonly passwordFile: string | undefined;
  /** Undefined: baton@ and the host's name. */
  readonly from: string | undefined;
  readonly to: readonly string[];
  /** Undefined: the host's name. */
  readonly hello: string | undefined;
  readonly connectTimeout: Millis;
}

export interface WebhookSink {
  readonly kind: "webhook";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tokenFile: string | undefined;
  readonly verify: boolean;
  readonly caFile: string | undefined;
}

export interface ExecSink {
  readonly kind: "exec";
  readonly command: readonly string[];
  /** As in `Notify`. */
  readonly user: string | undefined;
}

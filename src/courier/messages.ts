/** What the main thread and the courier's thread say to each other. */
import type { Millis } from "../base/units.ts";
import type { MailSink, WebhookSink } from "../config/alert-types.ts";
import type { Letter } from "../core/alert/text.ts";
import type { Outcome } from "../core/alert/types.ts";

export interface Parcel {
  readonly sink: MailSink | WebhookSink;
  readonly letter: Letter;
  /** What the sink's file of a password or token says. */
  readonly secret: string | undefined;
  /** All in all. */
  readonly timeout: Millis;
}

export interface Order {
  readonly id: number;
  readonly parcel: Parcel;
}

export interface Receipt {
  readonly id: number;
  readonly outcome: Outcome;
}

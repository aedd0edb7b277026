/** What is told to people and programs outside: events, and what becomes of their delivery. */
import type { Instant, Millis } from "../../base/units.ts";

/** The states of an instance, or of a group, that others have to know. */
export type ToldState = "master" | "backup" | "fault" | "stop";

export type AlertEvent =
  | {
      readonly subject: "instance";
      readonly instance: string;
      readonly state: ToldState;
      readonly priority: number;
      readonly why: string;
    }
  | {
      readonly subject: "group";
      readonly group: string;
      readonly state: ToldState;
      readonly why: string;
    }
  | {
      readonly subject: "server";
      readonly service: string;
      /** `ADDRESS:PORT`. */
      readonly server: string;
      readonly state: "up" | "down";
      readonly why: string;
    }
  | {
      readonly subject: "quorum";
      readonly service: string;
      readonly state: "held" | "lost";
      /** Summed weight. */
      readonly up: number;
      readonly wanted: number;
    };

/** An event on its way. */
export interface Told {
  readonly event: AlertEvent;
  /** It was told before, and is so still. */
  readonly still: boolean;
  /** The wall clock, for people. */
  readonly time: string;
}

/** Something that is not as it should be, and since when. */
export interface Trouble {
  readonly event: AlertEvent;
  readonly since: Instant;
}

export type Outcome =
  /** `note`: what is worth knowing all the same. */
  | { readonly kind: "delivered"; readonly note?: string | undefined }
  | {
      readonly kind: "failed";
      readonly why: string;
      /** It may succeed later. */
      readonly again: boolean;
      /** Not before: who refused it said so. */
      readonly wait?: Millis | undefined;
    };

/** How one alert does. */
export interface AlertFacts {
  readonly name: string;
  readonly kind: "mail" | "webhook" | "exec";
  /** Events. */
  readonly delivered: number;
  readonly waiting: number;
  /** Too many waited, or it was tried for too long. */
  readonly dropped: number;
  /** Deliveries that failed since the last one that did not. */
  readonly failures: number;
  readonly lastFailure: AlertFailure | undefined;
}

export interface AlertFailure {
  readonly why: string;
  readonly at: Instant;
  /** The wall clock, for people. */
  readonly time: string;
}

/** What the page knows, and what a reader may do on it. */
import type { PageView } from "../control/api.ts";
import type { Traces } from "./traces.ts";

/** How the page hears of the director. */
export type Hearing =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** Too many pages listen: this one asks now and then. */
  | { readonly kind: "asking"; readonly why: string }
  /** What is shown is not of now. */
  | { readonly kind: "stale"; readonly forMs: number };

export interface PageState {
  readonly view: PageView | undefined;
  readonly traces: Traces;
  readonly hearing: Hearing;
  /** Part of the names of the services that are shown. */
  readonly filter: string;
  /** The reader's clock when the view came. */
  readonly heardAt: Date;
}

export type Command =
  | { readonly kind: "failover" | "takeover" | "resume" | "drill"; readonly instance: string }
  | {
      readonly kind: "drain" | "disable" | "enable";
      readonly server: string;
      readonly service: string;
    };

/** How a command stands. */
export type Told = "running" | "done" | "failed";

export interface Actions {
  /** Asks the reader, and the director. */
  command(command: Command): void;
}

/** What a director asks for: edges, in the order in which they are carried out. */
import type { Envelope } from "../../wire/heartbeat/types.ts";
import type { AdminEntry, HealthChange } from "../health/types.ts";
import type { PassKind } from "../resync/types.ts";
import type { Story } from "../story/story.ts";
import type { VrrpEffect } from "../vrrp/types.ts";

/** Why a datagram was not believed. */
export type Refusal =
  | "foreign cluster"
  | "unknown sender"
  | "other addressee"
  | "own"
  | "wrong path"
  | "replayed"
  | "old session"
  | "unproven";

/** What one instance says on protocol 112; priority 0 lets go. */
export interface OwnAdvert {
  /** By the interface's own MAC, where there is a virtual one: that is another's now. */
  readonly byOwnMac?: true;
  readonly instance: string;
  readonly priority: number;
}

/** One datagram to one peer over one path; peer undefined is the multicast group. */
export interface Outgoing {
  readonly peer: string | undefined;
  readonly path: number;
  readonly envelope: Envelope;
}

export type DirectorEffect =
  | { readonly kind: "send"; readonly datagrams: readonly Outgoing[] }
  /** Adverts of protocol 112. */
  | { readonly kind: "advertise"; readonly adverts: readonly OwnAdvert[] }
  | {
      readonly kind: "announce";
      readonly instance: string;
      readonly repeat: number;
      readonly why: string;
    }
  | {
      readonly kind: "transition";
      readonly instance: string;
      readonly transition: Extract<VrrpEffect, { kind: "transition" }>;
    }
  /** A change of the role is complete. */
  | { readonly kind: "told"; readonly instance: string; readonly story: Story }
  /** Reads the connection table, and sends what is of these instances. */
  | {
      readonly kind: "resync";
      readonly pass: number;
      readonly passKind: PassKind;
      readonly instances: readonly string[];
    }
  /** A server or a quorum has changed. */
  | { readonly kind: "health"; readonly change: HealthChange }
  /** What people decided about servers has changed: to be kept. `said` is what is new of it. */
  | { readonly kind: "administered"; readonly said: readonly AdminEntry[] }
  /** What the tracks or the servers make of a priority. */
  | { readonly kind: "reweighed"; readonly instance: string; readonly priority: number }
  /** A master of lower priority was heard beside this one. */
  | { readonly kind: "rivalled"; readonly instance: string; readonly director: string }
  | { readonly kind: "refused"; readonly instance: string; readonly sentence: string }
  | { readonly kind: "note"; readonly instance: string; readonly sentence: string }
  | { readonly kind: "discarded"; readonly reason: Refusal; readonly sender: string }
  /** Nothing of this director serves any more: the program may end. */
  | { readonly kind: "stopped" };

/** What is said to the other directors. */
export type Utterance = Extract<DirectorEffect, { readonly kind: "send" | "advertise" }>;

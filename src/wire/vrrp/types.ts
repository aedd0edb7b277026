/** What a VRRP advertisement says; the codec beside this file draws it. */
import type { Ip } from "../../base/ip.ts";
import type { Millis } from "../../base/units.ts";

export type Version = 2 | 3;

export interface Advert {
  readonly version: Version;
  readonly routerId: number;
  /** 0 lets go, 255 is the addresses' owner. */
  readonly priority: number;
  /** Version 2 counts in seconds, version 3 in hundredths. */
  readonly interval: Millis;
  readonly addresses: readonly Ip[];
  readonly authentication: Authentication;
}

/** RFC 2338 §5.3.6, of version 2 over IPv4 alone: the password goes in the clear. */
export type Authentication =
  | { readonly kind: "none" }
  /** One character an octet. */
  | { readonly kind: "password"; readonly password: string }
  /** A form that is not known here; 2 was an IP authentication header. */
  | { readonly kind: "other"; readonly type: number };

/** Between whom it goes: the checksum covers both where it has a pseudo-header. */
export interface Way {
  readonly source: Ip;
  readonly destination: Ip;
}

/** How the checksum of version 3 over IPv4 is made: as RFC 9568 §5.2.8 says, or like version 2's.
 *
 * keepalived's `v3_checksum_as_v2` sends the latter, and checks nothing that it receives.
 */
export type ChecksumForm = "rfc" | "asV2";

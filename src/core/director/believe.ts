/** Whether an advert of protocol 112 counts: what both ends have to agree on (RFC 9568 §7.1). */
import { formatDuration, type Millis } from "../../base/units.ts";
import type { VrrpOptions } from "../../config/types.ts";
import type { Advert } from "../../wire/vrrp/types.ts";

const NEIGHBOUR_HOPS = 255;

export interface Expected {
  readonly options: VrrpOptions;
  /** Version 2's; undefined where there is none. */
  readonly password: string | undefined;
  readonly interval: Millis;
}

/** Why it does not, in a clause that names both sides; undefined where it does.
 *
 * A list of addresses that differs is no reason: refusing it makes two masters. The interval is one
 * in version 2 alone, where nobody learns it.
 */
export function refusalOf(
  { version, interval, authentication, priority }: Advert,
  { options, password, interval: own }: Expected,
  hops: number | undefined,
): string | undefined {
  const least = options.unicast ? options.minTtl : NEIGHBOUR_HOPS;
  if (hops !== undefined && hops < least) return `its time to live was ${hops}, not ${least}`;
  if (version !== options.version) return `it is of version ${version}, not ${options.version}`;
  if (version === 3) return undefined;
  if (authentication.kind === "other") {
    return `it is authenticated in a way (${authentication.type}) that baton does not speak`;
  }
  if (authentication.kind === "none" && password !== undefined) return "it has no password";
  if (authentication.kind === "password") {
    if (password === undefined) return "it has a password, and there is no passwordFile here";
    if (authentication.password !== password) return "it has another password";
  }
  // A goodbye counts whatever it says of the time until the next one.
  if (priority > 0 && interval !== own) {
    return `its interval is ${formatDuration(interval)}, not ${formatDuration(own)}`;
  }
  return undefined;
}

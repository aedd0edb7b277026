/** Whether an advert of protocol 112 counts: what both ends have to agree on (RFC 9568 §7.1). */
import { never } from "../../base/invariant.ts";
import { formatDuration, type Millis } from "../../base/units.ts";
import type { HopLimits, VrrpOptions } from "../../config/types.ts";
import type { Advert } from "../../wire/vrrp/types.ts";

const MOST_HOPS = 255;
/** No router lets 255 stay as they are. */
export const NEIGHBOURS: HopLimits = { min: MOST_HOPS, max: MOST_HOPS };

/** Of what comes from `director`, which has limits of its own in unicast alone. */
export const hopLimits = (
  { unicast, minTtl, peers }: VrrpOptions,
  director: string | undefined,
): HopLimits => {
  if (!unicast) return NEIGHBOURS;
  return (director === undefined ? undefined : peers[director]) ?? { min: minTtl, max: MOST_HOPS };
};

export interface Expected {
  readonly options: VrrpOptions;
  /** Version 2's; undefined where there is none. */
  readonly password: string | undefined;
  readonly interval: Millis;
  readonly hops: HopLimits;
}

export interface Disbelief {
  /** Of few, to be counted by: whoever sends adverts does not choose it. */
  readonly reason: string;
  /** A clause that names both sides. */
  readonly why: string;
}

const disbelief = (reason: string, why: string): Disbelief => ({ reason, why });

/** RFC 9568 §5.2.5; version 2 has no such word, where it is a list that differs. */
const NAMELESS = disbelief("no address", "it names no address");

/** Why it does not; undefined where it does.
 *
 * A list of addresses that differs is no reason: refusing it makes two masters. The interval is one
 * in version 2 alone, where nobody learns it.
 */
export function refusalOf(
  { version, interval, authentication, priority, addresses }: Advert,
  { options, password, interval: own, hops: { min, max } }: Expected,
  hops: number | undefined,
): Disbelief | undefined {
  if (hops !== undefined && (hops < min || hops > max)) {
    const due = min === max ? `${min}` : `${min} to ${max}`;
    return disbelief("time to live", `its time to live was ${hops}, not ${due}`);
  }
  if (version !== options.version) {
    return disbelief("another version", `it is of version ${version}, not ${options.version}`);
  }
  if (version === 3) return addresses.length === 0 ? NAMELESS : undefined;
  const unproven = stranger(authentication, password);
  if (unproven !== undefined) return disbelief("authentication", unproven);
  // A goodbye counts whatever it says of the time until the next one.
  if (priority > 0 && interval !== own) {
    const why = `its interval is ${formatDuration(interval)}, not ${formatDuration(own)}`;
    return disbelief("another interval", why);
  }
  return undefined;
}

function stranger(
  authentication: Advert["authentication"],
  password: string | undefined,
): string | undefined {
  switch (authentication.kind) {
    case "none":
      return password === undefined ? undefined : "it has no password";
    case "password":
      if (password === undefined) return "it has a password, and there is no passwordFile here";
      return authentication.password === password ? undefined : "it has another password";
    case "other":
      return `it is authenticated in a way (${authentication.type}) that baton does not speak`;
    default:
      return never(authentication);
  }
}

/** Servers that are the director itself: 127.0.0.1 as somebody's sorry server. */
import { type Ip, isLoopback } from "../../base/ip.ts";
import { changed, type Outcome } from "./types.ts";

/** Tried: the kernel drops what comes from outside and is translated to a loopback address. */
export const BY_DR: Outcome = changed(
  "with nat the kernel drops what would go to a loopback address: dr, so that what listens on the " +
    "VIP's port on this director answers",
);

/** Only dr and tunnel lead there. */
export const needsDr = (address: Ip, forward: unknown): boolean =>
  isLoopback(address) && forward === "nat";

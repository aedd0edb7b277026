/** Netlink beside everything else that a process does: answers and notifications come as events. */
import { createNetlink, type NetlinkOptions, type NetlinkSocket } from "./netlink-engine.ts";
import { openSafeRaw } from "./netlink-raw.ts";

export * from "./netlink-engine.ts";

export const openNetlink = (options: NetlinkOptions): NetlinkSocket =>
  createNetlink(openSafeRaw, options);

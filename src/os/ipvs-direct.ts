/** The kernel's IPVS table for a program that does nothing else meanwhile. */
import { createIpvs, type Ipvs, type IpvsOptions, socketOptions } from "./ipvs-table.ts";
import { openDirectRaw } from "./netlink-direct.ts";
import { createNetlink } from "./netlink-engine.ts";

export const openIpvsDirect = (options: IpvsOptions = {}): Promise<Ipvs> =>
  createIpvs(createNetlink(openDirectRaw, socketOptions(options)), options);

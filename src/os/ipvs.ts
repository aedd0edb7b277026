/** The kernel's IPVS table on a netlink socket of its own, beside everything else that happens. */
import { createIpvs, type Ipvs, type IpvsOptions, socketOptions } from "./ipvs-table.ts";
import { openNetlink } from "./netlink.ts";

export * from "./ipvs-table.ts";

export const openIpvs = (options: IpvsOptions = {}): Promise<Ipvs> =>
  createIpvs(openNetlink(socketOptions(options)), options);

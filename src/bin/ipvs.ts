/** `import { openIpvs } from "baton/ipvs"`: the kernel's IPVS table, for other programs. */
export { BatonError } from "../base/errors.ts";
export { type Cidr, type Family, type Ip, parseIp } from "../base/ip.ts";
export {
  type Ipvs,
  type IpvsOptions,
  ipvsErrno,
  isStale,
  openIpvs,
  type Refusal,
} from "../os/ipvs.ts";
export { describeCommand } from "../wire/ipvs/describe.ts";
export { NO_TUNNEL } from "../wire/ipvs/destination.ts";
export * from "../wire/ipvs/types.ts";
export { errnoName, errnoText } from "../wire/netlink/errno.ts";

/** Sockets for echo requests: the kernel numbers and filters them, so that no raw socket is needed. */
import type { Family, Ip } from "../base/ip.ts";
import { internetAddress } from "./sockaddr.ts";
import { bind, closeFd, openSocket, SYS } from "./sys.ts";

const IPPROTO = { 4: 1, 6: 58 } as const;
/** Groups whose processes may have such sockets; empty by default on some systems. */
export const PING_SYSCTL = "net.ipv4.ping_group_range";
export const PING_GROUPS = "0 2147483647";

/** Throws EACCES where the sysctl does not allow this process's group. */
export function openPing(family: Family, source: Ip | undefined): number {
  const domain = family === 4 ? SYS.AF_INET : SYS.AF_INET6;
  const fd = openSocket(domain, SYS.SOCK_DGRAM, IPPROTO[family]);
  try {
    if (source !== undefined) bind(fd, internetAddress({ address: source, port: 0 }));
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  }
}

/** A packet that ought to come through, as far as it is known beforehand. */
import type { Family, Ip } from "../../base/ip.ts";

/** What is undefined depends on who sends it: a rule that asks for it can not be judged. */
export interface Packet {
  readonly direction: "in" | "out";
  readonly family: Family;
  readonly interface: string | undefined;
  readonly source: Ip | undefined;
  readonly destination: Ip;
  readonly protocol: "tcp" | "udp" | "sctp" | "vrrp";
  readonly sourcePort: number | undefined;
  readonly port: number | undefined;
  /** As connection tracking has it. */
  readonly state: "new" | "established";
}

/** Base chains that it meets, by their hooks. */
export const hooksOf = ({ direction }: Packet): readonly string[] =>
  direction === "in" ? ["ingress", "prerouting", "input"] : ["output", "postrouting", "egress"];

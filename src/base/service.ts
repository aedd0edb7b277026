/** What identifies a virtual service, and its name for people: every layer speaks of services. */
import type { Family, Ip } from "./ip.ts";

export type Protocol = "tcp" | "udp" | "sctp";

/** What makes a virtual service that service; the kernel cannot change it. */
export type ServiceKey =
  | {
      readonly kind: "address";
      readonly protocol: Protocol;
      readonly address: Ip;
      readonly port: number;
    }
  | { readonly kind: "mark"; readonly mark: number; readonly family: Family };

/** `tcp 10.0.0.1:80`, `udp [fd00::1]:53`, `mark 7`, `mark 7 IPv6`: unique, and readable. */
export function serviceName(key: ServiceKey): string {
  if (key.kind === "mark") return `mark ${key.mark}${key.family === 6 ? " IPv6" : ""}`;
  return `${key.protocol} ${endpointName(key)}`;
}

/** An address that left the core is text. */
export const endpointName = (endpoint: {
  readonly address: string;
  readonly port: number;
}): string =>
  endpoint.address.includes(":")
    ? `[${endpoint.address}]:${endpoint.port}`
    : `${endpoint.address}:${endpoint.port}`;

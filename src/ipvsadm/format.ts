/** Addresses, numbers and names as ipvsadm prints them. */
import { type Ip, ipBytes } from "../base/ip.ts";
import type { Protocol, ServiceKey } from "../base/service.ts";
import { SERVICE_FLAG, type Service, type Tunnel } from "../wire/ipvs/types.ts";
import type { Resolver } from "./names.ts";

/** The buffer that a name is put together in. */
const NAME_LIMIT = 59;

/** How an address is named: by number, or by the resolver where it knows. */
export interface Naming {
  readonly names: Resolver | undefined;
}

export function nameOf(
  { address, port }: { readonly address: Ip; readonly port: number },
  protocol: Protocol | undefined,
  { names }: Naming,
): string {
  const text = inetNtop(address);
  const host = names?.hostName(address) ?? text;
  const where = names?.portName(port, protocol) ?? String(port);
  const shown = address.includes(":") ? `[${host}]:${where}` : `${host}:${where}`;
  return shown.slice(0, NAME_LIMIT);
}

/** As inet_ntop: the two kinds of IPv6 address that hold an IPv4 address show it. */
export function inetNtop(address: Ip): string {
  if (!address.includes(":")) return address;
  const bytes = ipBytes(address);
  const zeros = bytes.findIndex((byte) => byte !== 0);
  const quad = bytes.subarray(12).join(".");
  if (zeros === 12 || zeros === 13) return `::${quad}`;
  if (zeros === 10 && bytes[10] === 0xff && bytes[11] === 0xff) return `::ffff:${quad}`;
  return address;
}

/** Marks are signed. */
export const markOf = (mark: number): string => String(mark | 0);

export const protocolOf = (key: ServiceKey): Protocol | undefined =>
  key.kind === "mark" ? undefined : key.protocol;

const FLAG_NAMES: Readonly<Record<string, readonly (readonly [number, string])[]>> = {
  sh: [
    [SERVICE_FLAG.sched1, "sh-fallback"],
    [SERVICE_FLAG.sched2, "sh-port"],
  ],
  mh: [
    [SERVICE_FLAG.sched1, "mh-fallback"],
    [SERVICE_FLAG.sched2, "mh-port"],
  ],
};
const OTHER_FLAGS = [
  [SERVICE_FLAG.sched1, "flag-1"],
  [SERVICE_FLAG.sched2, "flag-2"],
  [SERVICE_FLAG.sched3, "flag-3"],
] as const;
const SCHEDULER_FLAGS = SERVICE_FLAG.sched1 | SERVICE_FLAG.sched2 | SERVICE_FLAG.sched3;

/** Undefined where none is set; empty where one is that has no name. */
export function flagsText({ scheduler, flags }: Service): string | undefined {
  if ((flags & SCHEDULER_FLAGS) === 0) return undefined;
  const names = Object.hasOwn(FLAG_NAMES, scheduler) ? FLAG_NAMES[scheduler] : undefined;
  return (names ?? OTHER_FLAGS).flatMap(([bit, name]) => (flags & bit ? [name] : [])).join(",");
}

export const hasDefaultMask = ({ netmask }: Service): boolean =>
  netmask === "255.255.255.255" || netmask === "128";

export const CHECKSUM_WORD: Readonly<Record<Tunnel["checksum"], string>> = {
  none: "nocsum",
  full: "csum",
  remote: "remcsum",
};

/** Nine columns; thousands, millions and so on, cut off. */
export function large(value: bigint, exact: boolean): string {
  const digits = String(value);
  if (exact) return digits.padStart(Math.max(9, digits.length + 1));
  const [divisor, unit] = unitOf(value);
  return `${value / divisor}${unit}`.padStart(9);
}

function unitOf(value: bigint): readonly [bigint, string] {
  if (value < 10n ** 8n) return [1n, ""];
  if (value < 10n ** 9n) return [10n ** 3n, "K"];
  if (value < 10n ** 11n) return [10n ** 6n, "M"];
  if (value < 10n ** 14n) return [10n ** 9n, "G"];
  return [10n ** 12n, "T"];
}

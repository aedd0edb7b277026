/** What this process is allowed to do, as capabilities(7) names it. */
import { readFileSync } from "node:fs";

/** Bit numbers of <linux/capability.h>. */
const CAPABILITY = {
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_NET_BIND_SERVICE: 10,
  CAP_NET_ADMIN: 12,
  CAP_NET_RAW: 13,
  CAP_SYS_NICE: 23,
} as const;

export type Capability = keyof typeof CAPABILITY;

/** What of `wanted` is missing from the effective set. */
export function missingCapabilities(
  wanted: readonly Capability[],
  status: string = readFileSync("/proc/self/status", "utf8"),
): readonly Capability[] {
  const effective = effectiveSet(status);
  return wanted.filter((name) => ((effective >> BigInt(CAPABILITY[name])) & 1n) === 0n);
}

export const hasCapability = (name: Capability): boolean =>
  missingCapabilities([name]).length === 0;

function effectiveSet(status: string): bigint {
  const digits = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  return digits === undefined ? 0n : BigInt(`0x${digits}`);
}

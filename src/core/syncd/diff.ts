/** Brings the kernel's connection-sync daemons to what is desired. */
import { familyOf } from "../../base/ip.ts";
import type { IpvsCommand, SyncDaemon } from "../../wire/ipvs/types.ts";

/** The kernel's bounds of a given length (start_sync_thread): it clamps without a word. */
const MIN_LENGTH = { master: 1, backup: 1024 } as const;
const MAX_DATAGRAM = 65535;
/** IP and UDP headers. */
const HEADERS = { 4: 28, 6: 48 } as const;

/**
 * A running daemon cannot be changed: another setting is a stop and a start. Of the optional
 * settings only those that are desired are compared, for the kernel chooses the rest. Daemons of
 * roles that are not desired are stopped, so without connection sync this is not to be asked.
 */
export function diffDaemons(
  desired: readonly SyncDaemon[],
  observed: readonly SyncDaemon[],
): readonly IpvsCommand[] {
  const settled = (want: SyncDaemon): boolean => observed.some((have) => sameDaemon(want, have));
  const stops = observed
    .filter((have) => !desired.some((want) => sameDaemon(want, have)))
    .map(({ role }) => ({ kind: "stopDaemon", role }) as const);
  const starts = desired
    .filter((want) => !settled(want))
    .map((daemon) => ({ kind: "startDaemon", daemon }) as const);
  return [...stops, ...starts];
}

function sameDaemon(want: SyncDaemon, have: SyncDaemon): boolean {
  return (
    want.role === have.role &&
    want.interface === have.interface &&
    want.syncId === have.syncId &&
    agrees(effectiveLength(want), have.maxLength) &&
    agrees(want.group, have.group) &&
    agrees(want.port, have.port) &&
    agrees(want.ttl, have.ttl)
  );
}

function effectiveLength({ role, group, maxLength }: SyncDaemon): number | undefined {
  if (maxLength === undefined) return undefined;
  const most = MAX_DATAGRAM - HEADERS[group === undefined ? 4 : familyOf(group)];
  return Math.min(Math.max(maxLength, MIN_LENGTH[role]), most);
}

const agrees = <T>(want: T | undefined, have: T | undefined): boolean =>
  want === undefined || want === have;

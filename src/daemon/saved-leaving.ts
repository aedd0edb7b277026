/** Servers that drain after a reload, as they are written down: another run of this boot goes on. */
import { parseIp } from "../base/ip.ts";
import type { Places } from "../base/places.ts";
import { type Instant, instant } from "../base/units.ts";
import type { DirectorState } from "../core/director/types.ts";
import type { LeavingServer } from "../core/health/types.ts";
import { bootTime, now } from "../os/clock.ts";
import { readText } from "../os/files.ts";
import type { Destination } from "../wire/ipvs/types.ts";

/** By the service's name; the times are CLOCK_BOOTTIME. */
export interface SavedLeaving {
  readonly service: string;
  readonly destination: Destination;
  readonly since: number;
  readonly until: number;
}

export const savedLeaving = (
  { health, setup }: DirectorState,
  onBootClock: (at: Instant) => number,
): readonly SavedLeaving[] =>
  health.services.flatMap(({ leaving }, i) =>
    leaving.map(({ destination, since, until }) => ({
      service: setup.config.services[i]?.name ?? "",
      destination,
      since: onBootClock(since),
      until: onBootClock(until),
    })),
  );

/** By service; empty after a boot, when no connection is left of anything. */
export async function readLeaving(
  places: Places,
  boot: string,
): Promise<ReadonlyMap<string, readonly LeavingServer[]>> {
  const text = await readText(places.admin).catch(() => undefined);
  const found = new Map<string, LeavingServer[]>();
  const ahead = now() - bootTime();
  const onThisClock = (at: number): Instant => instant(at + ahead);
  for (const { service, destination, since, until } of entriesOf(text ?? "", boot)) {
    const known = found.get(service) ?? [];
    known.push({ destination, since: onThisClock(since), until: onThisClock(until) });
    found.set(service, known);
  }
  return found;
}

function entriesOf(text: string, boot: string): readonly SavedLeaving[] {
  try {
    const admin = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    const leaving: unknown = admin?.["bootId"] === boot ? admin["leaving"] : undefined;
    return Array.isArray(leaving) ? leaving.filter(isSaved) : [];
  } catch {
    return [];
  }
}

const FORWARDS: readonly unknown[] = ["dr", "nat", "tunnel"];
const TUNNELS: readonly unknown[] = ["ipip", "gue", "gre"];
const CHECKSUMS: readonly unknown[] = ["none", "full", "remote"];
const MAX_PORT = 0xffff;
const MAX_U32 = 0xffff_ffff;

type Fields = Readonly<Record<string, unknown>>;

const fields = (value: unknown): Fields => (value ?? {}) as Fields;
const isWhole = (value: unknown, highest: number): boolean =>
  Number.isInteger(value) && Number(value) >= 0 && Number(value) <= highest;

/** Whatever a damaged file says must not get into the kernel. */
const isSaved = (value: unknown): value is SavedLeaving => {
  const { service, destination, since, until } = fields(value);
  const { address, port, forward, weight, upperThreshold, lowerThreshold, tunnel } =
    fields(destination);
  const { type, port: tunnelPort, checksum } = fields(tunnel);
  return (
    typeof service === "string" &&
    [since, until].every((time) => Number.isFinite(time)) &&
    typeof address === "string" &&
    parseIp(address) === address &&
    weight === 0 &&
    FORWARDS.includes(forward) &&
    TUNNELS.includes(type) &&
    CHECKSUMS.includes(checksum) &&
    [port, tunnelPort].every((one) => isWhole(one, MAX_PORT)) &&
    [upperThreshold, lowerThreshold].every((one) => isWhole(one, MAX_U32))
  );
};

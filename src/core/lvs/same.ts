/** When what the kernel holds is what is wanted: settings that have no effect do not count. */
import type { Destination, Service, ServiceKey, Tunnel } from "../../wire/ipvs/types.ts";

/** A setting that is not as wanted, in words: `weight 3 instead of 1`. */
export type Difference = string;

/** The mask only narrows persistence: without a timeout the kernel never looks at it. */
export const serviceDifferences = (want: Service, have: Service): readonly Difference[] => [
  ...differs("scheduler", want.scheduler, have.scheduler),
  ...differs("flags", want.flags, have.flags),
  ...differs("persistence", want.persistence, have.persistence),
  ...(want.persistence > 0 ? differs("netmask", want.netmask, have.netmask) : []),
  ...differs("engine", want.engine ?? "none", have.engine ?? "none"),
];

export const destinationDifferences = (
  want: Destination,
  have: Destination,
): readonly Difference[] => [
  ...differs("forward", want.forward, have.forward),
  ...differs("weight", want.weight, have.weight),
  ...differs("upper threshold", want.upperThreshold, have.upperThreshold),
  ...differs("lower threshold", want.lowerThreshold, have.lowerThreshold),
  ...(want.forward === "tunnel"
    ? differs("tunnel", tunnelName(want.tunnel), tunnelName(have.tunnel))
    : []),
];

/**
 * The destination as the kernel should hold it. Only nat rewrites ports: with the other forwards
 * the packet keeps the service's, so that a destination is listed (and checked) under that one.
 * The service of a mark has no port, and its destinations keep theirs.
 */
export const effectiveDestination = (key: ServiceKey, destination: Destination): Destination =>
  key.kind === "mark" || destination.forward === "nat" || destination.port === key.port
    ? destination
    : { ...destination, port: key.port };

/** Only gue has a port, and ipip has no checksum. */
function tunnelName({ type, port, checksum }: Tunnel): string {
  if (type === "ipip") return type;
  return type === "gue" ? `gue port ${port} checksum ${checksum}` : `gre checksum ${checksum}`;
}

const differs = <T>(what: string, want: T, have: T): readonly Difference[] =>
  want === have ? [] : [`${what} ${String(have)} instead of ${String(want)}`];

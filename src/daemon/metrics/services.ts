/** Metrics of virtual services: what IPVS counts, the quorum, how many servers are up. */
import type { ServiceSnapshot } from "../../core/director/snapshot-types.ts";
import { counter, type Family, gauge, type Known, known, type Sample, truth } from "./family.ts";
import { type Total, traffic } from "./traffic.ts";

const each =
  (tell: (service: ServiceSnapshot) => number | undefined) =>
  ({ services }: Known): readonly Sample[] =>
    services.flatMap(({ labels, service }) => known(tell(service), { sharedLabels: labels }));

const total = (tell: Total) => (all: Known) =>
  traffic(
    all.services.map(({ labels, service }) => ({ labels, totals: service.totals })),
    tell,
  );

const STATES = ["checking", "up", "doubted", "down", "leaving"] as const;

export const SERVICE_FAMILIES: readonly Family[] = [
  gauge(
    "baton_service_in_kernel",
    "1 where the service is in the kernel's table.",
    each(({ inKernel }) => truth(inKernel)),
  ),
  gauge(
    "baton_service_quorum",
    "1 while enough servers are up; nothing where nothing is checked, or not known yet.",
    each(({ health }) =>
      health === undefined || health.quorum === "unknown"
        ? undefined
        : truth(health.quorum === "held"),
    ),
  ),
  gauge(
    "baton_service_fallback",
    "1 while the fallback serves.",
    each(({ health }) => health && truth(health.fallback)),
  ),
  gauge("baton_service_servers", "Servers of the service by state.", ({ services }) =>
    services.flatMap(({ labels, service }) =>
      STATES.map((state) => ({
        sharedLabels: labels,
        labels: { state },
        value: service.servers.filter(({ health }) => health.state === state).length,
      })),
    ),
  ),
  counter(
    "baton_service_connections_total",
    "Connections that IPVS has scheduled.",
    total(({ connections }) => [[undefined, connections]]),
  ),
  counter(
    "baton_service_packets_total",
    "Packets by direction; what servers answer past the director is not counted.",
    total(({ inPackets, outPackets }) => [
      ["in", inPackets],
      ["out", outPackets],
    ]),
  ),
  counter(
    "baton_service_bytes_total",
    "Octets by direction; what servers answer past the director is not counted.",
    total(({ inBytes, outBytes }) => [
      ["in", inBytes],
      ["out", outBytes],
    ]),
  ),
];

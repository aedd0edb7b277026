/** Metrics of real servers, of as many as there is time for. */
import type { CheckSnapshot } from "../../core/director/snapshot-types.ts";
import {
  counter,
  type Family,
  gauge,
  type Known,
  known,
  type LabelledServer,
  type Sample,
  truth,
} from "./family.ts";
import { type Total, traffic } from "./traffic.ts";

type Server = LabelledServer["server"];

const each =
  (tell: (server: Server) => number | undefined) =>
  ({ servers }: Known): readonly Sample[] =>
    servers.flatMap(({ labels, server }) => known(tell(server), { sharedLabels: labels }));

const total = (tell: Total) => (all: Known) =>
  traffic(
    all.servers.map(({ labels, server }) => ({ labels, totals: server.totals })),
    tell,
  );

const eachCheck =
  (tell: (answer: NonNullable<CheckSnapshot["answer"]>) => number) =>
  ({ servers }: Known): readonly Sample[] =>
    servers.flatMap(({ labels, server }) =>
      server.health.checks.flatMap(({ kind, answer }, i) =>
        known(answer && tell(answer), { sharedLabels: labels, labels: { check: i, kind } }),
      ),
    );

const ACTIVE = { state: "active" };
const INACTIVE = { state: "inactive" };

export const SERVER_FAMILIES: readonly Family[] = [
  gauge(
    "baton_server_up",
    "1 where the server counts as up; nothing of one that leaves.",
    each(({ health }) => (health.state === "leaving" ? undefined : truth(health.state === "up"))),
  ),
  gauge(
    "baton_server_taken_out",
    "1 where somebody drained or disabled the server.",
    each(({ health }) => truth(health.admin !== undefined)),
  ),
  gauge(
    "baton_server_weight",
    "The weight in the kernel's table; nothing where it is not there.",
    each(({ kernelWeight }) => kernelWeight),
  ),
  gauge("baton_server_open_connections", "Connections in the kernel's table.", ({ servers }) =>
    servers.flatMap(({ labels, server }) => [
      ...known(server.activeConnections, { sharedLabels: labels, labels: ACTIVE }),
      ...known(server.inactiveConnections, { sharedLabels: labels, labels: INACTIVE }),
    ]),
  ),
  counter(
    "baton_server_connections_total",
    "Connections that IPVS has scheduled to the server.",
    total(({ connections }) => [[undefined, connections]]),
  ),
  counter(
    "baton_server_packets_total",
    "Packets by direction; what the server answers past the director is not counted.",
    total(({ inPackets, outPackets }) => [
      ["in", inPackets],
      ["out", outPackets],
    ]),
  ),
  counter(
    "baton_server_bytes_total",
    "Octets by direction; what the server answers past the director is not counted.",
    total(({ inBytes, outBytes }) => [
      ["in", inBytes],
      ["out", outBytes],
    ]),
  ),
  gauge(
    "baton_check_latency_seconds",
    "How long the last answer to a check took.",
    eachCheck(({ latencyMs }) => latencyMs / 1000),
  ),
  gauge(
    "baton_check_ok",
    "1 where the last answer to a check was a good one.",
    eachCheck(({ ok }) => truth(ok)),
  ),
  gauge(
    "baton_check_warning",
    "1 where a check warns without having failed: a certificate that ends soon.",
    eachCheck(({ warning }) => truth(warning !== undefined)),
  ),
  gauge(
    "baton_servers_unlisted",
    "Servers without series of their own, because there are too many.",
    ({ unlisted }) => [{ value: unlisted }],
  ),
];

/** Clients of a source hash: where the kernel puts each, beside what baton says beforehand. */
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { endpointName } from "../../../src/base/service.ts";
import { diffTable } from "../../../src/core/lvs/diff.ts";
import { movedShare, serverByHash } from "../../../src/core/reload/hash.ts";
import { bindingsOf } from "../../../src/os/bindings.ts";
import { readConnections } from "../../../src/os/connections.ts";
import type { Ipvs } from "../../../src/os/ipvs.ts";
import { type Destination, SERVICE_FLAG } from "../../../src/wire/ipvs/types.ts";
import * as some from "../../support/ipvs.ts";
import { emit } from "./report.ts";

const VIRTUAL = { 4: "10.2.1.1", 6: "fd00:2::1" } as const;
type Family = keyof typeof VIRTUAL;
const OWN = { table: "share", added: new Set<string>() } as const;
const SH_BUCKETS = 256;

/** Nobody listens there, and the kernel notes the connection all the same. */
const server = (family: Family, last: number, weight: number): Destination =>
  some.destinationAt(family === 4 ? `127.0.0.${last}` : `fd00:4::${last}`, 9, {
    forward: "nat",
    weight,
  });

/** A client in each of the hash's buckets: each stands for a 256th of all. */
function clientsOf(family: Family): readonly string[] {
  const buckets = Array.from({ length: SH_BUCKETS }, (_, i) => some.destinationAt("127.0.0.1", i));
  const found = new Map<string, string>();
  for (let i = 1; found.size < SH_BUCKETS; i++) {
    const client =
      family === 4 ? `10.3.${i >> 8}.${i & 255}` : `fd00:3::${i.toString(16)}:${i & 7}`;
    const bucket = serverByHash(some.ip(client), buckets, false) ?? "";
    if (!found.has(bucket)) found.set(bucket, client);
  }
  return [...found.values()];
}

/** A datagram of each; resolves with the server that the kernel noted, by client. */
async function ask(family: Family, port: number): Promise<ReadonlyMap<string, string>> {
  for (const client of clientsOf(family)) {
    const socket = createSocket(family === 4 ? "udp4" : "udp6").on("error", () => undefined);
    socket.bind(0, client);
    await once(socket, "listening");
    // Where no server takes it the kernel refuses it.
    await new Promise((resolve) => socket.send("x", port, VIRTUAL[family], resolve));
    socket.close();
  }
  const noted = new Map<string, string>();
  for await (const part of readConnections()) {
    for (const { virtualPort, client, destination: address, destinationPort } of part) {
      if (virtualPort !== port) continue;
      noted.set(client, endpointName({ address, port: destinationPort }));
    }
  }
  return noted;
}

interface Trial {
  readonly family: Family;
  readonly port: number;
  readonly fallback: boolean;
  readonly servers: readonly Destination[];
}

/** As the daemon does. */
async function program(ipvs: Ipvs, { family, port, fallback, servers }: Trial): Promise<number> {
  const flags = fallback ? SERVICE_FLAG.sched1 : 0;
  const service = some.serviceAt("udp", VIRTUAL[family], port, { scheduler: "sh", flags });
  const desired = [{ service, destinations: servers }];
  const observed = (await ipvs.table()).filter(({ service: { key } }) => {
    return key.kind === "address" && key.port === port;
  });
  return (await ipvs.apply(diffTable(desired, observed, OWN).commands)).length;
}

/** Where clients were put, and which of them it was said of otherwise. */
async function compared({ family, port, fallback }: Trial) {
  const noted = await ask(family, port);
  const { services } = await bindingsOf(some.ip("10.3.0.1"));
  const hashed = services.find(({ listen }) => listen.endsWith(`:${port}`))?.hashed ?? [];
  const wrong = clientsOf(family).filter(
    (client) => serverByHash(some.ip(client), hashed, fallback) !== noted.get(client),
  );
  return { noted, wrong };
}

const TRIALS: Readonly<Record<string, Trial>> = {
  weights: { family: 4, port: 71, fallback: false, servers: weighted(4, 3, 1, 2) },
  drained: { family: 4, port: 72, fallback: false, servers: weighted(4, 1, 0, 1) },
  fallback: { family: 4, port: 73, fallback: true, servers: weighted(4, 1, 0, 2, 0, 1) },
  six: { family: 6, port: 74, fallback: false, servers: weighted(6, 1, 2) },
};

function weighted(family: Family, ...weights: readonly number[]): readonly Destination[] {
  return weights.map((weight, i) => server(family, i + 2, weight));
}

export async function sourceHash(ipvs: Ipvs): Promise<void> {
  for (const range of ["10.3.0.0/16", "10.2.1.1/32", "fd00:2::1/128"]) {
    execFileSync("ip", ["addr", "add", range, "dev", "lo"]);
  }
  execFileSync("sysctl", ["-qw", "net.ipv6.ip_nonlocal_bind=1"]);
  execFileSync("ip", ["-6", "route", "add", "local", "fd00:3::/32", "dev", "lo"]);
  execFileSync("ip", ["-6", "route", "add", "local", "fd00:4::/32", "dev", "lo"]);
  for (const [name, one] of Object.entries(TRIALS)) {
    const refused = await program(ipvs, one);
    const { noted, wrong } = await compared(one);
    const used = [...new Set(noted.values())].toSorted();
    emit({ kind: "hash", name, refused, noted: noted.size, wrong, used });
  }
  await share(ipvs);
}

/** A server more: as many clients move as `plan` says. */
async function share(ipvs: Ipvs): Promise<void> {
  const [before, after] = [weighted(4, 1, 1, 1), weighted(4, 1, 1, 1, 1)];
  const first: Trial = { family: 4, port: 75, fallback: false, servers: before };
  const second: Trial = { ...first, port: 76 };
  await program(ipvs, first);
  await program(ipvs, second);
  await program(ipvs, { ...second, servers: after });
  const was = (await compared(first)).noted;
  const is = (await compared(second)).noted;
  const moved = [...was].filter(([client, at]) => is.get(client) !== at).length;
  emit({ kind: "share", moved: moved / SH_BUCKETS, said: movedShare("sh", before, after) });
}

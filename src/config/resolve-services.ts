/** Services as the file writes them: what the kernel is to hold, and how its servers are checked. */
import { type Family, familyOf, type Ip } from "../base/ip.ts";
import type { Destination, Service, ServiceKey, Tunnel } from "../wire/ipvs/types.ts";
import type { ServerOptions } from "./check-types.ts";
import type { EndpointRange } from "./endpoint-range.ts";
import { error, type Place, type Problem } from "./report.ts";
import { type Probes, resolveChecks, resolveHealth } from "./resolve-checks.ts";
import type { FileServer, FileService } from "./schema.ts";
import { didYouMean } from "./suggest.ts";
import type { Instance, VirtualService } from "./types.ts";

export function resolveService(
  name: string,
  file: FileService,
  instances: readonly Instance[],
  probes: Probes,
): VirtualService {
  const { problems } = probes;
  const family = familyOfService(file);
  const service: Service = {
    key: serviceKey(file, family),
    scheduler: file.scheduler,
    flags: flagsOf(file),
    persistence: (file.persistence ?? 0) / 1000,
    // Persistence of single clients, as ipvsadm without -M.
    netmask: file.netmask ?? (family === 4 ? "255.255.255.255" : "128"),
    engine: file.engine,
  };
  const place = ["services", name];
  const { listen } = file;
  const written = file.servers ?? [];
  const servers = written.map((server) => resolveServer(server, file));
  return {
    name,
    instance:
      listen.kind === "mark"
        ? instanceOfMark(file, instances, place, problems)
        : instanceOfAddress(file, listen.address, instances, { place, problems }),
    service,
    servers,
    checks: servers.map((server, i) => {
      const long = written[i];
      const own = long === undefined || isEndpoint(long) ? undefined : long.check;
      const ownPlace = [...place, "servers", i, "check"];
      return resolveChecks(
        probes,
        server,
        { checks: own === "none" ? undefined : file.check, place: [...place, "check"] },
        { checks: own, place: ownPlace },
      );
    }),
    own: written.map(optionsOf),
    fallback: file.fallback.map((server) => resolveServer(server, file)),
    health: resolveHealth(file),
  };
}

/** IP_VS_SVC_F_* by the words of the file; the scheduler's own mean what its name before them says. */
export const FLAGS: Readonly<Record<FileService["flags"][number], number>> = {
  onePacket: 0x0004,
  "sh-fallback": 0x0008,
  "mh-fallback": 0x0008,
  "sh-port": 0x0010,
  "mh-port": 0x0010,
};

const flagsOf = ({ flags }: FileService): number =>
  flags.reduce((union, flag) => union | FLAGS[flag], 0);

const familyOfService = ({ listen, family }: FileService): Family => {
  if (listen.kind === "address") return familyOf(listen.address);
  return family === "ipv6" ? 6 : 4;
};

const serviceKey = ({ listen }: FileService, family: Family): ServiceKey =>
  listen.kind === "mark" ? { ...listen, family } : listen;

/** A mark has no address that could tell; with one instance there is no choice. */
function instanceOfMark(
  file: FileService,
  instances: readonly Instance[],
  place: Place,
  problems: Problem[],
): string | undefined {
  const names = instances.map((instance) => instance.name);
  if (file.instance === undefined) {
    if (names.length === 1) return names[0];
    const message = `a mark has no address: write instance: one of ${names.join(", ")}`;
    problems.push(error([...place, "listen"], message));
    return undefined;
  }
  if (names.includes(file.instance)) return file.instance;
  const message = `there is no instance ${file.instance}${didYouMean(file.instance, names)}`;
  problems.push(error([...place, "instance"], message));
  return undefined;
}

function instanceOfAddress(
  file: FileService,
  address: Ip,
  instances: readonly Instance[],
  { place, problems }: { readonly place: Place; readonly problems: Problem[] },
): string | undefined {
  for (const key of ["instance", "family"] as const) {
    if (file[key] === undefined) continue;
    problems.push(error([...place, key], "is for marks: the address of listen says it already"));
  }
  return instances.find((instance) => instance.vips.some((vip) => vip.address === address))?.name;
}

function resolveServer(server: FileServer, service: FileService): Destination {
  const long = isEndpoint(server) ? undefined : server;
  const { address, port } = isEndpoint(server) ? server : server.address;
  const { listen } = service;
  return {
    address,
    port: port ?? (listen.kind === "mark" ? 0 : listen.port),
    forward: long?.forward ?? service.forward,
    weight: long?.weight ?? 1,
    upperThreshold: long?.upperThreshold ?? 0,
    lowerThreshold: long?.lowerThreshold ?? 0,
    tunnel: tunnelOf(long?.tunnel ?? service.tunnel),
  };
}

function optionsOf(server: FileServer): ServerOptions {
  if (isEndpoint(server)) return { onFailure: undefined, notify: NOBODY };
  const { onFailure, notify } = server;
  return { onFailure, notify: { ...notify, user: notify.user } };
}

const NOBODY: ServerOptions["notify"] = { up: [], down: [], user: undefined };

const tunnelOf = (tunnel: FileService["tunnel"]): Tunnel => ({
  type: tunnel?.type ?? "ipip",
  port: tunnel?.port ?? 0,
  checksum: tunnel?.checksum ?? "none",
});

const isEndpoint = (server: FileServer): server is EndpointRange =>
  typeof server.address === "string";

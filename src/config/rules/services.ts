/** Rules about virtual services: their listeners and their servers. */
import { familyOf, isLoopback } from "../../base/ip.ts";
import type { Destination, ServiceKey } from "../../wire/ipvs/types.ts";
import { formatEndpoint, formatListen } from "../endpoint.ts";
import { error, note, type Place, type Problem, warning } from "../report.ts";
import { FLAGS } from "../resolve-services.ts";
import { didYouMean } from "../suggest.ts";
import type { Config, VirtualService } from "../types.ts";
import { serverPlace } from "./places.ts";

export function checkServices(config: Config): Problem[] {
  const listeners = new Map<string, string>();
  return config.services.flatMap((service) => {
    const { key } = service.service;
    const family = key.kind === "mark" && key.family === 6 ? " (IPv6)" : "";
    const listener = formatListen(key) + family;
    const other = listeners.get(listener);
    listeners.set(listener, service.name);
    return [
      ...(other === undefined ? [] : [listenerTwice(service, listener, other)]),
      ...checkListener(config, service),
      ...checkServers(config, service),
      ...checkHash(service),
      ...checkList(config, service, "fallback"),
    ];
  });
}

const listenPlace = (service: VirtualService): Place => ["services", service.name, "listen"];

const listenerTwice = (service: VirtualService, listener: string, other: string): Problem =>
  error(listenPlace(service), `${other} listens on ${listener} too`);

function checkListener(config: Config, service: VirtualService): Problem[] {
  const { key, persistence } = service.service;
  if (key.kind === "mark") return [];
  const problems: Problem[] = [];
  if (key.port === 0 && persistence === 0) {
    const message = "port 0 means every port, and needs persistence";
    problems.push(error(listenPlace(service), message));
  }
  if (service.instance === undefined) {
    const vips = config.instances.flatMap(({ vips }) => vips.map((vip) => vip.address));
    const what = `${key.address} is a VIP of no instance`;
    const message = `${what}: it does not move with a master${didYouMean(key.address, vips)}`;
    problems.push(warning(listenPlace(service), message));
  }
  return problems;
}

function checkServers(config: Config, service: VirtualService): Problem[] {
  const place: Place = ["services", service.name, "servers"];
  if (service.servers.length === 0) {
    return [warning(place, "is an empty list: clients are refused")];
  }
  return checkList(config, service, "servers");
}

function checkList(
  config: Config,
  service: VirtualService,
  list: "servers" | "fallback",
): Problem[] {
  const seen = new Set<string>();
  return service[list].flatMap((server, i) => {
    const endpoint = formatEndpoint(server);
    const twice = seen.has(endpoint);
    seen.add(endpoint);
    const here = serverPlace(service.name, i, list);
    return [
      ...(twice ? [error(here, `${endpoint} is in the list twice`)] : []),
      ...checkForward(service.service.key, server, here),
      ...checkAddress(config, server, here),
      ...checkThresholds(server, here),
    ];
  });
}

/** What becomes of the clients of a hash whose server fails or drains. */
function checkHash({ name, service, servers, checks, health }: VirtualService): Problem[] {
  const place: Place = ["services", name, "scheduler"];
  const { scheduler, flags } = service;
  const checked = checks.some((each) => each.length > 0);
  const problems: Problem[] = [];
  const fallback = scheduler === "sh" || scheduler === "mh" ? FALLBACK[scheduler] : undefined;
  if (fallback !== undefined && (flags & FLAGS[fallback]) === 0) {
    const failed = checked && health.onFailure === "weight0";
    const which = failed ? "that fails or is drained" : "that is drained";
    const message = `a server ${which} has its share of the hash still: its clients are refused`;
    const remedy = `Write flags: [${fallback}], so that others take them.`;
    problems.push((failed ? warning : note)(place, message, { remedy }));
  }
  if (scheduler === "sh" && servers.length > 1 && checked && health.onFailure === "remove") {
    const message = "a server that fails is removed, and most clients go to another server";
    const remedy = "With onFailure: weight0 and flags: [sh-fallback] only its own move, and back.";
    problems.push(note(place, message, { remedy }));
  }
  return problems;
}

/** The flag with which a scheduler passes over a server of weight 0 that it has come to. */
const FALLBACK = { sh: "sh-fallback", mh: "mh-fallback" } as const;

function checkForward(key: ServiceKey, server: Destination, place: Place): Problem[] {
  const problems: Problem[] = [];
  const family = key.kind === "mark" ? key.family : familyOf(key.address);
  if (server.forward !== "tunnel" && familyOf(server.address) !== family) {
    const what = `${server.address} is not IPv${family}, as ${server.forward} needs`;
    const message = `${what}: only tunnel goes from one family to the other`;
    problems.push(error(place, message));
  }
  if (key.kind === "address" && server.forward !== "nat" && server.port !== key.port) {
    const what = `port ${server.port} is not the service's ${key.port}`;
    const message = `${what}: ${server.forward} hands packets over as they are`;
    const remedy = `Write port ${key.port}, or forward: nat, which can change it.`;
    problems.push(error(place, message, { remedy }));
  }
  return problems;
}

/** With nat the kernel drops what comes from outside and would go to a loopback address. */
const NO_NAT = "is this director itself, and nat does not lead there";
const NO_NAT_REMEDY =
  "Write forward: dr for it: what listens on the service's port here then answers by the VIP.";

function checkAddress(config: Config, server: Destination, place: Place): Problem[] {
  const { address } = server;
  if (isLoopback(address) && server.forward === "nat") {
    return [error(place, `${address} ${NO_NAT}`, { remedy: NO_NAT_REMEDY })];
  }
  const director = config.directors.find(({ paths }) =>
    paths.some((path) => path.address === address),
  );
  if (director !== undefined && server.forward === "dr") {
    return [
      error(place, warmLoop(address, `the director ${director.name}`), {
        remedy: WARM_LOOP_REMEDY,
      }),
    ];
  }
  const instance = config.instances.find(({ vips }) => vips.some((vip) => vip.address === address));
  if (instance === undefined) return [];
  const message = `${address} is a VIP of ${instance.name}: the master would serve it itself`;
  return [warning(place, message)];
}

/** A backup keeps its table programmed, so that it would forward what reaches it as a server. */
export const warmLoop = (address: string, whose: string): string =>
  `${address} is ${whose}: as backup it would forward again what it should answer`;
export const WARM_LOOP_REMEDY = "Use nat for this server, or a machine that is no director.";

function checkThresholds(server: Destination, place: Place): Problem[] {
  const { lowerThreshold, upperThreshold } = server;
  if (lowerThreshold <= upperThreshold) return [];
  const message = `${lowerThreshold} is above the upperThreshold ${upperThreshold}`;
  return [error([...place, "lowerThreshold"], message)];
}

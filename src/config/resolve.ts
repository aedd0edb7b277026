/** What the file says to what it means: references, and defaults that depend on other parts. */
import { nameId } from "../base/hash.ts";
import { type Millis, minutes, ms, seconds } from "../base/units.ts";
import type { Timeouts } from "../wire/ipvs/types.ts";
import { error, type Place, type Problem } from "./report.ts";
import { resolveAlerts } from "./resolve-alerts.ts";
import { newProbes } from "./resolve-checks.ts";
import { resolveReader } from "./resolve-reader.ts";
import { resolveRoutes, resolveRules } from "./resolve-routes.ts";
import { resolveService } from "./resolve-services.ts";
import { resolveGroups, resolveTracks, resolveUses } from "./resolve-tracks.ts";
import { resolveVrrp, vipInterface } from "./resolve-vrrp.ts";
import type { FileConfig, FileDirector, FileInstance } from "./schema.ts";
import { didYouMean } from "./suggest.ts";
import type {
  Announce,
  Config,
  ConnectionSync,
  Director,
  Heartbeat,
  Instance,
  Path,
  Preempt,
  Vip,
} from "./types.ts";

export interface Resolved {
  /** Complete only where no problem is an error. */
  readonly config: Config;
  readonly problems: readonly Problem[];
}

export function resolve(file: FileConfig): Resolved {
  const problems: Problem[] = [];
  const directors = Object.entries(file.directors).map(([name, director]) =>
    resolveDirector(name, director, problems),
  );
  const instances = Object.entries(file.instances).map(([name, instance]) => {
    const place = ["instances", name];
    if (instance.vmac !== false && file.heartbeat.transport === "udp") {
      problems.push(error([...place, "vmac"], "virtual MACs belong to the vrrp transport"));
    }
    const interval = resolveInterval(place, file.heartbeat, instance, problems);
    const resolved = resolveInstance(name, instance, directors, problems);
    const tracks = resolveUses(place, instance.track, file.tracks, problems);
    const routes = resolveRoutes(place, instance.routes, problems);
    const rules = resolveRules(place, instance.rules, problems);
    return {
      ...resolved,
      interval,
      tracks,
      routes,
      rules,
      vrrp: resolveVrrp(file.heartbeat, instance, resolved),
    };
  });
  const probes = newProbes(problems);
  const services = Object.entries(file.services).map(([name, service]) =>
    resolveService(name, service, instances, probes),
  );
  const { heartbeat, announce, waitForInterface, onStop } = file;
  const config: Config = {
    cluster: file.cluster ?? Object.keys(file.directors).sort().join("-"),
    directors,
    heartbeat: resolveHeartbeat(heartbeat),
    instances,
    groups: resolveGroups(file, problems),
    tracks: resolveTracks(file.tracks, problems),
    notifyFifo: file.notifyFifo,
    notifyFifoScript: resolveReader("notifyFifo", file, problems),
    serviceFifo: file.serviceFifo,
    serviceFifoScript: resolveReader("serviceFifo", file, problems),
    alerts: resolveAlerts(file, problems),
    connectionSync: resolveSync(file.connectionSync, instances),
    ipvs: { table: file.ipvs.table, timeouts: resolveTimeouts(file.ipvs.timeouts) },
    services,
    probes: probes.list,
    announce: resolveAnnounce(announce, heartbeat.transport, instances),
    metrics: file.metrics?.listen,
    page: resolvePage(file),
    startDelay: file.startDelay,
    vipLease: file.vipLease,
    waitForInterface,
    onStop,
  };
  return { config, problems };
}

function resolveDirector(name: string, director: FileDirector, problems: Problem[]): Director {
  const { address, paths, priority } = director;
  const place = ["directors", name];
  if (address === undefined && paths === undefined) {
    problems.push(error(place, "has no address: write address, or paths for several"));
  }
  if (address !== undefined && paths !== undefined) {
    problems.push(error([...place, "paths"], "there is an address too: write one or the other"));
  }
  if (paths?.length === 0) problems.push(error([...place, "paths"], "is an empty list"));
  const own: Path[] = address === undefined ? [] : [{ address, interface: undefined }];
  const listed = (paths ?? []).map((path) => ({
    address: path.address,
    interface: path.interface,
  }));
  return { name, id: nameId(name), priority, paths: [...own, ...listed] };
}

function resolveInstance(
  name: string,
  instance: FileInstance,
  directors: readonly Director[],
  problems: Problem[],
): Omit<Instance, "interval" | "vrrp" | "tracks" | "routes" | "rules"> {
  const place = ["instances", name];
  if (instance.vips.length === 0) {
    problems.push(error([...place, "vips"], "is an empty list: there is nothing to hold"));
  }
  const names = directors.map((director) => director.name);
  for (const key of Object.keys(instance.priorities)) {
    if (names.includes(key)) continue;
    const message = `there is no director ${key}${didYouMean(key, names)}`;
    problems.push(error([...place, "priorities", key], message, { onKey: true }));
  }
  const link = vipInterface(instance);
  return {
    name,
    id: nameId(name),
    routerId: instance.routerId,
    interface: instance.interface,
    vips: instance.vips.map((vip) => resolveVip(vip, link)),
    priorities: resolvePriorities(instance.priorities, directors),
    preempt: resolvePreempt(instance.preempt),
    witness: instance.witness,
    group: instance.group,
    trackInterface: instance.trackInterface,
    notify: { ...instance.notify, user: instance.notify.user },
  };
}

const resolvePriorities = (
  own: FileInstance["priorities"],
  directors: readonly Director[],
): Record<string, number> =>
  Object.fromEntries(
    directors.map(({ name, priority }) => [
      name,
      (Object.hasOwn(own, name) ? own[name] : undefined) ?? priority,
    ]),
  );

function resolveVip(vip: FileInstance["vips"][number], instanceInterface: string): Vip {
  if ("prefix" in vip) return { ...vip, interface: instanceInterface };
  const { address, interface: link, scope, broadcast, noPrefixRoute, excluded } = vip;
  const usual = scope === "global" && broadcast === undefined && !noPrefixRoute;
  return {
    ...address,
    interface: link ?? instanceInterface,
    ...(excluded && { excluded }),
    ...(usual ? {} : { manner: { scope, broadcast, noPrefixRoute } }),
  };
}

function resolvePage({ page }: FileConfig): Config["page"] {
  if (page === undefined) return undefined;
  const { listen, tokenFile, names } = page;
  return { ...listen, tokenFile, names: names.map((name) => name.toLowerCase()) };
}

function resolveHeartbeat(heartbeat: FileConfig["heartbeat"]): Heartbeat {
  const { transport, missed, port, multicast, secretFile } = heartbeat;
  return { transport, interval: commonInterval(heartbeat), missed, port, multicast, secretFile };
}

const commonInterval = ({ interval, transport }: FileConfig["heartbeat"]): Millis =>
  interval ?? (transport === "vrrp" ? seconds(1) : ms(250));

function resolveInterval(
  place: Place,
  heartbeat: FileConfig["heartbeat"],
  { interval }: FileInstance,
  problems: Problem[],
): Millis {
  if (interval === undefined || heartbeat.transport === "vrrp") {
    return interval ?? commonInterval(heartbeat);
  }
  const message = "is of the vrrp transport: over udp one heartbeat speaks for all instances";
  const remedy = "Leave it out, and write heartbeat.interval.";
  problems.push(error([...place, "interval"], message, { remedy }));
  return interval;
}

/** At most ten frames a second: switches that limit ARP begin at fifteen. */
const REFRESH_A_VIP = ms(100);

function resolveAnnounce(
  { repeat, delay, interval, refresh }: FileConfig["announce"],
  transport: Heartbeat["transport"],
  instances: readonly Instance[],
): Announce {
  const vips = instances.reduce((sum, instance) => sum + instance.vips.length, 0);
  const often = Math.min(Math.max(seconds(1), vips * REFRESH_A_VIP), minutes(1));
  const usual = transport === "vrrp" ? often : minutes(1);
  // A refresh is over before the next one begins.
  return { repeat, delay, interval, refresh: refresh ?? ms(Math.max(usual, vips * interval)) };
}

const resolvePreempt = (preempt: FileInstance["preempt"]): Preempt =>
  typeof preempt === "string" ? { kind: preempt } : { kind: "after", delay: preempt.after };

function resolveSync(
  sync: FileConfig["connectionSync"],
  instances: readonly Instance[],
): ConnectionSync | undefined {
  if (sync === undefined) return undefined;
  const { interface: link, syncId, group, port, ttl, maxLength } = sync;
  // 0 would take connections from every pair; a file without an instance is refused anyway.
  const id = syncId ?? instances[0]?.routerId ?? 1;
  return { interface: link, syncId: id, group, port, ttl, maxLength };
}

const resolveTimeouts = (timeouts: FileConfig["ipvs"]["timeouts"]): Timeouts | undefined =>
  timeouts && {
    tcp: (timeouts.tcp ?? 0) / 1000,
    tcpFin: (timeouts.tcpFin ?? 0) / 1000,
    udp: (timeouts.udp ?? 0) / 1000,
  };

/** Looks at everything, at the same time, with a limit on each. */
import { release } from "node:os";
import type { Places } from "../../base/places.ts";
import type { Config, Director } from "../../config/types.ts";
import { askStatus, type StatusAnswer } from "../../control/client.ts";
import { openRtnl } from "../../os/rtnl.ts";
import type { Link } from "../../wire/rtnl/link.ts";
import { type AddressFact, type DaemonFact, type Facts, type Looked, unseen } from "../facts.ts";
import { neededModules } from "../rules/kernel.ts";
import { listen } from "./adverts.ts";
import { askLinks } from "./answers.ts";
import { readBridges } from "./bridges.ts";
import { readGroups } from "./groups.ts";
import { readClock, readFirewall, readSpaces } from "./host.ts";
import { within } from "./limit.ts";
import { type Managers, readManagers } from "./managers.ts";
import { readModules } from "./modules.ts";
import { readProcesses } from "./processes.ts";
import { readRoutes } from "./routes.ts";
import { readSecret } from "./secret.ts";
import { readSysctls } from "./sysctls.ts";

/** Of one look; the slowest are programs, which have limits of their own. */
const LOOK_LIMIT_MS = 8000;
/** Interfaces whose parameters are read. */
const MAX_LINKS = 64;

export interface GatherOptions {
  /** Undefined where the file can not be used. */
  readonly config: Config | undefined;
  readonly self: Director | undefined;
  readonly places: Places;
  /** Of the process that holds the lock. */
  readonly pid: number | undefined;
  /** How long to listen for virtual routers; 0 is not. */
  readonly listenMs: number;
}

export async function gather(options: GatherOptions): Promise<Facts> {
  const { config, self, places, listenMs } = options;
  const network = await readNetwork();
  const { links, addresses, routes } = network;
  const kernel = release();
  const look = <T>(start: () => Promise<T>, otherwise: T): Promise<T> =>
    within(LOOK_LIMIT_MS + listenMs, start).then((found) => valueOr(found, otherwise));
  const running = look(readProcesses, []);
  const names = config === undefined ? [] : neededModules(config).map(({ name }) => name);
  const asked = config && { config, self, links, addresses, routes, listenMs };
  const facts = {
    sysctls: look(() => readSysctls(linksOf(config, network)), {}),
    modules: look(() => readModules(names, kernel), NO_MODULES),
    managers: look(async () => readManagers(links, await running), NO_MANAGERS),
    groups: look(readGroups, []),
    clock: look(readClock, LATE),
    firewall: look(readFirewall, { nft: LATE, legacyTables: [] }),
    daemon: askDaemon(options),
    space: look(() => readSpaces([places.lib, places.run]), []),
    secret: readSecret(config?.heartbeat.secretFile),
    answers: look(async () => (asked === undefined ? [] : askLinks(asked)), []),
    adverts: look(async () => (asked === undefined ? [] : listen(asked)), []),
    bridges: look(() => readBridges(links.map(({ name }) => name).slice(0, MAX_LINKS)), []),
  };
  await Promise.all(Object.values(facts));
  return {
    uid: process.getuid?.() ?? 0,
    kernel,
    ...network,
    processes: await running,
    sysctls: await facts.sysctls,
    modules: await facts.modules,
    ...(await facts.managers),
    groups: await facts.groups,
    // Read after the asking: the cache is what that met.
    neighbours: valueOr(await within(LOOK_LIMIT_MS, readNeighbours), []),
    clock: await facts.clock,
    firewall: await facts.firewall,
    daemon: await facts.daemon,
    space: await facts.space,
    secret: await facts.secret,
    answers: await facts.answers,
    adverts: await facts.adverts,
    bridges: await facts.bridges,
  };
}

const LATE = unseen("it took too long");
const NO_MANAGERS: Managers = { managed: [], networkd: undefined };
const NO_MODULES = { states: {}, otherKernels: [], locked: false };

const valueOr = <T>(looked: Looked<T>, otherwise: T): T =>
  looked.kind === "seen" ? looked.value : otherwise;

interface Network {
  readonly links: readonly Link[];
  readonly addresses: readonly AddressFact[];
  readonly routes: Facts["routes"];
}

async function readNetwork(): Promise<Network> {
  const rtnl = openRtnl();
  try {
    const links = await rtnl.links();
    const addresses = (await rtnl.addresses()).map((one) => ({
      address: one.address,
      prefix: one.prefix,
      interface: one.interface,
      // IPv6 addresses have no labels.
      label: one.label ?? one.interface,
      validSeconds: one.validSeconds,
      dadFailed: one.dadFailed,
    }));
    return { links, addresses, routes: await readRoutes() };
  } finally {
    rtnl.close();
  }
}

async function readNeighbours(): Promise<Facts["neighbours"]> {
  const rtnl = openRtnl();
  try {
    const cache = await rtnl.neighbours();
    return cache.flatMap(({ address, mac }) => (mac === undefined ? [] : [{ address, mac }]));
  } finally {
    rtnl.close();
  }
}

/** Those that the file names first, then those with addresses. */
function linksOf(config: Config | undefined, { addresses }: Network): readonly string[] {
  const named = config?.instances.flatMap(({ interface: link, vips }) => [
    link,
    ...vips.map((vip) => vip.interface),
  ]);
  const all = [...(named ?? []), ...addresses.map((one) => one.interface)];
  return [...new Set(all)].slice(0, MAX_LINKS);
}

async function askDaemon({ places, pid }: GatherOptions): Promise<DaemonFact> {
  let answer: StatusAnswer;
  try {
    answer = await askStatus(places.socket);
  } catch (error) {
    return { kind: "unseen", why: error instanceof Error ? error.message : String(error) };
  }
  switch (answer.kind) {
    case "running":
      return { kind: "running", snapshot: answer.snapshot };
    case "silent":
      return { kind: "silent", pid };
    case "notRunning":
      return pid === undefined ? { kind: "none" } : { kind: "silent", pid };
  }
}

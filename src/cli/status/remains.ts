/** What a daemon that is gone left in the kernel: read there, and named by its file and its notes. */
import { messageOf } from "../../base/errors.ts";
import { formatCidr } from "../../base/ip.ts";
import { type ServiceKey, serviceName } from "../../base/service.ts";
import type { Config } from "../../config/types.ts";
import { bootId, bootTime } from "../../os/clock.ts";
import { isIpvsLoaded } from "../../os/host-facts.ts";
import { openIpvs } from "../../os/ipvs.ts";
import { openRtnl } from "../../os/rtnl.ts";
import { type RunState, readBeat, readRunState } from "../../os/run-state.ts";
import { loadConfigFile } from "../config-file.ts";
import type { Context } from "../context.ts";
import { livingDaemon } from "../living.ts";
import type { PeerAddresses, WireVip } from "../wire.ts";

/** Everything that is known without a daemon. */
export interface Remains {
  readonly configFile: string;
  /** Why the configuration says nothing. */
  readonly configProblem: string | undefined;
  /** A process that lives and holds the lock. */
  readonly pid: number | undefined;
  /** It took a connection, and did not answer for so long. */
  readonly silentMs: number | undefined;
  readonly notes: Notes | undefined;
  /** Every VIP that is known of, for asking on the wire. */
  readonly vips: readonly WireVip[];
  readonly peers: PeerAddresses;
  /** Still on an interface: `192.168.60.100/32 on eth0`. */
  readonly vipsHere: readonly string[];
  /** Links of virtual MACs that are still there. */
  readonly linksHere: readonly string[];
  /** Still in the kernel's table. */
  readonly services: readonly string[];
  /** In the table, and not known of. */
  readonly foreignServices: readonly string[];
  readonly syncRoles: readonly string[];
  /** Why the table could not be read. */
  readonly ipvsProblem: string | undefined;
  /** The table is meant to stay (`onStop: keep`), and the daemon said goodbye. */
  readonly tableKept: boolean;
}

/** What the daemon last wrote of itself. */
export interface Notes {
  readonly director: string;
  readonly pid: number;
  readonly writtenAgoMs: number;
  readonly lastAdvertAgoMs: number | undefined;
  readonly instances: readonly {
    readonly name: string;
    readonly state: string;
    readonly sinceMs: number;
    readonly why: string;
  }[];
}

export const isAnythingLeft = (remains: Remains): boolean =>
  remains.vipsHere.length > 0 ||
  remains.linksHere.length > 0 ||
  remains.syncRoles.length > 0 ||
  (remains.services.length > 0 && !remains.tableKept);

export async function readRemains(
  context: Context,
  silentMs: number | undefined,
): Promise<Remains> {
  const { places } = context;
  const found = await readRunState(places.state);
  // Notes of an earlier boot describe a kernel that is gone.
  const state = found?.bootId === bootId() ? found : undefined;
  const { config, configFile, configProblem } = await readConfig(context, state);
  const vips = [
    ...(config?.instances.flatMap((instance) => instance.vips) ?? []),
    ...(state?.added.vips ?? []),
  ];
  const services = [
    ...(config?.services.map(({ service }) => service.key) ?? []),
    ...(state?.added.services ?? []),
  ];
  return {
    configFile,
    configProblem,
    pid: await livingDaemon(places),
    silentMs,
    notes: state && (await notesOf(state, places.beat)),
    vips: unique(vips, formatCidrOn),
    peers: config?.directors.flatMap(addressesOf) ?? [],
    ...(await readNetwork(vips, vmacsOf(config, state))),
    ...(await readTable(services, { config, state })),
    tableKept: config?.onStop === "keep" && (state?.ended ?? true),
  };
}

async function readConfig(
  context: Context,
  state: RunState | undefined,
): Promise<{
  readonly config: Config | undefined;
  readonly configFile: string;
  readonly configProblem: string | undefined;
}> {
  const isDefault = context.configFile === context.places.config;
  const configFile = (isDefault ? state?.configFile : undefined) ?? context.configFile;
  try {
    const loaded = await loadConfigFile(configFile);
    if (loaded.kind === "valid") {
      return { config: loaded.config, configFile, configProblem: undefined };
    }
    const configProblem = `the configuration ${configFile} is not valid: see \`baton check\``;
    return { config: undefined, configFile, configProblem };
  } catch (error) {
    return { config: undefined, configFile, configProblem: messageOf(error) };
  }
}

async function notesOf(state: RunState, beatFile: string): Promise<Notes> {
  const now = bootTime();
  const beat = await readBeat(beatFile);
  return {
    director: state.director,
    pid: state.pid,
    writtenAgoMs: now - state.writtenAt,
    lastAdvertAgoMs: beat === undefined ? undefined : now - beat,
    instances: Object.entries(state.instances).map(([name, one]) => ({
      name,
      state: one.state,
      sinceMs: now - one.since,
      why: one.why,
    })),
  };
}

type LinkOf = NonNullable<RunState["added"]["links"]>[number];

const vmacsOf = (config: Config | undefined, state: RunState | undefined): readonly LinkOf[] => [
  ...(state?.added.links ?? []),
  ...(config?.instances ?? []).flatMap(({ vrrp }) =>
    vrrp?.vmac ? [{ name: vrrp.vmac.interface, mac: vrrp.vmac.mac }] : [],
  ),
];

async function readNetwork(
  vips: readonly VipOn[],
  vmacs: readonly LinkOf[],
): Promise<Pick<Remains, "vipsHere" | "linksHere">> {
  const rtnl = openRtnl();
  try {
    const here = await rtnl.addresses();
    const links = (await rtnl.links()).filter(({ kind, name, mac }) =>
      vmacs.some((vmac) => kind === "macvlan" && vmac.name === name && vmac.mac === mac),
    );
    const left = vips.filter((vip) =>
      here.some((found) => found.address === vip.address && found.interface === vip.interface),
    );
    return {
      vipsHere: unique(left, formatCidrOn).map(formatCidrOn),
      linksHere: links.map(({ name, mac }) => `${name}, ${mac}`),
    };
  } finally {
    rtnl.close();
  }
}

type Table = Pick<Remains, "services" | "foreignServices" | "syncRoles" | "ipvsProblem">;

/** Without IPVS in the kernel nothing can be left there, and to ask would load it. */
async function readTable(
  known: readonly ServiceKey[],
  { config, state }: { config: Config | undefined; state: RunState | undefined },
): Promise<Table> {
  const nothing = { services: [], foreignServices: [], syncRoles: [], ipvsProblem: undefined };
  if (!(await isIpvsLoaded())) return nothing;
  try {
    const ipvs = await openIpvs();
    try {
      const names = (await ipvs.services()).map(({ key }) => serviceName(key));
      const ours = new Set(known.map(serviceName));
      const roles = (await ipvs.daemons()).map(({ role }) => role);
      const meant = config?.connectionSync ? roles : roles.filter((role) => added(state, role));
      return {
        services: names.filter((name) => ours.has(name)),
        foreignServices: names.filter((name) => !ours.has(name)),
        syncRoles: meant,
        ipvsProblem: undefined,
      };
    } finally {
      ipvs.close();
    }
  } catch (error) {
    return { ...nothing, ipvsProblem: messageOf(error) };
  }
}

const added = (state: RunState | undefined, role: "master" | "backup"): boolean =>
  state?.added.roles.includes(role) ?? false;

type VipOn = RunState["added"]["vips"][number];

const formatCidrOn = (vip: VipOn): string => `${formatCidr(vip)} on ${vip.interface}`;

const addressesOf = ({ name, paths }: Config["directors"][number]): PeerAddresses =>
  paths.map(({ address }) => ({ director: name, address }));

const unique = <T>(values: readonly T[], key: (value: T) => string): readonly T[] => [
  ...new Map(values.map((value) => [key(value), value])).values(),
];

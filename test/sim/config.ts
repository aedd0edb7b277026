/** Configurations for simulated directors, without a file. */
import { nameId } from "../../src/base/hash.ts";
import type { Ip } from "../../src/base/ip.ts";
import { ms } from "../../src/base/units.ts";
import type {
  Config,
  ConnectionSync,
  Instance,
  Preempt,
  VrrpOptions,
} from "../../src/config/types.ts";
import type { Mac } from "../../src/wire/link/ethernet.ts";

export interface SimOptions {
  /** One director each: lb1, lb2, … */
  readonly priorities: readonly number[];
  readonly interval?: number;
  /** Of each instance, where it has its own. */
  readonly intervals?: readonly number[];
  readonly preempt?: Preempt;
  readonly paths?: number;
  readonly sync?: boolean;
  /** False: no pass through the connection table is ever complete. */
  readonly resync?: boolean;
  /** A witness on the service network. */
  readonly witness?: boolean;
  readonly instances?: number;
  /** Every second instance has the priorities in reverse order. */
  readonly crossed?: boolean;
  readonly multicast?: boolean;
  /** All instances are one group. */
  readonly grouped?: boolean;
  /** By a virtual MAC. */
  readonly vmac?: boolean;
  /** Protocol 112 in this version, instead of heartbeats over UDP. */
  readonly vrrp?: 2 | 3;
  readonly authenticated?: boolean;
}

export const INTERVAL = 250;
const SYNC: ConnectionSync = {
  interface: "eth1",
  syncId: 1,
  group: undefined,
  port: undefined,
  ttl: undefined,
  maxLength: undefined,
};

const NOBODY = {
  any: [],
  master: [],
  backup: [],
  fault: [],
  stop: [],
  deleted: [],
  lowerPriority: [],
  priorityChanges: false,
} as const;

export const nameOf = (index: number): string => `lb${index + 1}`;

export function simConfig(options: SimOptions): Config {
  const { priorities, interval = INTERVAL, preempt = { kind: "never" } } = options;
  return {
    cluster: priorities.map((_, index) => nameOf(index)).join("+"),
    directors: directorsOf(options),
    heartbeat: {
      transport: options.vrrp === undefined ? "udp" : "vrrp",
      interval: ms(interval),
      missed: 3,
      port: 8112,
      multicast: options.multicast ? ("239.1.2.3" as Ip) : undefined,
      secretFile: "key",
    },
    instances: Array.from({ length: options.instances ?? 1 }, (_, index) => ({
      name: `i${index}`,
      id: nameId(`i${index}`),
      routerId: index + 1,
      interface: "eth0",
      vips: [{ address: `10.1.0.${index + 1}` as Ip, prefix: 32, interface: "eth0" }],
      priorities: prioritiesOf(options, index),
      interval: ms(options.intervals?.[index] ?? interval),
      preempt,
      witness: options.witness ? { addresses: ["10.1.0.254" as Ip], hold: ms(10_000) } : undefined,
      trackInterface: true,
      group: options.grouped ? "all" : undefined,
      routes: [],
      rules: [],
      tracks: [],
      notify: { ...NOBODY, timeout: ms(30_000), user: undefined },
      vrrp: options.vrrp === undefined ? undefined : vrrpOf(options.vrrp, index, options.vmac),
    })),
    groups: [],
    tracks: [],
    notifyFifo: undefined,
    serviceFifo: undefined,
    notifyFifoScript: undefined,
    serviceFifoScript: undefined,
    alerts: [],
    connectionSync: options.sync ? SYNC : undefined,
    ipvs: { table: "share", timeouts: undefined },
    services: [],
    probes: [],
    announce: { repeat: 5, delay: ms(5000), interval: ms(0), refresh: ms(60_000) },
    metrics: undefined,
    page: undefined,
    startDelay: ms(0),
    vipLease: undefined,
    waitForInterface: false,
    onStop: "keep",
  };
}

const vrrpOf = (version: 2 | 3, index: number, vmac = false): VrrpOptions => ({
  version,
  family: 4,
  unicast: false,
  group: "224.0.0.18" as Ip,
  sources: {},
  passwordFile: undefined,
  checksumAsV2: false,
  minTtl: 255,
  peers: {},
  advertised: [`10.1.0.${index + 1}` as Ip],
  vmac: vmac
    ? { interface: `vrrp.${index + 1}`, mac: "00:00:5e:00:01:01" as Mac, advertsFromBase: false }
    : undefined,
});

function prioritiesOf(
  { priorities, crossed }: SimOptions,
  instance: number,
): Instance["priorities"] {
  const values = crossed && instance % 2 === 1 ? [...priorities].reverse() : priorities;
  return Object.fromEntries(values.map((value, at) => [nameOf(at), value]));
}

const directorsOf = ({ priorities, paths = 1 }: SimOptions): Config["directors"] =>
  priorities.map((priority, index) => ({
    name: nameOf(index),
    id: nameId(nameOf(index)),
    priority,
    paths: Array.from({ length: paths }, (_, path) => ({
      address: `10.0.${path}.${index + 1}` as Ip,
      interface: undefined,
    })),
  }));

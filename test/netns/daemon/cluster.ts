/** Directors that run the same baton.yaml on one segment, started and stopped by a test. */
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { places } from "../../../src/base/places.ts";
import type { InstanceSnapshot, Snapshot } from "../../../src/core/director/snapshot-types.ts";
import { type Daemon, type DaemonOptions, runDaemon, startDaemon } from "../../support/baton.ts";
import type { Network } from "../../support/network.ts";
import { eventually, type Result } from "../../support/process.ts";
import {
  createSegment,
  type HostName,
  OCTET,
  type Segment,
  type SegmentOptions,
  VIP,
} from "../harness.ts";

export type DirectorName = Exclude<HostName, "client">;
export type Yaml = Readonly<Record<string, unknown>>;

/** The default interval, and what a takeover takes at most: silence, skew, and a busy machine. */
export const INTERVAL = 250;
export const TAKEOVER = 6 * INTERVAL;

export interface ClusterOptions extends SegmentOptions {
  readonly directors?: readonly DirectorName[];
  /** Sections of the file beside or instead of the usual ones. */
  readonly config?: Yaml;
  /** Lines of the secret file; null is a pair without one. */
  readonly secret?: string | null;
  /** Where the directors' IPVS tables are. */
  readonly table?: DaemonOptions["table"];
}

export const SECRET = "1:a key for tests only\n";
const PRIORITY: Readonly<Record<DirectorName, number>> = { lb1: 150, lb2: 100, lb3: 50 };

export class Cluster {
  readonly segment: Segment;
  readonly network: Network;
  readonly names: readonly DirectorName[];
  readonly #daemons = new Map<DirectorName, Daemon>();
  readonly #always: Pick<DaemonOptions, "table">;

  constructor(
    segment: Segment,
    names: readonly DirectorName[],
    always: Pick<DaemonOptions, "table"> = {},
  ) {
    this.segment = segment;
    this.network = segment.network;
    this.names = names;
    this.#always = always;
  }

  /** The same file everywhere. */
  configure(config: Yaml, secret: string | null = SECRET): void {
    for (const name of this.names) this.configureOne(name, config, secret);
  }

  configureOne(name: DirectorName, config: Yaml, secret: string | null = SECRET): void {
    const root = this.segment.root(name);
    const at = places(root);
    mkdirSync(dirname(at.config), { recursive: true });
    // One path for all, as it is one file for all.
    const key = this.segment.root("lb1").replace(/lb1$/, "heartbeat.key");
    if (secret !== null) writeFileSync(key, secret, { mode: 0o600 });
    if (secret !== null) chmodSync(key, 0o600);
    const file = { ...defaults(this.names, secret === null ? undefined : key), ...config };
    const { heartbeat, ...rest } = file as { heartbeat: Yaml };
    const merged = { ...(secret === null ? {} : { secretFile: key }), ...heartbeat };
    writeFileSync(at.config, JSON.stringify({ ...rest, heartbeat: merged }, undefined, 2));
  }

  async start(name: DirectorName, options: Omit<DaemonOptions, "root"> = {}): Promise<Daemon> {
    const root = this.segment.root(name);
    const daemon = await startDaemon(this.network, name, { root, ...this.#always, ...options });
    this.#daemons.set(name, daemon);
    return daemon;
  }

  /** All directors, at once, until one serves and the others follow. */
  async startAll(): Promise<void> {
    await this.startAllBut();
    await this.settled();
  }

  async startAllBut(...others: readonly DirectorName[]): Promise<void> {
    const names = this.names.filter((name) => !others.includes(name));
    await Promise.all(names.map((name) => this.start(name)));
  }

  /** `master` first, so that it is certain who serves. */
  async startWith(master: DirectorName): Promise<void> {
    await this.start(master);
    await this.settled(master);
    await this.startAllBut(master);
    await this.settled(master);
  }

  run(name: DirectorName, options: Omit<DaemonOptions, "root"> = {}): Promise<Result> {
    return runDaemon(this.network, name, "run", { root: this.segment.root(name), ...options });
  }

  release(name: DirectorName): Promise<Result> {
    return runDaemon(this.network, name, "release", { root: this.segment.root(name) });
  }

  daemon(name: DirectorName): Daemon {
    const daemon = this.#daemons.get(name);
    if (!daemon) throw new Error(`${name} was not started`);
    return daemon;
  }

  async instance(name: DirectorName, instance = "web"): Promise<InstanceSnapshot> {
    return instanceOf(await this.daemon(name).status(), instance);
  }

  async state(name: DirectorName, instance = "web"): Promise<string | undefined> {
    const snapshot = await this.daemon(name).tryStatus();
    return snapshot && instanceOf(snapshot, instance).state;
  }

  /** Until `master` (or anybody) serves `instance`, and the other living directors follow. */
  async settled(master?: DirectorName, instance = "web"): Promise<DirectorName> {
    return eventually(`${master ?? "one"} is master and followed`, async () => {
      const living = [...this.#daemons.values()];
      const names = new Set<string>(living.map(({ host }) => host));
      const all = await Promise.all(living.map((daemon) => daemon.tryStatus()));
      const found = all.flatMap((snapshot) => (snapshot ? [instanceOf(snapshot, instance)] : []));
      const serving = all.flatMap((snapshot) =>
        snapshot && isServing(instanceOf(snapshot, instance)) ? [snapshot.director] : [],
      );
      const [only] = serving;
      // Who is not heard to hear the master is not fit for a handover yet.
      const agreed = found.every(({ state, master: followed, peers }) => {
        const fit = peers.filter(
          (peer) => names.has(peer.director) && peer.hearsUs && peer.serviceable,
        );
        return followed === only && (state !== "master" || fit.length === living.length - 1);
      });
      if (found.length < living.length) return false;
      if (serving.length !== 1 || !agreed) return false;
      return (master ?? only) === only ? (only as DirectorName) : false;
    });
  }

  /** Until one director serves, whatever the others know. */
  async settledOn(name: DirectorName, instance = "web"): Promise<void> {
    await eventually(`${name} serves`, async () => {
      const snapshot = await this.daemon(name).tryStatus();
      return snapshot !== undefined && isServing(instanceOf(snapshot, instance));
    });
  }

  /** Hosts on which the kernel has the address now. */
  async owners(address: string = VIP): Promise<readonly DirectorName[]> {
    const held = await Promise.all(this.names.map((name) => this.network.holds(name, address)));
    return this.names.filter((_, index) => held[index]);
  }

  /** How often `web` changed its state since its start, as each director counts. */
  async transitions(): Promise<Readonly<Record<string, number>>> {
    const living = [...this.#daemons.values()];
    const counts = await Promise.all(
      living.map(async (daemon) => [daemon.host, (await daemon.status()).history.length]),
    );
    return Object.fromEntries(counts) as Record<string, number>;
  }

  /** Ends all daemons, without goodbye, and what they left: for the next story. */
  async reset(): Promise<void> {
    await Promise.all([...this.#daemons.values()].map((daemon) => daemon.crash()));
    this.#daemons.clear();
    await Promise.all(this.names.map((name) => this.#clean(name)));
  }

  async #clean(name: DirectorName): Promise<void> {
    const root = this.segment.root(name);
    if (existsSync(places(root).state)) await this.release(name);
    for (const folder of ["run", "var"]) rmSync(`${root}/${folder}`, FOLDER);
  }

  forget(name: DirectorName): void {
    this.#daemons.delete(name);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#daemons.values()].map((daemon) => daemon.crash()));
    await this.segment.close();
  }
}

/** A guard that has just been ended may have been writing. */
const FOLDER = { recursive: true, force: true, maxRetries: 10, retryDelay: 20 };

const instanceOf = (snapshot: Snapshot, name: string): InstanceSnapshot => {
  const found = snapshot.instances.find((one) => one.name === name);
  if (!found) throw new Error(`${snapshot.director} has no instance ${name}`);
  return found;
};

const isServing = ({ state, vips }: InstanceSnapshot): boolean =>
  state === "master" && vips.every(({ present }) => present);

const defaults = (names: readonly DirectorName[], secretFile: string | undefined): Yaml => ({
  directors: directorsOf(names),
  heartbeat: secretFile === undefined ? {} : { secretFile },
  instances: { web: { routerId: 51, interface: "eth0", vips: [VIP] } },
});

export const directorsOf = (
  names: readonly DirectorName[],
  more: (name: DirectorName) => Yaml = () => ({}),
): Yaml =>
  Object.fromEntries(
    names.map((name) => {
      const address = `192.168.60.${OCTET[name]}`;
      return [name, { address, priority: PRIORITY[name], ...more(name) }];
    }),
  );

export async function createCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { directors = ["lb1", "lb2"], config = {}, secret = SECRET, ...rest } = options;
  const { table = "kernel", ...segment } = rest;
  const hosts: readonly HostName[] = [...directors, "client"];
  const cluster = new Cluster(await createSegment({ hosts, ...segment }), directors, { table });
  cluster.configure(config, secret);
  return cluster;
}

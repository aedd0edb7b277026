/** A baton and a keepalived that share one virtual router on a segment. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { places } from "../../src/base/places.ts";
import type { InstanceSnapshot } from "../../src/core/director/snapshot-types.ts";
import { createSegment, type Segment } from "../netns/harness.ts";
import { type Daemon, startDaemon } from "./baton.ts";
import { startKeepalived } from "./keepalived.ts";
import type { Network } from "./network.ts";
import { eventually, type Running } from "./process.ts";

export type Side = "baton" | "keepalived";
export const SIDES: readonly Side[] = ["baton", "keepalived"];
export const otherSide = (side: Side): Side => (side === "baton" ? "keepalived" : "baton");

export interface MixedOptions {
  readonly version: 2 | 3;
  readonly family: 4 | 6;
  readonly unicast?: boolean;
  readonly password?: string;
  readonly interval: number;
  readonly priorities: Readonly<Record<Side, number>>;
  /** What each side has: the same unless said otherwise. */
  readonly vips?: Readonly<Record<Side, readonly string[]>>;
  readonly preempt?: "never" | "immediate";
  /** baton on the host with the higher address. */
  readonly batonHigher?: boolean;
  /** Both sides hold the VIPs by the virtual MAC. */
  readonly vmac?: boolean;
  /** More of keepalived's instance. */
  readonly lines?: readonly string[];
  /** More blocks of keepalived's file. */
  readonly blocks?: readonly string[];
  /** Both sides run this one, for comparison. */
  readonly same?: Side;
}

const VIPS = { 4: ["192.168.60.100"], 6: ["fd00:60::100"] } as const;
export const ROUTER_ID = 51;

/** More of baton's file, of its instance, and of what is tracked. */
export interface More {
  readonly file?: object;
  readonly instance?: object;
  readonly instances?: object;
  readonly tracks?: object;
}

export class Mixed {
  readonly segment: Segment;
  readonly options: MixedOptions;
  readonly hosts: Readonly<Record<Side, "lb1" | "lb2">>;
  readonly vips: Readonly<Record<Side, readonly string[]>>;
  more: More = {};
  readonly #batons = new Map<Side, Daemon>();
  readonly #keepaliveds = new Map<Side, Running>();

  constructor(segment: Segment, options: MixedOptions) {
    this.segment = segment;
    this.options = options;
    this.hosts = options.batonHigher
      ? { baton: "lb2", keepalived: "lb1" }
      : { baton: "lb1", keepalived: "lb2" };
    const usual = VIPS[options.family];
    this.vips = options.vips ?? { baton: usual, keepalived: usual };
  }

  get baton(): Daemon | undefined {
    return this.#batons.get("baton");
  }

  /** What moves the priority of a side: a number, added to it. */
  pin(side: Side, value: number): void {
    writeFileSync(this.#pinFile(side), `${value}\n`);
  }

  #pinFile(side: Side): string {
    return join(this.segment.root(this.hosts[side]), "pin");
  }

  #isBaton(side: Side): boolean {
    return (this.options.same ?? side) === "baton";
  }

  get network(): Network {
    return this.segment.network;
  }

  get vip(): string {
    return this.vips.baton[0] ?? "";
  }

  async start(side: Side): Promise<void> {
    mkdirSync(this.segment.root(this.hosts[side]), { recursive: true });
    this.pin(side, 0);
    if (this.#isBaton(side)) await this.#startBaton(side);
    else this.#startKeepalived(side);
  }

  /** In good order. */
  async stop(side: Side): Promise<void> {
    await (this.#batons.get(side)?.running ?? this.#keepaliveds.get(side))?.stop();
    this.#forget(side);
  }

  /** Both of its processes at once: else the worker ends in good order, or is started anew. */
  async kill(side: Side): Promise<void> {
    if (this.#isBaton(side)) await this.#batons.get(side)?.crash();
    else {
      const folder = this.segment.root(this.hosts[side]);
      const pids = `$(cat ${folder}/pid ${folder}/vrrp)`;
      await this.network.must(this.hosts[side], ["sh", "-c", `kill -9 ${pids}`]);
      await this.#keepaliveds.get(side)?.ended;
    }
    this.#forget(side);
  }

  /** Who has the first VIP on the interface. */
  async owners(vip = this.vip): Promise<readonly Side[]> {
    const held = await Promise.all(SIDES.map((side) => this.network.holds(this.hosts[side], vip)));
    return SIDES.filter((_, index) => held[index]);
  }

  async servedBy(side: Side): Promise<void> {
    await eventually(
      `${side} alone has the VIP`,
      async () => (await this.owners()).join() === side,
      {
        timeout: 12 * this.options.interval + 5000,
        interval: 10,
      },
    );
  }

  /** `side` has the VIP, whatever the other one still has. */
  async taken(side: Side): Promise<void> {
    const timeout = 12 * this.options.interval + 5000;
    const holds = (): Promise<boolean> => this.network.holds(this.hosts[side], this.vip);
    await eventually(`${side} has the VIP`, holds, { timeout, interval: 5 });
  }

  async instance(): Promise<InstanceSnapshot> {
    const snapshot = await this.baton?.status();
    const [found] = snapshot?.instances ?? [];
    if (!found) throw new Error("baton does not run");
    return found;
  }

  close(): Promise<void> {
    return this.segment.close();
  }

  #forget(side: Side): void {
    this.#batons.delete(side);
    this.#keepaliveds.delete(side);
  }

  #address(side: Side): string {
    const octet = this.hosts[side] === "lb1" ? 130 : 131;
    return this.options.family === 4 ? `192.168.60.${octet}` : `fd00:60::${octet}`;
  }

  async #startBaton(side: Side): Promise<void> {
    const { version, unicast, password, interval, priorities, preempt, family, vmac } =
      this.options;
    const host = this.hosts[side];
    const root = this.segment.root(host);
    const at = places(root);
    mkdirSync(dirname(at.config), { recursive: true });
    const passwordFile = join(dirname(at.config), "vrrp.pass");
    if (password !== undefined) writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    const file = {
      directors: {
        baton: { address: this.#address("baton"), priority: priorities.baton },
        keepalived: { address: this.#address("keepalived"), priority: priorities.keepalived },
      },
      heartbeat: {
        transport: "vrrp",
        interval: `${interval}ms`,
        vrrp: {
          version,
          ...(unicast && { unicast: true, ...(family === 6 && { minTtl: 64 }) }),
          ...(password !== undefined && { passwordFile }),
        },
      },
      instances: {
        web: {
          routerId: ROUTER_ID,
          interface: "eth0",
          vips: this.vips[side],
          preempt: preempt ?? "immediate",
          track: ["pin"],
          ...(vmac && { vmac }),
          ...this.more.instance,
        },
        ...this.more.instances,
      },
      ...this.more.file,
      tracks: { pin: { file: this.#pinFile(side), interval: "100ms" }, ...this.more.tracks },
    };
    writeFileSync(at.config, JSON.stringify(file, undefined, 2));
    this.#batons.set(side, await startDaemon(this.network, host, { root, args: ["--as", side] }));
  }

  #startKeepalived(side: Side): void {
    const { version, unicast, password, interval, priorities, preempt, lines, blocks, vmac } =
      this.options;
    const host = this.hosts[side];
    const running = startKeepalived(this.network, host, this.segment.root(host), {
      version,
      routerId: ROUTER_ID,
      priority: priorities[side],
      interval,
      vips: this.vips[side],
      pin: this.#pinFile(side),
      lines: [...(preempt === "never" ? ["nopreempt"] : []), ...(lines ?? [])],
      ...(blocks && { blocks }),
      ...(vmac && { vmac }),
      ...(password !== undefined && { password }),
      ...(unicast && {
        unicast: { source: this.#address(side), peers: [this.#address(otherSide(side))] },
      }),
    });
    this.#keepaliveds.set(side, running);
  }
}

export async function createMixed(options: MixedOptions): Promise<Mixed> {
  const segment = await createSegment({ echo: true, ipv6: options.family === 6 });
  return new Mixed(segment, options);
}

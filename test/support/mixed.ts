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
  /** More of keepalived's instance. */
  readonly lines?: readonly string[];
}

const VIPS = { 4: ["192.168.60.100"], 6: ["fd00:60::100"] } as const;
export const ROUTER_ID = 51;

export class Mixed {
  readonly segment: Segment;
  readonly options: MixedOptions;
  readonly hosts: Readonly<Record<Side, "lb1" | "lb2">>;
  readonly vips: Readonly<Record<Side, readonly string[]>>;
  /** More of baton's file, and of its instance. */
  more: { readonly file: object; readonly instance: object } = { file: {}, instance: {} };
  baton: Daemon | undefined;
  keepalived: Running | undefined;

  constructor(segment: Segment, options: MixedOptions) {
    this.segment = segment;
    this.options = options;
    this.hosts = options.batonHigher
      ? { baton: "lb2", keepalived: "lb1" }
      : { baton: "lb1", keepalived: "lb2" };
    const usual = VIPS[options.family];
    this.vips = options.vips ?? { baton: usual, keepalived: usual };
  }

  get network(): Network {
    return this.segment.network;
  }

  get vip(): string {
    return this.vips.baton[0] ?? "";
  }

  async start(side: Side): Promise<void> {
    if (side === "baton") await this.#startBaton();
    else this.#startKeepalived();
  }

  /** In good order. */
  async stop(side: Side): Promise<void> {
    if (side === "baton") await this.baton?.running.stop();
    else await this.keepalived?.stop();
    this.#forget(side);
  }

  /** Both of its processes at once: else the worker ends in good order, or is started anew. */
  async kill(side: Side): Promise<void> {
    if (side === "baton") await this.baton?.crash();
    else {
      const folder = this.segment.root(this.hosts.keepalived);
      const pids = `$(cat ${folder}/pid ${folder}/vrrp)`;
      await this.network.must(this.hosts.keepalived, ["sh", "-c", `kill -9 ${pids}`]);
      await this.keepalived?.ended;
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
    if (side === "baton") this.baton = undefined;
    else this.keepalived = undefined;
  }

  #address(side: Side): string {
    const octet = this.hosts[side] === "lb1" ? 130 : 131;
    return this.options.family === 4 ? `192.168.60.${octet}` : `fd00:60::${octet}`;
  }

  async #startBaton(): Promise<void> {
    const { version, unicast, password, interval, priorities, preempt, family } = this.options;
    const host = this.hosts.baton;
    const root = this.segment.root(host);
    const at = places(root);
    mkdirSync(dirname(at.config), { recursive: true });
    const passwordFile = join(dirname(at.config), "vrrp.pass");
    if (password !== undefined) writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    const file = {
      directors: {
        b: { address: this.#address("baton"), priority: priorities.baton },
        k: { address: this.#address("keepalived"), priority: priorities.keepalived },
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
          vips: this.vips.baton,
          preempt: preempt ?? "immediate",
          ...this.more.instance,
        },
      },
      ...this.more.file,
    };
    writeFileSync(at.config, JSON.stringify(file, undefined, 2));
    this.baton = await startDaemon(this.network, host, { root });
  }

  #startKeepalived(): void {
    const { version, unicast, password, interval, priorities, preempt, lines } = this.options;
    const host = this.hosts.keepalived;
    this.keepalived = startKeepalived(this.network, host, this.segment.root(host), {
      version,
      routerId: ROUTER_ID,
      priority: priorities.keepalived,
      interval,
      vips: this.vips.keepalived,
      lines: [...(preempt === "never" ? ["nopreempt"] : []), ...(lines ?? [])],
      ...(password !== undefined && { password }),
      ...(unicast && {
        unicast: { source: this.#address("keepalived"), peers: [this.#address("baton")] },
      }),
    });
  }
}

export async function createMixed(options: MixedOptions): Promise<Mixed> {
  const segment = await createSegment({ echo: true, ipv6: options.family === 6 });
  return new Mixed(segment, options);
}

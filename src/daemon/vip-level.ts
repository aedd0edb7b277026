/** Brings this host's VIPs to what is desired, and keeps them there. */
import { formatCidr, hostPrefix, type Ip } from "../base/ip.ts";
import type { Millis } from "../base/units.ts";
import type { PlacedVip } from "../core/types.ts";
import { diffVips, type VipDiff, vipKey } from "../core/vip/diff.ts";
import { errnoName } from "../wire/netlink/errno.ts";
import { FOREVER } from "../wire/rtnl/address.ts";
import type { Network } from "./network.ts";

const RETRY_MS = 1000;
/** Of a lease, within its time: two may come late. */
const RENEWALS = 3;
/** Refusals of one VIP in a row before it counts as a fault. */
const MAX_REFUSALS = 3;

export interface VipLevelOptions {
  readonly network: Network;
  /** What baton may take off, beside what is desired. */
  readonly managed: readonly PlacedVip[];
  /** This director's own addresses. */
  readonly own: readonly Ip[];
  /** So long a VIP stands without being renewed; undefined is for ever. */
  readonly lease: Millis | undefined;
  /** Resolves when the IPVS table can serve, or has had its time. */
  readonly gate: () => Promise<void>;
  /** Resolves when links that are to be down are: leaving a group there would be told by their MAC. */
  readonly lowered: () => Promise<void>;
  /** Resolves when `promote_secondaries` is set: a network's first address takes the others along. */
  readonly promoted: () => Promise<void>;
  /** After each pass: the keys of the managed VIPs that stand now. */
  readonly onSettled: (present: ReadonlySet<string>) => void;
  /** Somebody took these; they stand again. */
  readonly onRepaired: (vips: readonly PlacedVip[]) => void;
  /** The kernel refuses a VIP again and again. */
  readonly onRefused: (vip: PlacedVip, code: string) => void;
}

export class VipLevel {
  readonly #options: VipLevelOptions;
  /** VIPs that were seen to stand: when one is missing later, somebody took it. */
  readonly #confirmed = new Set<string>();
  readonly #refusals = new Map<string, number>();
  /** Index of the link that each VIP was put on. */
  readonly #placed = new Map<string, number>();
  /** Undefined until the first request: a director that is about to adopt must not lose its VIPs. */
  #desired: readonly PlacedVip[] | undefined;
  #dirty = false;
  #running: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  readonly #renewal: NodeJS.Timeout | undefined;

  constructor(options: VipLevelOptions) {
    this.#options = options;
    const { lease } = options;
    if (lease === undefined) return;
    this.#renewal = setInterval(() => void this.#renew(), lease / RENEWALS);
  }

  /** The newest request wins; resolves when the level was applied. */
  request(desired: readonly PlacedVip[]): Promise<void> {
    this.#desired = desired;
    const keys = new Set(desired.map(vipKey));
    for (const key of this.#confirmed) if (!keys.has(key)) this.#confirmed.delete(key);
    return this.again();
  }

  /** Looks at the kernel's addresses again. */
  again(): Promise<void> {
    if (!this.#desired) return Promise.resolve();
    this.#dirty = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  close(): void {
    clearTimeout(this.#retry);
    clearInterval(this.#renewal);
  }

  /** Only what is desired now and stands: a lease must not bring back what is to go. */
  async #renew(): Promise<void> {
    const present = new Set(this.#options.network.addresses().map(vipKey));
    const standing = (this.#desired ?? []).filter((vip) => present.has(vipKey(vip)));
    const errnos = await this.#put(standing);
    if (errnos.some((errno) => errno !== 0)) void this.again();
  }

  /** One that an earlier run had on a lease, which nobody renews any more. */
  async #keep(): Promise<void> {
    if (this.#options.lease !== undefined) return;
    const leased = this.#options.network
      .addresses()
      .filter((one) => one.validSeconds !== undefined);
    const keys = new Set(leased.map(vipKey));
    const vips = (this.#desired ?? []).filter((vip) => keys.has(vipKey(vip)));
    if (vips.length > 0) await this.#put(vips, FOREVER);
  }

  #put(
    vips: readonly PlacedVip[],
    validSeconds = this.#leaseSeconds(),
  ): Promise<readonly number[]> {
    const lifetime = validSeconds === undefined ? {} : { validSeconds };
    return this.#ask(vips, (placed) =>
      this.#options.network.rtnl.addAddresses(placed.map((vip) => ({ ...vip, ...lifetime }))),
    );
  }

  #leaseSeconds(): number | undefined {
    const { lease } = this.#options;
    return lease === undefined ? undefined : lease / 1000;
  }

  async #run(): Promise<void> {
    while (this.#dirty) {
      this.#dirty = false;
      await this.#pass();
    }
  }

  async #pass(): Promise<void> {
    const { network, gate, lowered, promoted, onSettled } = this.#options;
    // After each wait: what is wanted now counts, not what was wanted then.
    let diff = this.#diff();
    if (diff.remove.length > 0) {
      await lowered();
      if (diff.remove.some(isWide)) await promoted();
      diff = this.#diff();
    }
    const removed = await this.#remove(diff.remove);
    if (diff.add.length > 0) {
      await gate();
      diff = this.#diff();
    }
    const added = await this.#add(diff.add);
    await this.#keep();
    const present = new Set(network.addresses().map(vipKey));
    for (const key of removed) present.delete(key);
    for (const key of added) present.add(key);
    const standing = (this.#desired ?? []).map(vipKey).filter((key) => present.has(key));
    for (const key of standing) this.#confirmed.add(key);
    this.#remember();
    onSettled(present);
  }

  /** On which link each VIP stands: under another name it is the same link. */
  #remember(): void {
    for (const vip of this.#desired ?? []) {
      const link = this.#options.network.link(vip.interface);
      if (link) this.#placed.set(formatCidr(vip), link.index);
    }
  }

  /** VIPs of ours whose link was renamed under them. */
  #strays(): readonly PlacedVip[] {
    const wanted = new Set((this.#desired ?? []).map(vipKey));
    return this.#options.network
      .addresses()
      .filter((one) => this.#placed.get(formatCidr(one)) === one.index && !wanted.has(vipKey(one)));
  }

  #diff(): VipDiff {
    const managed = [...this.#options.managed, ...this.#strays()];
    const ownership = { managed, own: this.#options.own };
    return diffVips(this.#desired ?? [], ownership, this.#options.network.addresses());
  }

  async #remove(vips: readonly PlacedVip[]): Promise<readonly string[]> {
    const errnos = await this.#ask(vips, (placed) =>
      this.#options.network.rtnl.removeAddresses(placed),
    );
    return vips.filter((_, index) => errnos[index] === 0).map(vipKey);
  }

  async #add(vips: readonly PlacedVip[]): Promise<readonly string[]> {
    const errnos = await this.#put(vips);
    const added: string[] = [];
    const repaired: PlacedVip[] = [];
    for (const [index, vip] of vips.entries()) {
      const errno = errnos[index] ?? ENODEV;
      if (errno !== 0 && errno !== EEXIST) this.#refused(vip, errnoName(errno));
      else {
        added.push(vipKey(vip));
        this.#refusals.delete(vipKey(vip));
        // With EEXIST it was never gone: only the news that it stands is still on its way.
        if (errno === 0 && this.#confirmed.has(vipKey(vip))) repaired.push(vip);
      }
    }
    if (repaired.length > 0) this.#options.onRepaired(repaired);
    return added;
  }

  #refused(vip: PlacedVip, code: string): void {
    const refusals = (this.#refusals.get(vipKey(vip)) ?? 0) + 1;
    this.#refusals.set(vipKey(vip), refusals);
    if (refusals >= MAX_REFUSALS) {
      this.#refusals.delete(vipKey(vip));
      this.#options.onRefused(vip, code);
    }
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.again(), RETRY_MS);
  }

  /** One errno a VIP; ENODEV where its interface does not exist. */
  async #ask(
    vips: readonly PlacedVip[],
    ask: (
      placed: readonly (PlacedVip & { readonly index: number })[],
    ) => Promise<readonly number[]>,
  ): Promise<readonly number[]> {
    if (vips.length === 0) return [];
    const placed = vips.flatMap((vip) => {
      const link = this.#options.network.link(vip.interface);
      return link ? [{ ...vip, index: link.index }] : [];
    });
    try {
      const errnos = placed.length > 0 ? await ask(placed) : [];
      const byKey = new Map(placed.map((vip, index) => [vipKey(vip), errnos[index] ?? ETIMEDOUT]));
      return vips.map((vip) => byKey.get(vipKey(vip)) ?? ENODEV);
    } catch {
      return vips.map(() => ETIMEDOUT);
    }
  }
}

const isWide = (vip: PlacedVip): boolean => vip.prefix < hostPrefix(vip.address);

const EEXIST = 17;
const ENODEV = 19;
const ETIMEDOUT = 110;

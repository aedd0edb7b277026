/** The links of virtual MACs: made at the start, up while their VIPs stand, gone at the end.
 *
 * Down before the VIPs go: leaving an address's multicast group is told to the segment, by the
 * virtual MAC, and its switches would send the new master's clients here again.
 */
import { messageOf } from "../base/errors.ts";
import type { DesiredVmac } from "../core/types.ts";
import { readSysctl, writeSysctl } from "../os/sysctl.ts";
import { errnoName } from "../wire/netlink/errno.ts";
import type { Link } from "../wire/rtnl/link.ts";
import type { Network } from "./network.ts";

/** A link by what tells it from another of its name. */
export type NamedVmac = Pick<DesiredVmac, "name" | "mac">;

export interface VmacLevelOptions {
  readonly network: Pick<Network, "link" | "rtnl" | "refresh">;
  /** What is taken off where it is not desired: of this configuration, and of an earlier run's. */
  readonly managed: readonly NamedVmac[];
  readonly onRepaired: (what: string) => void;
  readonly onTrouble: (sentence: string) => void;
  /** The VIPs of this link can not be put up. */
  readonly onRefused: (vmac: DesiredVmac, why: string) => void;
}

const EEXIST = 17;

export class VmacLevel {
  readonly #options: VmacLevelOptions;
  #desired: readonly DesiredVmac[] = [];
  /** Indexes of the links whose sysctls are set. */
  readonly #prepared = new Set<number>();
  /** Indexes of the links that were switched on: the news of it may be on its way. */
  readonly #raised = new Set<number>();
  readonly #seen = new Set<string>();
  #running: Promise<void> = Promise.resolve();

  constructor(options: VmacLevelOptions) {
    this.#options = options;
  }

  /** Resolves when the links are there: up before their VIPs come, down before those go. */
  request(desired: readonly DesiredVmac[]): Promise<void> {
    this.#desired = desired;
    return this.#then(() => this.#pass());
  }

  /** What is not wanted any more is taken off, once nothing stands there. */
  clear(): Promise<void> {
    return this.#then(() => this.#clear());
  }

  /** Somebody may have taken one away. */
  again(): Promise<void> {
    const well = this.#desired.every((vmac) => this.#isWell(vmac));
    return well ? this.#running : this.request(this.#desired);
  }

  settled(): Promise<void> {
    return this.#running;
  }

  #then(work: () => Promise<void>): Promise<void> {
    const report = (error: unknown): void => this.#options.onTrouble(messageOf(error));
    this.#running = this.#running.then(work).catch(report);
    return this.#running;
  }

  #isWell({ name, up }: DesiredVmac): boolean {
    const link = this.#options.network.link(name);
    return link !== undefined && (link.up || !up);
  }

  async #pass(): Promise<void> {
    for (const vmac of this.#desired) {
      const link = this.#options.network.link(vmac.name) ?? (await this.#make(vmac));
      if (!link) continue;
      const why = strangeness(link, vmac, this.#options.network.link(vmac.base));
      if (why !== undefined) {
        this.#options.onRefused(vmac, why);
        continue;
      }
      if (!this.#prepared.has(link.index)) await this.#prepare(vmac, link.index);
      const mayBeUp = link.up || this.#raised.has(link.index);
      if (vmac.up ? !link.up : mayBeUp) await this.#switch(link, vmac.up);
    }
  }

  async #make(vmac: DesiredVmac): Promise<Link | undefined> {
    const { network, onRepaired, onRefused } = this.#options;
    const base = network.link(vmac.base);
    if (!base) return undefined;
    const wanted = { name: vmac.name, lower: base.index, mac: vmac.mac };
    const errno = await network.rtnl.changeLink({ kind: "add", link: wanted });
    if (errno !== 0 && errno !== EEXIST) {
      onRefused(vmac, `it can not be made: ${errnoName(errno)}`);
      return undefined;
    }
    // Its index is wanted before the news of it comes in.
    await network.refresh();
    if (this.#seen.has(vmac.name)) onRepaired(`${vmac.name} was missing`);
    this.#seen.add(vmac.name);
    return network.link(vmac.name);
  }

  async #switch({ index, name }: Link, up: boolean): Promise<void> {
    const { network, onTrouble } = this.#options;
    if (up) this.#raised.add(index);
    else this.#raised.delete(index);
    const errno = await network.rtnl.changeLink({ kind: "switch", index, up });
    if (errno !== 0) onTrouble(`${name} ${up ? "up" : "down"}: ${errnoName(errno)}`);
  }

  async #clear(): Promise<void> {
    const { network, managed, onTrouble } = this.#options;
    for (const vmac of managed) {
      const link = network.link(vmac.name);
      const wanted = this.#desired.some(({ name }) => name === vmac.name);
      if (wanted || !link || !isVmac(link, vmac)) continue;
      const errno = await network.rtnl.changeLink({ kind: "remove", index: link.index });
      if (errno !== 0) onTrouble(`${vmac.name} can not be removed: ${errnoName(errno)}`);
    }
  }

  /** Written while the link is down: an IPv6 address of its own would come up with it. */
  async #prepare(vmac: DesiredVmac, index: number): Promise<void> {
    for (const [name, value] of Object.entries(await sysctlsOf(vmac))) {
      const found = await readSysctl(name);
      if (found === undefined || found === value) continue;
      await writeSysctl(name, value).catch((error: unknown) =>
        this.#options.onTrouble(`sysctl ${name} = ${value}: ${messageOf(error)}`),
      );
    }
    this.#prepared.add(index);
  }
}

/** Whether a link of the name is one of ours, whoever made it. */
export const isVmac = ({ kind, mac }: Link, vmac: NamedVmac): boolean =>
  kind === "macvlan" && mac === vmac.mac;

function strangeness(link: Link, vmac: DesiredVmac, base: Link | undefined): string | undefined {
  if (!isVmac(link, vmac)) {
    const found = `it is a ${link.kind ?? "real interface"} with the MAC ${link.mac}`;
    return `${found}, not a macvlan with ${vmac.mac}`;
  }
  return base === undefined || isOver(link, base) ? undefined : `it is not over ${vmac.base}`;
}

/** The kernel puts a macvlan of a macvlan beside that, over the interface below both. */
const isOver = ({ lower }: Link, base: Link): boolean =>
  lower === base.index || (base.kind === "macvlan" && lower === base.lower);

/** Who asks there hears its own MAC, and an owner that speaks by the same MAC is heard. keepalived
 * has these, and accept_local always. Replies leave by the interface below: strict filtering would
 * drop every question. */
async function sysctlsOf({
  name,
  ipv6,
  hearsOwner,
}: DesiredVmac): Promise<Readonly<Record<string, string>>> {
  const strict = (await readSysctl("net.ipv4.conf.all.rp_filter")) !== "0";
  const four = `net.ipv4.conf.${name}`;
  const six = `net.ipv6.conf.${name}`;
  const IPV6 = { addr_gen_mode: "1", accept_ra: "0", autoconf: "0", router_solicitations: "0" };
  const spoken = Object.entries(ipv6 ? IPV6 : { disable_ipv6: "1" });
  return {
    [`${four}.arp_ignore`]: "1",
    // Else the kernel answers the new master's gratuitous requests, and the switch believes it.
    [`${four}.accept_local`]: hearsOwner ? "1" : "0",
    // The stricter one of this and of `all` counts, and 2, which asks for any way back, is above 1.
    [`${four}.rp_filter`]: strict ? "2" : "0",
    [`${four}.promote_secondaries`]: "1",
    ...Object.fromEntries(spoken.map(([key, value]) => [`${six}.${key}`, value])),
  };
}

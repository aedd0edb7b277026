/** Adverts on the wire: sockets by interface, family and mode, shared by the instances there. */
import { DecodeError } from "../base/bytes.ts";
import { familyOf, type Ip } from "../base/ip.ts";
import { elapsed, type Instant, type Millis, ms } from "../base/units.ts";
import type { Director } from "../config/types.ts";
import { type Disbelief, hopLimits, refusalOf } from "../core/director/believe.ts";
import type { OwnAdvert } from "../core/director/effects.ts";
import type { Sender } from "../os/bpf.ts";
import { now } from "../os/clock.ts";
import {
  openRawReceiver,
  openRawSender,
  type Packet,
  type RawReceiver,
  type RawSender,
} from "../os/raw.ts";
import { SysError } from "../os/sys.ts";
import { errnoName } from "../wire/netlink/errno.ts";
import { decode, encode } from "../wire/vrrp/advert.ts";
import type { Advert } from "../wire/vrrp/types.ts";
import { type AdvertGroup, groupsOf, type Speaking } from "./advert-groups.ts";
import { lookEvery } from "./rounds.ts";
import { movingOf, sourceOf } from "./source.ts";
import { openVirtualVoice, speaksVirtually, type VirtualVoice } from "./virtual-voice.ts";
import type { Voice, VoiceOptions } from "./voice.ts";

export interface AdvertsOptions extends Omit<VoiceOptions, "self" | "secrets"> {
  readonly self: Director;
  /** Of version 2, by instance. */
  readonly passwords: ReadonlyMap<string, string>;
}

export const openAdverts = (options: AdvertsOptions): Voice => new Adverts(options);

interface Open {
  readonly index: number;
  readonly source: Ip;
  readonly sender: RawSender;
  readonly receivers: readonly RawReceiver[];
}

/** Adverts of one router id that are refused are told to the core this often at most. */
const REFUSALS_EVERY_MS = 500;
const OWN_ECHO: Disbelief = { reason: "own address", why: "it has this host's own address" };
const STRANGER: Disbelief = { reason: "unknown source", why: "it comes from no director" };
/** Sockets that could not be opened are tried again this often. */
const REOPEN: Millis = ms(1000);
/** An address that is tentative or gone, a link that goes away: the next look finds them. */
const PASSING: ReadonlySet<string> = new Set(["EADDRNOTAVAIL", "ENODEV", "ENXIO", "ENETDOWN"]);
/** Priority 0 is said twice at once: the loss of one would cost the clients three intervals. */
const GOODBYES = 2;

class Adverts implements Voice {
  readonly #options: AdvertsOptions;
  readonly #groups: readonly AdvertGroup[];
  readonly #moving: ReadonlySet<Ip>;
  readonly #open = new Map<string, Open>();
  readonly #errors = new Map<string, number>();
  readonly #encoded = new Map<string, { readonly key: string; readonly bytes: Uint8Array }>();
  readonly #refusedAt = new Map<string, Instant>();
  readonly #endRounds: () => void;
  readonly #virtual: VirtualVoice;
  #started = false;

  constructor(options: AdvertsOptions) {
    this.#options = options;
    this.#groups = groupsOf(options.config, options.self.name);
    this.#moving = movingOf(options.config);
    this.#virtual = this.#openVirtual();
    this.networkChanged();
    this.#started = true;
    this.#endRounds = lookEvery(REOPEN, () => this.networkChanged());
  }

  say(utterance: Parameters<Voice["say"]>[0]): void {
    if (utterance.kind !== "advertise") return;
    const said = new Map(utterance.adverts.map((advert) => [advert.instance, advert]));
    for (const group of this.#groups) {
      const open = this.#open.get(group.key);
      for (const instance of group.instances) {
        const advert = said.get(instance.name);
        if (advert && open) this.#send(instance, open, advert);
        else if (advert) this.#count("no source address");
      }
    }
  }

  /** A link that was made anew, or another source, needs other sockets. */
  networkChanged(): void {
    const { network, self } = this.#options;
    const standing = { addresses: network.addresses(), moving: this.#moving };
    for (const group of this.#groups) {
      const [first] = group.instances;
      const link = network.link(group.link);
      const source = first && sourceOf(first, self, standing);
      const open = this.#open.get(group.key);
      if (open && open.index === link?.index && open.source === source) continue;
      this.#shut(group.key);
      if (link && source !== undefined) this.#openGroup(group, link, source);
    }
    this.#virtual.networkChanged();
  }

  troubles(): Readonly<Record<string, number>> {
    const troubles = Object.fromEntries([...this.#errors].map(([code, n]) => [`send ${code}`, n]));
    const receivers = [...this.#open.values()].flatMap((open) => open.receivers);
    const heard = receivers.reduce((sum, receiver) => sum + receiver.drops(), 0);
    const drops = heard + this.#virtual.drops();
    return drops > 0 ? { ...troubles, "dropped by the kernel": drops } : troubles;
  }

  close(): void {
    this.#endRounds();
    for (const { key } of this.#groups) this.#shut(key);
    this.#virtual.close();
  }

  #openVirtual(): VirtualVoice {
    const groups = new Map(
      this.#groups.flatMap((group) => group.instances.map(({ name }) => [name, group])),
    );
    return openVirtualVoice({
      instances: this.#groups.flatMap(({ instances }) => instances),
      network: this.#options.network,
      onPacket: ({ name }, packet) => {
        const group = groups.get(name);
        if (group) this.#received(group, packet);
      },
      onError: (error) => this.#options.onRefused(error.message, "a virtual MAC's link"),
      onTrouble: (code) => this.#count(code),
    });
  }

  #openGroup(group: AdvertGroup, link: { name: string; index: number }, source: Ip): void {
    const [first] = group.instances;
    if (!first) return;
    const { unicast, group: address } = first.vrrp;
    const listen = {
      link,
      routerIds: group.instances.map(({ routerId }) => routerId),
      hops: hopLimits(first.vrrp, undefined),
      senders: this.#senders(first),
      onError: (error: Error) => this.#options.onRefused(error.message, group.link),
    };
    let sender: RawSender | undefined;
    try {
      sender = openRawSender(link, source);
      const heard = unicast ? source : address;
      const onPacket = (packet: Packet): void => this.#received(group, packet);
      const receiver = openRawReceiver({ ...listen, address: heard, onPacket });
      this.#open.set(group.key, { index: link.index, source, sender, receivers: [receiver] });
    } catch (error) {
      sender?.close();
      const code = error instanceof SysError ? error.code : undefined;
      // Who can not hear would claim what another one serves: it does not begin.
      if (code === undefined || (!this.#started && !PASSING.has(code))) throw error;
      this.#count(code);
    }
  }

  #shut(key: string): void {
    const open = this.#open.get(key);
    this.#open.delete(key);
    open?.sender.close();
    for (const receiver of open?.receivers ?? []) receiver.close();
  }

  #send(instance: Speaking, { source, sender, index }: Open, advert: OwnAdvert): void {
    const { priority, byOwnMac = false } = advert;
    const virtually = speaksVirtually(instance) && !byOwnMac;
    for (const to of this.#targets(instance)) {
      const bytes = this.#encode(instance, { source, destination: to }, priority);
      for (let i = priority === 0 ? GOODBYES : 1; i > 0; i--) {
        const errno = virtually
          ? this.#virtual.send(index, instance, { bytes, source, destination: to })
          : sender.send(bytes, to);
        if (errno !== 0) this.#count(errnoName(errno));
      }
    }
  }

  #targets({ vrrp }: Speaking): readonly Ip[] {
    if (!vrrp.unicast) return [vrrp.group];
    return this.#peers().flatMap((director) => {
      const path = director.paths.find(({ address }) => familyOf(address) === vrrp.family);
      return path ? [path.address] : [];
    });
  }

  /** The same octets again and again, until the priority or an address changes. */
  #encode(instance: Speaking, way: { source: Ip; destination: Ip }, priority: number): Uint8Array {
    const slot = `${instance.name} ${way.destination}`;
    const key = `${way.source} ${priority}`;
    const known = this.#encoded.get(slot);
    if (known?.key === key) return known.bytes;
    const { version, advertised, checksumAsV2 } = instance.vrrp;
    const password = this.#options.passwords.get(instance.name);
    const advert: Advert = {
      version,
      routerId: instance.routerId,
      priority,
      interval: instance.interval,
      addresses: advertised,
      authentication: password === undefined ? { kind: "none" } : { kind: "password", password },
    };
    const bytes = encode(advert, way, checksumAsV2 ? "asV2" : "rfc");
    this.#encoded.set(slot, { key, bytes });
    return bytes;
  }

  #received(group: AdvertGroup, packet: Packet): void {
    const { payload, source, destination, hops } = packet;
    const instance = group.instances.find(({ routerId }) => routerId === payload[1]);
    // Other routers of the segment are nobody's mistake.
    if (!instance) return;
    const own = this.#open.get(group.key)?.source;
    if (own === undefined) return;
    if (source === own) return this.#refuse(instance, source, OWN_ECHO);
    const peer = this.#peerAt(source);
    if (instance.vrrp.unicast && peer === undefined) {
      return this.#refuse(instance, source, STRANGER);
    }
    try {
      const form = instance.vrrp.checksumAsV2 ? "asV2" : "rfc";
      const advert = decode(payload, { source, destination }, form);
      const why = refusalOf(advert, this.#expected(instance, peer), hops);
      if (why !== undefined) return this.#refuse(instance, source, why);
      this.#options.hearAdvert({ instance: instance.name, from: source, own, advert });
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#refuse(instance, source, { reason: "malformed", why: `bad ${error.message}` });
    }
  }

  #expected(instance: Speaking, peer: string | undefined): Parameters<typeof refusalOf>[1] {
    return {
      options: instance.vrrp,
      password: this.#options.passwords.get(instance.name),
      interval: instance.interval,
      hops: hopLimits(instance.vrrp, peer),
    };
  }

  #peers(): readonly Director[] {
    const { config, self } = this.#options;
    return config.directors.filter(({ name }) => name !== self.name);
  }

  #peerAt(source: Ip): string | undefined {
    return this.#peers().find(({ paths }) => paths.some(({ address }) => address === source))?.name;
  }

  #senders({ vrrp }: Speaking): readonly Sender[] {
    return this.#peers().flatMap(({ name, paths }) =>
      paths
        .filter(({ address }) => vrrp.unicast && familyOf(address) === vrrp.family)
        .map(({ address }) => ({ source: address, ...hopLimits(vrrp, name) })),
    );
  }

  #refuse({ name }: Speaking, from: Ip, { reason, why }: Disbelief): void {
    this.#options.onRefused(reason, from);
    const last = this.#refusedAt.get(name);
    const at = now();
    if (last !== undefined && elapsed(last, at) < REFUSALS_EVERY_MS) return;
    this.#refusedAt.set(name, at);
    this.#options.hear({ kind: "advertRefused", instance: name, from, why });
  }

  #count(code: string): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }
}

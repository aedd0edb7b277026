/** Adverts by a virtual MAC: frames that carry it, and ears on its own link.
 *
 * The kernel hands a multicast frame that comes from the MAC of one of its macvlans to that macvlan
 * alone: while it is up, a peer that speaks by the same MAC is heard nowhere else.
 */
import type { Ip } from "../base/ip.ts";
import type { Instance, VrrpOptions } from "../config/types.ts";
import { NEIGHBOURS } from "../core/director/believe.ts";
import { openPacketSender, type PacketSender } from "../os/packet.ts";
import { openRawReceiver, type Packet, type RawReceiver } from "../os/raw.ts";
import { SysError } from "../os/sys.ts";
import { encodeAdvertFrame } from "../wire/vrrp/frame.ts";
import type { Network } from "./network.ts";

type Speaking = Instance & { readonly vrrp: VrrpOptions };

export interface VirtualVoiceOptions {
  readonly instances: readonly Speaking[];
  readonly network: Pick<Network, "link">;
  readonly onPacket: (instance: Speaking, packet: Packet) => void;
  readonly onError: (error: Error) => void;
  /** An errno's name. */
  readonly onTrouble: (code: string) => void;
}

export interface VirtualVoice {
  /** Out of the link of this index; 0, or the errno. */
  send(index: number, instance: Speaking, advert: Utterance): number;
  networkChanged(): void;
  drops(): number;
  close(): void;
}

interface Utterance {
  readonly bytes: Uint8Array;
  readonly source: Ip;
  readonly destination: Ip;
}

/** Unicast needs the peer's own MAC, which the kernel knows: it leaves the usual way. */
export const speaksVirtually = ({ vrrp }: Speaking): boolean =>
  vrrp.vmac !== undefined && !vrrp.vmac.advertsFromBase && !vrrp.unicast;

export const openVirtualVoice = (options: VirtualVoiceOptions): VirtualVoice =>
  new Virtual(options);

class Virtual implements VirtualVoice {
  readonly #options: VirtualVoiceOptions;
  readonly #ears = new Map<string, { readonly index: number; readonly receiver: RawReceiver }>();
  #sender: PacketSender | undefined;
  #id = 0;

  constructor(options: VirtualVoiceOptions) {
    this.#options = options;
    if (options.instances.some(speaksVirtually)) this.#sender = openPacketSender();
  }

  send(index: number, { vrrp }: Speaking, { bytes, source, destination }: Utterance): number {
    const { vmac } = vrrp;
    if (!this.#sender || !vmac) return 0;
    this.#id++;
    const { mac } = vmac;
    const frame = encodeAdvertFrame({ mac, source, destination, id: this.#id, advert: bytes });
    return this.#sender.announce(index, [frame]).errno;
  }

  networkChanged(): void {
    const { instances, network } = this.#options;
    for (const instance of instances) {
      const { vmac, unicast } = instance.vrrp;
      if (!vmac || unicast) continue;
      const link = network.link(vmac.interface);
      const open = this.#ears.get(instance.name);
      if (open?.index === link?.index) continue;
      open?.receiver.close();
      this.#ears.delete(instance.name);
      if (link) this.#listen(instance, link);
    }
  }

  drops(): number {
    return [...this.#ears.values()].reduce((sum, { receiver }) => sum + receiver.drops(), 0);
  }

  close(): void {
    for (const { receiver } of this.#ears.values()) receiver.close();
    this.#ears.clear();
    this.#sender?.close();
  }

  #listen(instance: Speaking, link: { readonly name: string; readonly index: number }): void {
    const { onPacket, onError, onTrouble } = this.#options;
    try {
      const receiver = openRawReceiver({
        link,
        address: instance.vrrp.group,
        routerIds: [instance.routerId],
        hops: NEIGHBOURS,
        senders: [],
        onPacket: (packet) => onPacket(instance, packet),
        onError,
      });
      this.#ears.set(instance.name, { index: link.index, receiver });
    } catch (error) {
      // The next look tries again.
      if (!(error instanceof SysError)) throw error;
      onTrouble(error.code);
    }
  }
}

/** Sends announcements of VIPs, in rounds and paced, so that a thousand VIPs hold up nothing. */
import { familyOf } from "../base/ip.ts";
import type { Millis } from "../base/units.ts";
import type { PlacedVip } from "../core/types.ts";
import { openPacketSender, type PacketSender } from "../os/packet.ts";
import { arpAnnouncement, arpReplyAnnouncement } from "../wire/link/arp.ts";
import { isVirtualMac, type Mac } from "../wire/link/ethernet.ts";
import { neighbourAnnouncement } from "../wire/link/ndp.ts";
import { errnoName } from "../wire/netlink/errno.ts";
import { createPacedQueue } from "./paced-queue.ts";

export interface AnnouncedLink {
  readonly index: number;
  readonly mac: Mac | undefined;
}

export interface Announcer {
  announce(vips: readonly PlacedVip[], repeat: number): void;
  /** Forgets what waits for these VIPs: they belong to somebody else now. */
  cancel(vips: readonly PlacedVip[]): void;
  close(): void;
}

export interface AnnouncerOptions {
  /** Between two frames that leave by one link; 0 is none. */
  readonly interval: Millis;
  readonly link: (name: string) => AnnouncedLink | undefined;
  /** A router says so in its neighbour advertisements, or its hosts stop using it. */
  readonly forwards: () => boolean;
  readonly onTrouble: (sentence: string) => void;
}

export function openAnnouncer(options: AnnouncerOptions): Announcer {
  const sender = openPacketSender();
  const queue = createPacedQueue(options.interval);
  let timer: NodeJS.Timeout | undefined;
  const turn = (): void => {
    timer = undefined;
    for (const vip of queue.take(performance.now())) sendOne(sender, vip, options);
    const pause = queue.pause(performance.now());
    if (pause !== undefined) timer = setTimeout(turn, pause);
  };
  return {
    announce: (vips, repeat) => {
      queue.add(vips, repeat);
      if (timer === undefined) turn();
    },
    cancel: (vips) => queue.cancel(vips),
    close: () => {
      clearTimeout(timer);
      sender.close();
    },
  };
}

function sendOne(sender: PacketSender, vip: PlacedVip, options: AnnouncerOptions): void {
  const link = options.link(vip.interface);
  // A link without Ethernet addresses has no neighbours to tell.
  if (link?.mac === undefined) return;
  const announcement = isVirtualMac(link.mac) ? arpReplyAnnouncement : arpAnnouncement;
  const frame =
    familyOf(vip.address) === 4
      ? announcement(vip.address, link.mac)
      : neighbourAnnouncement(vip.address, link.mac, options.forwards());
  const { errno } = sender.announce(link.index, [frame]);
  if (errno !== 0) options.onTrouble(`announcing ${vip.address}: ${errnoName(errno)}`);
}

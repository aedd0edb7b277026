/** Sends announcements of VIPs, in rounds and paced, so that a thousand VIPs hold up nothing. */
import { familyOf } from "../base/ip.ts";
import type { PlacedVip } from "../core/types.ts";
import { openPacketSender, type PacketSender } from "../os/packet.ts";
import { arpAnnouncement, arpReplyAnnouncement } from "../wire/link/arp.ts";
import { isVirtualMac, type Mac } from "../wire/link/ethernet.ts";
import { neighbourAnnouncement } from "../wire/link/ndp.ts";
import { errnoName } from "../wire/netlink/errno.ts";

/** Frames in one turn of the loop: well below a millisecond. */
const FRAMES_A_TURN = 100;
const TURN_PAUSE_MS = 2;
const MAX_QUEUED = 20_000;

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
  readonly link: (name: string) => AnnouncedLink | undefined;
  /** A router says so in its neighbour advertisements, or its hosts stop using it. */
  readonly forwards: () => boolean;
  readonly onTrouble: (sentence: string) => void;
}

export function openAnnouncer(options: AnnouncerOptions): Announcer {
  const sender = openPacketSender();
  let queue: PlacedVip[] = [];
  let timer: NodeJS.Timeout | undefined;
  const turn = (): void => {
    timer = undefined;
    for (const vip of queue.splice(0, FRAMES_A_TURN)) sendOne(sender, vip, options);
    if (queue.length > 0) timer = setTimeout(turn, TURN_PAUSE_MS);
  };
  return {
    // Round by round: every VIP is announced once before any is announced twice.
    announce: (vips, repeat) => {
      for (let round = 0; round < repeat; round++) {
        queue.push(...vips.slice(0, MAX_QUEUED - queue.length));
      }
      if (timer === undefined && queue.length > 0) turn();
    },
    cancel: (vips) => {
      const gone = new Set(vips.map(({ address }) => address));
      queue = queue.filter(({ address }) => !gone.has(address));
    },
    close: () => {
      clearTimeout(timer);
      queue = [];
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

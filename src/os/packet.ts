/** Frames of our own making on a link: announcing addresses, and asking who answers for one. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { DecodeError, fromHex } from "../base/bytes.ts";
import { BatonError } from "../base/errors.ts";
import { familyOf, formatIp, type Ip } from "../base/ip.ts";
import { arpProbe, decodeArp } from "../wire/link/arp.ts";
import { decodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV6, type Mac } from "../wire/link/ethernet.ts";
import { decodeNeighbour, neighbourQuestion } from "../wire/link/ndp.ts";
import { neighbourAdvertisements } from "./bpf.ts";
import { linkAddress } from "./sockaddr.ts";
import { attachFilter, bind, closeFd, openSocket, receive, SYS, SysError, sendTo } from "./sys.ts";

/** A question may be lost, so it is asked this often within the time limit. */
const PROBE_QUESTIONS = 2;
const PROBE_POLL_MS = 2;
/** Frames looked at before the event loop gets its turn. */
const PROBE_FRAMES_A_TURN = 64;
const FRAME_SIZE = 2048;
const LINK_SCOPE = "20";
const TENTATIVE = 0x40;

export interface PacketSender {
  /**
   * Sends frames in order until the kernel refuses one (errno: ENETDOWN, ENOBUFS …), and says how
   * many went out. A microsecond or so each: the caller paces a thousand of them.
   */
  announce(index: number, frames: readonly Uint8Array[]): AnnounceResult;
  close(): void;
}

export interface AnnounceResult {
  readonly sent: number;
  /** 0 where all went out. */
  readonly errno: number;
}

export interface ProbeLink {
  readonly index: number;
  readonly mac: Mac;
}

/** Receives nothing: protocol 0 is delivered to nobody. */
export function openPacketSender(): PacketSender {
  const fd = openPacketSocket();
  return {
    announce: (index, frames) => {
      for (const [sent, frame] of frames.entries()) {
        const errno = sendTo(fd, frame, linkAddress(index, etherTypeOf(frame)));
        if (errno !== 0) return { sent, errno };
      }
      return { sent: frames.length, errno: 0 };
    },
    close: () => closeFd(fd),
  };
}

/**
 * Asks on the link who holds `address`, and collects the hardware addresses of all who answer
 * within `timeout`, each once. More than one is a conflict. This host does not answer itself.
 */
export async function probe(
  address: Ip,
  link: ProbeLink,
  options: { readonly timeout: number },
): Promise<readonly Mac[]> {
  const question = openQuestion(address, link);
  try {
    const found = new Set<Mac>();
    await collect(question, options.timeout, found);
    return [...found];
  } finally {
    question.close();
  }
}

/** Who holds one address, to be asked again and again on one link. */
export interface Question {
  /** Throws a SysError where the link cannot send. */
  ask(): void;
  /** Hands over who has claimed the address since the last time; never this host itself. */
  drain(answered: (mac: Mac) => void): void;
  close(): void;
}

export function openQuestion(address: Ip, link: ProbeLink): Question {
  const four = familyOf(address) === 4;
  const to = linkAddress(link.index, four ? ETHERTYPE_ARP : ETHERTYPE_IPV6);
  const frame = four
    ? arpProbe(address, link.mac)
    : neighbourQuestion(address, linkLocalAddress(link.index), link.mac);
  const answerer = four ? arpAnswerer : neighbourAnswerer;
  const buffer = new Uint8Array(FRAME_SIZE);
  const fd = openPacketSocket();
  try {
    if (!four) attachFilter(fd, neighbourAdvertisements());
    bind(fd, to);
  } catch (error) {
    closeFd(fd);
    throw error;
  }
  return {
    ask: () => sendQuestion(fd, frame, to),
    drain: (answered) => {
      for (let frames = 0; frames < PROBE_FRAMES_A_TURN; frames++) {
        const length = receive(fd, buffer);
        if (length === undefined) return;
        const mac = answerer(buffer.subarray(0, length), address);
        if (mac !== undefined && mac !== link.mac) answered(mac);
      }
    },
    close: () => closeFd(fd),
  };
}

async function collect(question: Question, timeout: number, found: Set<Mac>): Promise<void> {
  const start = performance.now();
  for (let asked = 0; ; ) {
    const spent = performance.now() - start;
    if (asked < PROBE_QUESTIONS && spent >= (asked * timeout) / PROBE_QUESTIONS) {
      question.ask();
      asked++;
    }
    question.drain((mac) => found.add(mac));
    // Judged after reading: a process that was held up still sees what came in time.
    if (spent >= timeout) return;
    await sleep(PROBE_POLL_MS);
  }
}

/** Any ARP packet in which somebody calls the address its own. */
function arpAnswerer(frame: Uint8Array, address: Ip): Mac | undefined {
  const packet = orUndefined(() => decodeArp(frame));
  return packet?.senderIp === address ? packet.senderMac : undefined;
}

function neighbourAnswerer(frame: Uint8Array, address: Ip): Mac | undefined {
  const message = orUndefined(() => decodeNeighbour(frame));
  if (message?.kind !== "advertisement" || message.target !== address) return undefined;
  return message.mac ?? decodeEthernet(frame).source;
}

function orUndefined<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function sendQuestion(fd: number, question: Uint8Array, address: Uint8Array): void {
  const errno = sendTo(fd, question, address);
  if (errno !== 0) throw new SysError("sendto", errno);
}

function openPacketSocket(): number {
  try {
    return openSocket(SYS.AF_PACKET, SYS.SOCK_RAW, 0);
  } catch (error) {
    if (!(error instanceof SysError) || error.code !== "EPERM") throw error;
    const sentence = "a packet socket was refused: CAP_NET_RAW is missing";
    throw new BatonError("BATON_ROOT", sentence, { cause: error });
  }
}

const etherTypeOf = (frame: Uint8Array): number => ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);

/**
 * The link's own link-local address, or `::` where it has none that is usable yet. Lines of
 * if_inet6: address, index, prefix length, scope, flags (all hexadecimal), name.
 */
function linkLocalAddress(index: number): Ip {
  for (const line of readFileSync("/proc/self/net/if_inet6", "utf8").split("\n")) {
    const [address = "", link = "", , scope, flags = ""] = line.trim().split(/\s+/);
    const usable = (Number.parseInt(flags, 16) & TENTATIVE) === 0;
    if (Number.parseInt(link, 16) === index && scope === LINK_SCOPE && usable) {
      return formatIp(fromHex(address));
    }
  }
  return formatIp(new Uint8Array(16));
}

/** A netlink socket for a program that does one thing: the kernel has answered when a send returns.
 *
 * Requests are carried out within sendto(), and each read of a list makes the kernel put the next
 * part there, so that nothing is left to wait for. It holds up whatever else the process does.
 */
import {
  AF_NETLINK,
  makeSafe,
  portOf,
  type SafeRaw,
  type SafeRawOptions,
} from "./netlink-descriptor.ts";
import { bind, closeFd, openSocket, receive, receiveDrops, SYS, SysError, sendTo } from "./sys.ts";

/** The kernel fills at most 32 KiB at once (netlink_dump). */
const DATAGRAM = 64 * 1024;
/** What did not come at once, a thread of the kernel's has to bring. */
const LOOK_MS = 1;

const sockaddr = (port: number): Uint8Array => {
  const address = new Uint8Array(12);
  const view = new DataView(address.buffer);
  view.setUint16(0, AF_NETLINK, true);
  view.setUint32(4, port, true);
  return address;
};

export function openDirectRaw({ protocol, onDatagram, onError }: SafeRawOptions): SafeRaw {
  const fd = openSocket(AF_NETLINK, SYS.SOCK_RAW, protocol);
  bind(fd, sockaddr(0));
  makeSafe(fd);
  const kernel = sockaddr(0);
  let open = true;
  let look: NodeJS.Timeout | undefined;
  const buffer = Buffer.alloc(DATAGRAM);
  const drain = (): void => {
    for (;;) {
      const length = open ? receive(fd, buffer) : undefined;
      if (length === undefined) return;
      // Copied: what is received is kept until it is decoded.
      onDatagram(Buffer.from(buffer.subarray(0, length)), false);
    }
  };
  const tryDrain = (): void => {
    try {
      drain();
    } catch (error) {
      onError(error instanceof Error ? error : new Error(String(error)));
    }
  };
  return {
    port: portOf(fd) ?? 0,
    send: (messages, done) => {
      for (const message of messages) {
        const errno = sendTo(fd, message, kernel);
        if (errno !== 0) return done(new SysError("sendto", errno));
      }
      tryDrain();
    },
    drops: () => (open ? receiveDrops(fd) : 0),
    ref: () => {
      look ??= setInterval(tryDrain, LOOK_MS);
    },
    unref: () => {
      clearInterval(look);
      look = undefined;
    },
    close: () => {
      if (!open) return;
      open = false;
      clearInterval(look);
      closeFd(fd);
    },
  };
}

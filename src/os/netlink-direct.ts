/** Netlink for a program that does one thing: it waits for the kernel within the system calls.
 *
 * Requests are carried out within sendto(), and each read of a list makes the kernel put the next
 * part there. What comes is read where it lies, before the next call.
 */
import { AttributeWriter } from "../wire/netlink/attributes.ts";
import { HOST_LITTLE_ENDIAN } from "../wire/netlink/endian.ts";
import { ERRNO } from "../wire/netlink/errno.ts";
import {
  isOutcome,
  type LocatedMessage,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  NLMSG_NOOP,
  readErrno,
  visitMessages,
} from "../wire/netlink/message.ts";
import { AF_NETLINK, makeSafe } from "./netlink-descriptor.ts";
import { NetlinkError } from "./netlink-error.ts";
import { bind, closeFd, openWaitingSocket, receiveWaiting, SYS, SysError, sendTo } from "./sys.ts";

/** The kernel fills at most 32 KiB at once (netlink_dump). */
const DATAGRAM = 64 * 1024;

/** Reads a reply between two places of the buffer, which is used again afterwards. */
export type Visit = (view: DataView, start: number, end: number) => void;

export interface DirectRequest {
  readonly type: number;
  readonly payload: Uint8Array;
  readonly dump: boolean;
}

export interface DirectNetlink {
  /** The one reply, none for a plain success, or all of a dump. Throws a NetlinkError. */
  ask(request: DirectRequest, visit: Visit): void;
  /**
   * Sends a request of the type for each item, all at once. An errno for each, 0 where it was done;
   * a refused one does not stop the others.
   */
  batch<T>(
    type: number,
    items: readonly T[],
    write: (writer: AttributeWriter, item: T) => void,
  ): readonly number[];
  close(): void;
}

/** Milliseconds for each answer. */
export function openDirectNetlink(protocol: number, limit: number): DirectNetlink {
  const fd = openWaitingSocket(AF_NETLINK, SYS.SOCK_RAW, { protocol, limit });
  bind(fd, KERNEL);
  makeSafe(fd);
  return new Direct(fd, limit);
}

/** struct sockaddr_nl with port 0: the kernel, or a port of its choice. */
const KERNEL = new Uint8Array(12);
new DataView(KERNEL.buffer).setUint16(0, AF_NETLINK, HOST_LITTLE_ENDIAN);

class Direct implements DirectNetlink {
  readonly #fd: number;
  readonly #limit: number;
  readonly #buffer = new Uint8Array(DATAGRAM);
  readonly #view = new DataView(this.#buffer.buffer);
  readonly #writer = new AttributeWriter(undefined, DATAGRAM);
  #sequence = 1;

  constructor(fd: number, limit: number) {
    this.#fd = fd;
    this.#limit = limit;
  }

  ask({ type, payload, dump }: DirectRequest, visit: Visit): void {
    const sequence = this.#sequence++;
    const flags = NLM_F_REQUEST | (dump ? NLM_F_DUMP : NLM_F_ACK);
    const datagram = this.#writer.clear();
    this.#send(datagram.message({ type, flags, sequence }, (writer) => writer.header(payload)));
    const answer = { errno: PENDING };
    while (answer.errno === PENDING) {
      this.#receive((message) => {
        if (message.sequence !== sequence) return;
        if (isOutcome(message.type)) answer.errno = this.#errnoOf(message);
        else visit(this.#view, message.start, message.end);
      });
    }
    if (answer.errno !== 0) throw new NetlinkError(answer.errno);
  }

  batch<T>(
    type: number,
    items: readonly T[],
    write: (writer: AttributeWriter, item: T) => void,
  ): readonly number[] {
    const first = this.#sequence;
    this.#sequence += items.length + 1;
    const datagram = this.#writer.clear();
    for (const [i, item] of items.entries()) {
      const header = { type, flags: NLM_F_REQUEST, sequence: first + i };
      datagram.message(header, (writer) => write(writer, item));
    }
    // Not every command is answered, so that one at their end is, which does nothing.
    const flags = NLM_F_REQUEST | NLM_F_ACK;
    const fence = { type: NLMSG_NOOP, flags, sequence: first + items.length };
    this.#send(datagram.message(fence, () => undefined));
    const errnos = [...items.map(() => 0), PENDING];
    while (errnos[items.length] === PENDING) {
      this.#receive((message) => {
        const index = message.sequence - first;
        if (isOutcome(message.type) && index in errnos) errnos[index] = this.#errnoOf(message);
      });
    }
    return errnos.slice(0, items.length);
  }

  close(): void {
    closeFd(this.#fd);
  }

  #send(writer: AttributeWriter): void {
    const errno = sendTo(this.#fd, writer.finish(), KERNEL);
    if (errno !== 0) throw new SysError("sendto", errno);
  }

  #receive(visit: (message: LocatedMessage) => void): void {
    const length = receiveWaiting(this.#fd, this.#buffer);
    if (length === undefined) throw new NetlinkError(ERRNO.ETIMEDOUT, `${this.#limit} ms`);
    visitMessages(this.#view, length, visit);
  }

  #errnoOf(message: LocatedMessage): number {
    return readErrno(message.type, this.#view, message);
  }
}

/** No errno. */
const PENDING = -1;

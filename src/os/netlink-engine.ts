/** Requests to the kernel by netlink, one at a time and bounded, and its notifications. */
import { decodeExtendedAck } from "../wire/netlink/extack.ts";
import {
  decodeMessages,
  decodeOutcome,
  encodeMessages,
  isOutcome,
  type NetlinkMessage,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_NOOP,
} from "../wire/netlink/message.ts";
import type { OpenRaw, SafeRaw } from "./netlink-descriptor.ts";
import { NetlinkError } from "./netlink-error.ts";

/** Beyond this many refusals of one send the receive buffer could overflow. */
export const MAX_BATCH = 128;
/** Below the send buffer; the kernel refuses a larger datagram. */
const MAX_SEND_BYTES = 128 * 1024;
const MAX_QUEUED = 1024;
/** A list that changed while it was read is read again this often, then taken as it is. */
const MAX_DUMP_TRIES = 5;
const REQUEST_TIMEOUT = 5000;

export interface NetlinkRequest {
  readonly type: number;
  /** NLM_F_REQUEST is added, and NLM_F_ACK where it is no dump. */
  readonly flags: number;
  readonly payload: Uint8Array;
}

export interface NetlinkSocket {
  /** The reply, none for a plain success, or a whole dump; rejects with a NetlinkError. */
  request(request: NetlinkRequest): Promise<readonly NetlinkMessage[]>;
  /** An errno for each request, 0 where it was done; a refused one does not stop the others. */
  batch(requests: readonly NetlinkRequest[]): Promise<readonly number[]>;
  /** How many datagrams the kernel dropped because this process was slow; read all anew if it grew. */
  overruns(): number;
  close(): void;
}

export interface NetlinkOptions {
  readonly protocol: number;
  readonly groups?: readonly number[];
  readonly onNotification?: (message: NetlinkMessage) => void;
  readonly onError?: (error: Error) => void;
  /** Milliseconds for one request, or one send of a batch. */
  readonly timeout?: number;
}

const ETIMEDOUT = 110;
const ECANCELED = 125;
const ENOBUFS = 105;

export function createNetlink(open: OpenRaw, options: NetlinkOptions): NetlinkSocket {
  return new Engine(open, options);
}

/** What the answers to one send are collected in. */
interface Exchange {
  readonly first: number;
  readonly last: number;
  readonly replies: NetlinkMessage[];
  readonly errnos: number[];
  detail: string | undefined;
  readonly settle: (error: Error | undefined) => void;
}

class Engine implements NetlinkSocket {
  readonly #raw: SafeRaw;
  readonly #options: NetlinkOptions;
  #sequence = 1;
  #current: Exchange | undefined;
  #waiting = 0;
  #tail: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(open: OpenRaw, options: NetlinkOptions) {
    this.#options = options;
    this.#raw = open({
      protocol: options.protocol,
      groups: options.groups ?? [],
      onDatagram: (bytes, multicast) => this.#received(bytes, multicast),
      onError: (error) => options.onError?.(error),
    });
    // A socket that only asks must not keep a command from ending; one that listens must.
    if (!this.#listens) this.#raw.unref();
  }

  request(request: NetlinkRequest): Promise<readonly NetlinkMessage[]> {
    return this.#enqueue(async () => {
      for (let tries = 1; ; tries++) {
        const exchange = await this.#exchange([request]);
        const errno = exchange.errnos[0] ?? 0;
        if (errno !== 0) throw new NetlinkError(errno, exchange.detail);
        const torn = exchange.replies.some(({ flags }) => (flags & NLM_F_DUMP_INTR) !== 0);
        if (!torn || tries >= MAX_DUMP_TRIES) return exchange.replies;
      }
    });
  }

  batch(requests: readonly NetlinkRequest[]): Promise<readonly number[]> {
    return this.#enqueue(async () => {
      const errnos: number[] = [];
      for (const part of parts(requests)) {
        const exchange = await this.#exchange([...part, FENCE]);
        errnos.push(...exchange.errnos.slice(0, part.length));
      }
      return errnos;
    });
  }

  overruns(): number {
    return this.#raw.drops();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#raw.close();
    this.#current?.settle(new NetlinkError(ECANCELED, "the socket was closed"));
  }

  get #listens(): boolean {
    return (this.#options.groups?.length ?? 0) > 0;
  }

  /** One operation after the other: the kernel allows one dump a socket. */
  #enqueue<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#waiting >= MAX_QUEUED) {
      return Promise.reject(new NetlinkError(ENOBUFS, `${MAX_QUEUED} requests are waiting`));
    }
    this.#waiting++;
    const result = this.#tail.then(operation).finally(() => {
      this.#waiting--;
    });
    this.#tail = result.catch(() => undefined);
    return result;
  }

  #exchange(requests: readonly NetlinkRequest[]): Promise<Exchange> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new NetlinkError(ECANCELED, "the socket is closed"));
      const first = this.#sequence;
      this.#sequence = nextSequence(first + requests.length);
      const limit = this.#options.timeout ?? REQUEST_TIMEOUT;
      // After a stall timers run first: the sockets get a turn before the answer counts as missing.
      const late = (): void => exchange.settle(new NetlinkError(ETIMEDOUT, `${limit} ms`));
      const timer = setTimeout(() => setImmediate(late), limit);
      const exchange: Exchange = {
        first,
        last: first + requests.length - 1,
        replies: [],
        errnos: requests.map(() => 0),
        detail: undefined,
        settle: (error) => {
          clearTimeout(timer);
          if (this.#current !== exchange) return;
          this.#current = undefined;
          if (!this.#listens) this.#raw.unref();
          if (error) reject(error);
          else resolve(exchange);
        },
      };
      this.#current = exchange;
      this.#raw.ref();
      this.#raw.send([encodeAll(requests, first)], (error) => error && exchange.settle(error));
    });
  }

  #received(bytes: Uint8Array, multicast: boolean): void {
    for (const message of decodeMessages(bytes)) {
      if (multicast || !this.#answers(message)) this.#notify(message, multicast);
    }
  }

  /** Notifications carry the sequence of whoever caused them, so the port must be this one's too. */
  #answers(message: NetlinkMessage): boolean {
    if (message.port !== this.#raw.port) return false;
    const exchange = this.#current;
    const { sequence, type } = message;
    if (!exchange || sequence < exchange.first || sequence > exchange.last) return true;
    if (isOutcome(type)) this.#concluded(exchange, message);
    else if (type !== NLMSG_NOOP) exchange.replies.push(message);
    return true;
  }

  #concluded(exchange: Exchange, message: NetlinkMessage): void {
    const { errno, sequence } = decodeOutcome(message);
    exchange.errnos[sequence - exchange.first] = errno;
    if (errno !== 0) exchange.detail ??= decodeExtendedAck(message);
    if (sequence === exchange.last) exchange.settle(undefined);
  }

  #notify(message: NetlinkMessage, multicast: boolean): void {
    if (!multicast && !this.#listens) return;
    try {
      this.#options.onNotification?.(message);
    } catch (error) {
      this.#options.onError?.(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** Answered when all before it is done.
 *
 * Not every command is: netlink_rcv_skb says nothing where one ended with EINTR, as stopping a sync
 * daemon does whose thread has not run yet.
 */
const FENCE: NetlinkRequest = { type: NLMSG_NOOP, flags: 0, payload: new Uint8Array() };

/** Only the last of a send asks for the ACK: errors come by themselves. */
function encodeAll(requests: readonly NetlinkRequest[], first: number): Uint8Array {
  const messages = requests.map(({ type, flags, payload }, index) => {
    const dump = (flags & NLM_F_DUMP) === NLM_F_DUMP;
    const acknowledge = index === requests.length - 1 && !dump ? NLM_F_ACK : 0;
    return { type, flags: flags | NLM_F_REQUEST | acknowledge, sequence: first + index, payload };
  });
  return encodeMessages(messages);
}

/** Groups of at most MAX_BATCH requests and MAX_SEND_BYTES octets. */
function* parts(requests: readonly NetlinkRequest[]): Generator<readonly NetlinkRequest[]> {
  let part: NetlinkRequest[] = [];
  let size = 0;
  for (const request of requests) {
    const length = request.payload.length + HEADROOM;
    if (part.length > 0 && (part.length >= MAX_BATCH || size + length > MAX_SEND_BYTES)) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(request);
    size += length;
  }
  if (part.length > 0) yield part;
}

/** Header and padding of one message. */
const HEADROOM = 20;
/** Sequence numbers start anew long before they leave 32 bits; a batch never wraps inside. */
const SEQUENCE_LIMIT = 0x7000_0000;
const nextSequence = (sequence: number): number => (sequence >= SEQUENCE_LIMIT ? 1 : sequence);

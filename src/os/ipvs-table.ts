/** The kernel's IPVS table: read, and changed in batches, on a netlink socket. */
import { setImmediate } from "node:timers/promises";
import { DecodeError } from "../base/bytes.ts";
import { encodeCommands } from "../wire/ipvs/command.ts";
import { IPVS_GENL_NAME } from "../wire/ipvs/constants.ts";
import * as query from "../wire/ipvs/query.ts";
import { serviceFamily } from "../wire/ipvs/service.ts";
import type {
  IpvsCommand,
  IpvsInfo,
  ObservedDestination,
  ObservedService,
  ObservedTable,
  ServiceKey,
  SyncDaemon,
  Timeouts,
} from "../wire/ipvs/types.ts";
import { ERRNO } from "../wire/netlink/errno.ts";
import {
  decodeFamilyId,
  encodeGetFamily,
  GENL_ID_CTRL,
  NETLINK_GENERIC,
} from "../wire/netlink/generic.ts";
import { NLM_F_DUMP } from "../wire/netlink/message.ts";
import {
  absence,
  explained,
  IPVS_MODULE,
  type Refusal,
  refusalsOf,
  silence,
  TIME_LIMIT_MS,
} from "./ipvs-answers.ts";
import { loadModule } from "./modprobe.ts";
import { MAX_BATCH, type NetlinkOptions, type NetlinkSocket } from "./netlink-engine.ts";
import { NetlinkError } from "./netlink-error.ts";

export * from "./ipvs-answers.ts";

/** A long list is decoded in steps of about a millisecond, so that adverts are not late. */
const MAX_OBJECTS_A_TURN = 64;

export interface Ipvs {
  info(): Promise<IpvsInfo>;
  services(): Promise<readonly ObservedService[]>;
  /** Undefined where there is no such service. */
  service(key: ServiceKey): Promise<ObservedService | undefined>;
  /** Empty also where there is no such service. */
  destinations(key: ServiceKey): Promise<readonly ObservedDestination[]>;
  table(): Promise<readonly ObservedTable[]>;
  /** The table one service at a step, for a reader that must not hold up the loop. */
  walk(): AsyncGenerator<ObservedTable, void>;
  daemons(): Promise<readonly SyncDaemon[]>;
  timeouts(): Promise<Timeouts>;
  /**
   * Carries the commands out in their order and tells which of them were refused; a refusal does
   * not stop those after it. Rejects where the kernel does not answer: then read the table again.
   */
  apply(commands: readonly IpvsCommand[]): Promise<readonly Refusal[]>;
  close(): void;
}

export interface IpvsOptions {
  /** An object that this program does not understand; it is left out of what is read. */
  readonly onUnreadable?: (error: DecodeError) => void;
  readonly onError?: (error: Error) => void;
}

/** What the socket has to be opened with. */
export const socketOptions = ({ onError }: IpvsOptions): NetlinkOptions => ({
  protocol: NETLINK_GENERIC,
  timeout: TIME_LIMIT_MS,
  ...(onError && { onError }),
});

/** Finds the family, with one attempt to load its module, and makes sure that it may be used. */
export async function createIpvs(socket: NetlinkSocket, options: IpvsOptions): Promise<Ipvs> {
  try {
    const ipvs = new Table(socket, await findFamily(socket), options);
    // Every IPVS command wants CAP_NET_ADMIN, also those that only ask.
    await ipvs.info();
    return ipvs;
  } catch (error) {
    socket.close();
    throw error;
  }
}

class Table implements Ipvs {
  readonly #socket: NetlinkSocket;
  readonly #family: number;
  readonly #options: IpvsOptions;

  constructor(socket: NetlinkSocket, family: number, options: IpvsOptions) {
    this.#socket = socket;
    this.#family = family;
    this.#options = options;
  }

  info(): Promise<IpvsInfo> {
    return this.#one(
      "what the module says of itself",
      query.encodeGetInfo(),
      query.decodeInfoReply,
    );
  }

  timeouts(): Promise<Timeouts> {
    return this.#one("the timeouts", query.encodeGetTimeouts(), query.decodeTimeoutsReply);
  }

  async daemons(): Promise<readonly SyncDaemon[]> {
    const replies = await this.#dump("the sync daemons", query.encodeGetDaemons());
    return this.#readable(replies, query.decodeDaemonReply);
  }

  async services(): Promise<readonly ObservedService[]> {
    const replies = await this.#dump("the services", query.encodeGetServices());
    return this.#readable(replies, query.decodeServiceReply);
  }

  async service(key: ServiceKey): Promise<ObservedService | undefined> {
    try {
      const [reply] = await this.#ask(query.encodeGetService(key), 0);
      return reply && query.decodeServiceReply(reply);
    } catch (error) {
      if (error instanceof NetlinkError && error.errno === ERRNO.ESRCH) return undefined;
      throw explained("the service", error);
    }
  }

  async destinations(key: ServiceKey): Promise<readonly ObservedDestination[]> {
    const replies = await this.#dump("the destinations", query.encodeGetDestinations(key));
    const family = serviceFamily(key);
    return this.#readable(replies, (reply) => query.decodeDestinationReply(reply, family));
  }

  async table(): Promise<readonly ObservedTable[]> {
    const tables: ObservedTable[] = [];
    for await (const table of this.walk()) tables.push(table);
    return tables;
  }

  async *walk(): AsyncGenerator<ObservedTable, void> {
    const replies = await this.#dump("the services", query.encodeGetServices());
    for (const reply of replies) {
      const service = this.#decoded(reply, query.decodeServiceReply);
      if (service) yield { service, destinations: await this.destinations(service.key) };
    }
  }

  async apply(commands: readonly IpvsCommand[]): Promise<readonly Refusal[]> {
    const refusals: Refusal[] = [];
    // Encoded send by send: a large table at once would be a long turn, and memory never touched.
    for (let start = 0; start < commands.length; start += MAX_BATCH) {
      refusals.push(...(await this.#send(commands.slice(start, start + MAX_BATCH))));
    }
    return refusals;
  }

  async #send(commands: readonly IpvsCommand[]): Promise<readonly Refusal[]> {
    const type = this.#family;
    const requests = encodeCommands(commands).map((payload) => ({ type, flags: 0, payload }));
    const errnos = await this.#socket.batch(requests).catch((error: unknown) => {
      throw explained("an answer to a change of the table", error);
    });
    return refusalsOf(commands, errnos);
  }

  close(): void {
    this.#socket.close();
  }

  async #one<T>(what: string, payload: Uint8Array, decode: (reply: Uint8Array) => T): Promise<T> {
    try {
      const [reply] = await this.#ask(payload, 0);
      if (reply !== undefined) return decode(reply);
    } catch (error) {
      throw explained(what, error);
    }
    throw silence(what);
  }

  async #dump(what: string, payload: Uint8Array): Promise<readonly Uint8Array[]> {
    try {
      return await this.#ask(payload, NLM_F_DUMP);
    } catch (error) {
      throw explained(what, error);
    }
  }

  async #ask(payload: Uint8Array, flags: number): Promise<readonly Uint8Array[]> {
    const replies = await this.#socket.request({ type: this.#family, flags, payload });
    return replies.map((reply) => reply.payload);
  }

  /** One object that is strange must not hide the others. */
  async #readable<T>(
    replies: readonly Uint8Array[],
    decode: (reply: Uint8Array) => T,
  ): Promise<readonly T[]> {
    const objects: T[] = [];
    for (const [index, reply] of replies.entries()) {
      if (index > 0 && index % MAX_OBJECTS_A_TURN === 0) await setImmediate();
      const object = this.#decoded(reply, decode);
      if (object !== undefined) objects.push(object);
    }
    return objects;
  }

  #decoded<T>(reply: Uint8Array, decode: (reply: Uint8Array) => T): T | undefined {
    try {
      return decode(reply);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#options.onUnreadable?.(error);
      return undefined;
    }
  }
}

async function findFamily(socket: NetlinkSocket): Promise<number> {
  // The question itself makes the kernel load the module by its alias, where it can.
  const first = await askFamily(socket);
  if (first !== undefined) return first;
  const complaint = await loadModule(IPVS_MODULE);
  const second = await askFamily(socket);
  if (second !== undefined) return second;
  throw absence(complaint);
}

async function askFamily(socket: NetlinkSocket): Promise<number | undefined> {
  try {
    const payload = encodeGetFamily(IPVS_GENL_NAME);
    const [reply] = await socket.request({ type: GENL_ID_CTRL, flags: 0, payload });
    return reply && decodeFamilyId(reply.payload);
  } catch (error) {
    if (error instanceof NetlinkError && error.errno === ERRNO.ENOENT) return undefined;
    throw explained("its number", error);
  }
}

/** The kernel's IPVS table for a program that does nothing else meanwhile: every call waits. */
import { DecodeError } from "../base/bytes.ts";
import { writeCommand } from "../wire/ipvs/command.ts";
import { IPVS_GENL_NAME } from "../wire/ipvs/constants.ts";
import * as query from "../wire/ipvs/query.ts";
import { serviceFamily } from "../wire/ipvs/service.ts";
import type {
  IpvsCommand,
  IpvsInfo,
  Listed,
  ObservedDestination,
  ObservedService,
  ServiceKey,
  SyncDaemon,
  Timeouts,
} from "../wire/ipvs/types.ts";
import type { Attributes } from "../wire/netlink/attributes.ts";
import { ERRNO } from "../wire/netlink/errno.ts";
import {
  encodeGetFamily,
  GENL_ID_CTRL,
  genericAttributes,
  NETLINK_GENERIC,
  readFamilyId,
} from "../wire/netlink/generic.ts";
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
import { type DirectNetlink, openDirectNetlink } from "./netlink-direct.ts";
import { NetlinkError } from "./netlink-error.ts";

/** As `Ipvs`, and with its errors. */
export interface DirectIpvs {
  info(): IpvsInfo;
  services(): readonly ObservedService[];
  /** Undefined where there is no such service. */
  service(key: ServiceKey): ObservedService | undefined;
  /** Empty also where there is no such service; with their counters where they are wanted. */
  destinations(key: ServiceKey, counted: boolean): readonly Listed<ObservedDestination>[];
  daemons(): readonly SyncDaemon[];
  timeouts(): Timeouts;
  /** At most as many as fit the receive buffer with a refusal each: 128. */
  apply(commands: readonly IpvsCommand[]): readonly Refusal[];
  close(): void;
}

export async function openIpvsDirect(): Promise<DirectIpvs> {
  const socket = openDirectNetlink(NETLINK_GENERIC, TIME_LIMIT_MS);
  try {
    const table = new Table(socket, await findFamily(socket));
    // Every IPVS command wants CAP_NET_ADMIN, also those that only ask.
    table.info();
    return table;
  } catch (error) {
    socket.close();
    throw error;
  }
}

class Table implements DirectIpvs {
  readonly #socket: DirectNetlink;
  readonly #family: number;

  constructor(socket: DirectNetlink, family: number) {
    this.#socket = socket;
    this.#family = family;
  }

  info(): IpvsInfo {
    const what = "what the module says of itself";
    return this.#one(what, query.encodeGetInfo(), query.readInfoReply);
  }

  timeouts(): Timeouts {
    return this.#one("the timeouts", query.encodeGetTimeouts(), query.readTimeoutsReply);
  }

  services(): readonly ObservedService[] {
    return this.#dump("the services", query.encodeGetServices(), query.readServiceReply);
  }

  service(key: ServiceKey): ObservedService | undefined {
    try {
      const payload = query.encodeGetService(key);
      return ask(this.#socket, { type: this.#family, payload }, query.readServiceReply);
    } catch (error) {
      if (error instanceof NetlinkError && error.errno === ERRNO.ESRCH) return undefined;
      throw explained("the service", error);
    }
  }

  destinations(key: ServiceKey, counted: boolean): readonly Listed<ObservedDestination>[] {
    const family = serviceFamily(key);
    const read = (reply: Attributes): Listed<ObservedDestination> =>
      query.readDestinationReply(reply, family, counted);
    return this.#dump("the destinations", query.encodeGetDestinations(key), read);
  }

  daemons(): readonly SyncDaemon[] {
    return this.#dump("the sync daemons", query.encodeGetDaemons(), query.readDaemonReply);
  }

  apply(commands: readonly IpvsCommand[]): readonly Refusal[] {
    try {
      return refusalsOf(commands, this.#socket.batch(this.#family, commands, writeCommand));
    } catch (error) {
      throw explained("an answer to a change of the table", error);
    }
  }

  close(): void {
    this.#socket.close();
  }

  #one<T>(what: string, payload: Uint8Array, read: (reply: Attributes) => T): T {
    try {
      const found = ask(this.#socket, { type: this.#family, payload }, read);
      if (found !== undefined) return found;
    } catch (error) {
      throw explained(what, error);
    }
    throw silence(what);
  }

  #dump<T>(what: string, payload: Uint8Array, read: (reply: Attributes) => T): readonly T[] {
    const objects: T[] = [];
    try {
      this.#socket.ask({ type: this.#family, payload, dump: true }, (view, start, end) => {
        try {
          objects.push(read(genericAttributes(view, start, end)));
        } catch (error) {
          // One object that is strange must not hide the others.
          if (!(error instanceof DecodeError)) throw error;
        }
      });
    } catch (error) {
      throw explained(what, error);
    }
    return objects;
  }
}

function ask<T>(
  socket: DirectNetlink,
  request: { readonly type: number; readonly payload: Uint8Array },
  read: (reply: Attributes) => T,
): T | undefined {
  const replies: T[] = [];
  socket.ask({ ...request, dump: false }, (view, start, end) => {
    replies.push(read(genericAttributes(view, start, end)));
  });
  return replies[0];
}

async function findFamily(socket: DirectNetlink): Promise<number> {
  // The question itself makes the kernel load the module by its alias, where it can.
  const first = askFamily(socket);
  if (first !== undefined) return first;
  const complaint = await loadModule(IPVS_MODULE);
  const second = askFamily(socket);
  if (second !== undefined) return second;
  throw absence(complaint);
}

function askFamily(socket: DirectNetlink): number | undefined {
  try {
    const payload = encodeGetFamily(IPVS_GENL_NAME);
    return ask(socket, { type: GENL_ID_CTRL, payload }, readFamilyId);
  } catch (error) {
    if (error instanceof NetlinkError && error.errno === ERRNO.ENOENT) return undefined;
    throw explained("its number", error);
  }
}

/** Questions about the IPVS table, and the kernel's answers. */
import type { Family } from "../../base/ip.ts";
import type { Attributes } from "../netlink/attributes.ts";
import { decodeGeneric, genericWriter } from "../netlink/generic.ts";
import { bareService } from "./command.ts";
import { readInfo, readTimeouts } from "./config.ts";
import { IPVS_CMD, IPVS_CMD_ATTR, IPVS_GENL_VERSION } from "./constants.ts";
import { readDaemon } from "./daemon.ts";
import { readListedDestination, readObservedDestination } from "./destination.ts";
import { readObservedService, serviceFamily, writeService, writeServiceKey } from "./service.ts";
import type {
  IpvsInfo,
  Listed,
  ObservedDestination,
  ObservedService,
  ServiceKey,
  SyncDaemon,
  Timeouts,
} from "./types.ts";

/** A dump of all services. */
export const encodeGetServices = (): Uint8Array => bare(IPVS_CMD.GET_SERVICE);

/** One service; its mask is sent empty, as ipvsadm does. */
export const encodeGetService = (key: ServiceKey): Uint8Array =>
  genericWriter(IPVS_CMD.GET_SERVICE, IPVS_GENL_VERSION)
    .nested(IPVS_CMD_ATTR.SERVICE, (writer) =>
      writeService(writer, {
        ...bareService(key),
        netmask: serviceFamily(key) === 4 ? "0.0.0.0" : "0",
      }),
    )
    .finish();

/** A dump of a service's destinations. It is empty, not an error, where the service is unknown. */
export const encodeGetDestinations = (key: ServiceKey): Uint8Array =>
  genericWriter(IPVS_CMD.GET_DEST, IPVS_GENL_VERSION)
    .nested(IPVS_CMD_ATTR.SERVICE, (writer) => writeServiceKey(writer, key))
    .finish();

/** A dump of the sync daemons, none to two. */
export const encodeGetDaemons = (): Uint8Array => bare(IPVS_CMD.GET_DAEMON);
export const encodeGetTimeouts = (): Uint8Array => bare(IPVS_CMD.GET_CONFIG);
export const encodeGetInfo = (): Uint8Array => bare(IPVS_CMD.GET_INFO);

export const decodeServiceReply = (payload: Uint8Array): ObservedService =>
  readServiceReply(decodeGeneric(payload).attributes);

export const readServiceReply = (reply: Attributes): ObservedService =>
  readObservedService(reply.nested(IPVS_CMD_ATTR.SERVICE));

/** `family` is the service's. */
export const decodeDestinationReply = (payload: Uint8Array, family: Family): ObservedDestination =>
  readObservedDestination(decodeGeneric(payload).attributes.nested(IPVS_CMD_ATTR.DEST), family);

/** With its counters where they are wanted. */
export function readDestinationReply(
  reply: Attributes,
  family: Family,
  counted: boolean,
): Listed<ObservedDestination> {
  const nest = reply.nested(IPVS_CMD_ATTR.DEST);
  return (counted ? readObservedDestination : readListedDestination)(nest, family);
}

export const decodeDaemonReply = (payload: Uint8Array): SyncDaemon =>
  readDaemonReply(decodeGeneric(payload).attributes);

export const readDaemonReply = (reply: Attributes): SyncDaemon =>
  readDaemon(reply.nested(IPVS_CMD_ATTR.DAEMON));

export const decodeTimeoutsReply = (payload: Uint8Array): Timeouts =>
  readTimeoutsReply(decodeGeneric(payload).attributes);

export const readTimeoutsReply = readTimeouts;

export const decodeInfoReply = (payload: Uint8Array): IpvsInfo =>
  readInfoReply(decodeGeneric(payload).attributes);

export const readInfoReply = readInfo;

const bare = (command: number): Uint8Array => genericWriter(command, IPVS_GENL_VERSION).finish();

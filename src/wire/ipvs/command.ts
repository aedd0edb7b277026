/** Changes of the IPVS table as generic netlink payloads. */
import { never } from "../../base/invariant.ts";
import { AttributeWriter, NLA_F_NESTED } from "../netlink/attributes.ts";
import { genericWriter } from "../netlink/generic.ts";
import { writeTimeouts } from "./config.ts";
import { IPVS_CMD, IPVS_CMD_ATTR, IPVS_GENL_VERSION } from "./constants.ts";
import { bareDaemon, writeDaemon } from "./daemon.ts";
import { bareDestination, writeDestination } from "./destination.ts";
import { hostNetmask, serviceFamily, writeService } from "./service.ts";
import type { Destination, IpvsCommand, Service, ServiceKey, SyncDaemon } from "./types.ts";

/** Equal, octet for octet, to what ipvsadm 1.31 sends for the same change. */
export function encodeCommand(command: IpvsCommand): Uint8Array {
  switch (command.kind) {
    case "addService":
      return serviceMessage(IPVS_CMD.NEW_SERVICE, command.service);
    case "editService":
      return serviceMessage(IPVS_CMD.SET_SERVICE, command.service);
    case "removeService":
      return serviceMessage(IPVS_CMD.DEL_SERVICE, bareService(command.key));
    case "addDestination":
      return destinationMessage(IPVS_CMD.NEW_DEST, command.key, command.destination);
    case "editDestination":
      return destinationMessage(IPVS_CMD.SET_DEST, command.key, command.destination);
    case "removeDestination":
      return destinationMessage(
        IPVS_CMD.DEL_DEST,
        command.key,
        bareDestination(command.destination),
      );
    case "startDaemon":
      return daemonMessage(IPVS_CMD.NEW_DAEMON, command.daemon);
    case "stopDaemon":
      return daemonMessage(IPVS_CMD.DEL_DAEMON, bareDaemon(command.role));
    case "setTimeouts":
      return writeTimeouts(begin(IPVS_CMD.SET_CONFIG), command.timeouts).finish();
    case "zero":
      return command.key === undefined
        ? begin(IPVS_CMD.ZERO).finish()
        : serviceMessage(IPVS_CMD.ZERO, bareService(command.key));
    case "flush":
      return begin(IPVS_CMD.FLUSH).finish();
    default:
      return never(command);
  }
}

/** A service of which only the identity counts; the rest is what ipvsadm sends with it. */
export const bareService = (key: ServiceKey): Service => ({
  key,
  scheduler: "",
  flags: 0,
  persistence: 0,
  netmask: hostNetmask(serviceFamily(key)),
  engine: undefined,
});

const begin = (command: number): AttributeWriter => genericWriter(command, IPVS_GENL_VERSION);

const serviceMessage = (command: number, service: Service): Uint8Array =>
  begin(command)
    .nested(IPVS_CMD_ATTR.SERVICE, (writer) => writeService(writer, service))
    .finish();

const destinationMessage = (
  command: number,
  key: ServiceKey,
  destination: Destination,
): Uint8Array =>
  begin(command)
    .bytes(IPVS_CMD_ATTR.SERVICE | NLA_F_NESTED, bareServiceNest(key))
    .nested(IPVS_CMD_ATTR.DEST, (writer) => writeDestination(writer, destination))
    .finish();

/** The service is the same in the messages of all its destinations. */
const bareServiceNests = new WeakMap<ServiceKey, Uint8Array>();

function bareServiceNest(key: ServiceKey): Uint8Array {
  const known = bareServiceNests.get(key);
  if (known !== undefined) return known;
  // Copied: a view would keep the whole slab that it was written to.
  const nest = writeService(new AttributeWriter(), bareService(key)).finish().slice();
  bareServiceNests.set(key, nest);
  return nest;
}

const daemonMessage = (command: number, daemon: SyncDaemon): Uint8Array =>
  begin(command)
    .nested(IPVS_CMD_ATTR.DAEMON, (writer) => writeDaemon(writer, daemon))
    .finish();

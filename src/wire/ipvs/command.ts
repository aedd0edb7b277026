/** Changes of the IPVS table as generic netlink payloads. */
import { never } from "../../base/invariant.ts";
import { AttributeWriter, NLA_F_NESTED } from "../netlink/attributes.ts";
import { writeGenericHeader } from "../netlink/generic.ts";
import { writeTimeouts } from "./config.ts";
import { IPVS_CMD, IPVS_CMD_ATTR, IPVS_GENL_VERSION } from "./constants.ts";
import { bareDaemon, writeDaemon } from "./daemon.ts";
import { bareDestination, writeDestination } from "./destination.ts";
import { hostNetmask, isSameService, serviceFamily, writeService } from "./service.ts";
import type { Destination, IpvsCommand, Service, ServiceKey, SyncDaemon } from "./types.ts";

/** Equal, octet for octet, to what ipvsadm 1.31 sends for the same change. */
export const encodeCommand = (command: IpvsCommand): Uint8Array =>
  writeCommand(new AttributeWriter(), command).finish();

/** One buffer for all: of a large table the memory costs more than the writing. */
export function encodeCommands(commands: readonly IpvsCommand[]): readonly Uint8Array[] {
  const writer = new AttributeWriter(undefined, commands.length * USUAL_LENGTH);
  return commands.map((command) => {
    const start = writer.length;
    return writeCommand(writer, command).finish(start);
  });
}

/** Of a server's command. */
const USUAL_LENGTH = 224;

export function writeCommand(writer: AttributeWriter, command: IpvsCommand): AttributeWriter {
  const begin = (number: number): AttributeWriter =>
    writeGenericHeader(writer, number, IPVS_GENL_VERSION);
  switch (command.kind) {
    case "addService":
      return addService(begin(IPVS_CMD.NEW_SERVICE), command.service);
    case "editService":
      return addService(begin(IPVS_CMD.SET_SERVICE), command.service);
    case "removeService":
      return addBareService(begin(IPVS_CMD.DEL_SERVICE), command.key);
    case "addDestination":
      return addDestination(begin(IPVS_CMD.NEW_DEST), command.key, command.destination);
    case "editDestination":
      return addDestination(begin(IPVS_CMD.SET_DEST), command.key, command.destination);
    case "removeDestination": {
      const destination = bareDestination(command.destination);
      return addDestination(begin(IPVS_CMD.DEL_DEST), command.key, destination);
    }
    case "startDaemon":
      return addDaemon(begin(IPVS_CMD.NEW_DAEMON), command.daemon);
    case "stopDaemon":
      return addDaemon(begin(IPVS_CMD.DEL_DAEMON), bareDaemon(command.role));
    case "setTimeouts":
      return writeTimeouts(begin(IPVS_CMD.SET_CONFIG), command.timeouts);
    case "zero": {
      const message = begin(IPVS_CMD.ZERO);
      return command.key === undefined ? message : addBareService(message, command.key);
    }
    case "flush":
      return begin(IPVS_CMD.FLUSH);
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

const addService = (message: AttributeWriter, service: Service): AttributeWriter =>
  message.nested(IPVS_CMD_ATTR.SERVICE, (writer) => writeService(writer, service));

const addDestination = (
  message: AttributeWriter,
  key: ServiceKey,
  destination: Destination,
): AttributeWriter =>
  addBareService(message, key).nested(IPVS_CMD_ATTR.DEST, (writer) =>
    writeDestination(writer, destination),
  );

/** The service is the same in the messages of all its destinations, which follow each other. */
let last: { readonly key: ServiceKey; readonly nest: Uint8Array } | undefined;

function addBareService(message: AttributeWriter, key: ServiceKey): AttributeWriter {
  if (last === undefined || !isSameService(last.key, key)) {
    last = { key, nest: writeService(new AttributeWriter(), bareService(key)).finish() };
  }
  return message.bytes(IPVS_CMD_ATTR.SERVICE | NLA_F_NESTED, last.nest);
}

const addDaemon = (message: AttributeWriter, daemon: SyncDaemon): AttributeWriter =>
  message.nested(IPVS_CMD_ATTR.DAEMON, (writer) => writeDaemon(writer, daemon));

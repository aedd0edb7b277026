/** Commands in words, for logs and plans. */
import { never } from "../../base/invariant.ts";
import { endpointName, type IpvsCommand, serviceName } from "./types.ts";

/** e.g. `add server 10.0.0.2:80 to tcp 10.0.0.1:80`. */
export function describeCommand(command: IpvsCommand): string {
  switch (command.kind) {
    case "addService":
      return `add service ${serviceName(command.service.key)}`;
    case "editService":
      return `edit service ${serviceName(command.service.key)}`;
    case "removeService":
      return `remove service ${serviceName(command.key)}`;
    case "addDestination":
      return `add server ${endpointName(command.destination)} to ${serviceName(command.key)}`;
    case "editDestination":
      return `edit server ${endpointName(command.destination)} of ${serviceName(command.key)}`;
    case "removeDestination":
      return `remove server ${endpointName(command.destination)} from ${serviceName(command.key)}`;
    case "startDaemon":
      return `start the ${command.daemon.role} sync daemon on ${command.daemon.interface}`;
    case "stopDaemon":
      return `stop the ${command.role} sync daemon`;
    case "setTimeouts": {
      const { tcp, tcpFin, udp } = command.timeouts;
      return `set the timeouts to tcp ${tcp}, tcpfin ${tcpFin}, udp ${udp}`;
    }
    case "zero":
      return command.key === undefined
        ? "zero all counters"
        : `zero the counters of ${serviceName(command.key)}`;
    case "flush":
      return "remove all services";
    default:
      return never(command);
  }
}

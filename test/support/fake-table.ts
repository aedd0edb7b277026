/** An IPVS table in memory that takes and refuses commands as the kernel does. */
import { endpointName, type ServiceKey, serviceName } from "../../src/base/service.ts";
import type {
  Destination,
  IpvsCommand,
  ObservedTable,
  Service,
} from "../../src/wire/ipvs/types.ts";
import { ERRNO } from "../../src/wire/netlink/errno.ts";
import { observedDestination, observedService } from "./ipvs.ts";

interface Entry {
  service: Service;
  readonly destinations: Map<string, Destination>;
}

export interface Refusal {
  readonly command: IpvsCommand;
  readonly errno: number;
}

export class FakeTable {
  readonly #entries = new Map<string, Entry>();

  static of(
    tables: readonly { service: Service; destinations: readonly Destination[] }[],
  ): FakeTable {
    const table = new FakeTable();
    for (const { service, destinations } of tables) {
      table.apply([{ kind: "addService", service }]);
      for (const destination of destinations) {
        table.apply([{ kind: "addDestination", key: service.key, destination }]);
      }
    }
    return table;
  }

  tables(): readonly ObservedTable[] {
    return [...this.#entries.values()].map(({ service, destinations }) => ({
      service: observedService(service),
      destinations: [...destinations.values()].map(observedDestination),
    }));
  }

  /** The refused commands, with the kernel's errno. */
  apply(commands: readonly IpvsCommand[]): readonly Refusal[] {
    return commands
      .map((command) => ({ command, errno: this.#run(command) }))
      .filter(({ errno }) => errno !== 0);
  }

  #run(command: IpvsCommand): number {
    switch (command.kind) {
      case "addService":
        if (this.#find(command.service.key)) return ERRNO.EEXIST;
        this.#entries.set(serviceName(command.service.key), {
          service: command.service,
          destinations: new Map(),
        });
        return 0;
      case "editService": {
        const entry = this.#find(command.service.key);
        if (!entry) return ERRNO.ESRCH;
        entry.service = command.service;
        return 0;
      }
      case "removeService":
        return this.#entries.delete(serviceName(command.key)) ? 0 : ERRNO.ESRCH;
      case "addDestination":
      case "editDestination":
      case "removeDestination":
        return this.#change(command);
      case "flush":
        this.#entries.clear();
        return 0;
      default:
        throw new Error(`not of this table: ${command.kind}`);
    }
  }

  #change(
    command: Extract<
      IpvsCommand,
      { kind: "addDestination" | "editDestination" | "removeDestination" }
    >,
  ): number {
    const entry = this.#find(command.key);
    if (!entry) return ERRNO.ESRCH;
    const name = endpointName(command.destination);
    const known = entry.destinations.has(name);
    if (command.kind === "addDestination" && known) return ERRNO.EEXIST;
    if (command.kind !== "addDestination" && !known) return ERRNO.ENOENT;
    if (command.kind === "removeDestination") entry.destinations.delete(name);
    else entry.destinations.set(name, command.destination);
    return 0;
  }

  #find(key: ServiceKey): Entry | undefined {
    return this.#entries.get(serviceName(key));
  }
}

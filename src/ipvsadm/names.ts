/** Names of hosts and ports, asked of the system as ipvsadm does, but many at a time.
 *
 * What asks is loaded where something is asked: it takes as long as a small command.
 */
import { readFileSync } from "node:fs";
import type { Ip } from "../base/ip.ts";
import type { Protocol } from "../base/service.ts";
import { type Names, NameWanted } from "./endpoint.ts";

export interface Resolver extends Names {
  /** Asks for the address of a host that was wanted. */
  learn(host: string): Promise<void>;
  /** Asks for the names of all these addresses at the same time. */
  prepare(addresses: Iterable<Ip>): Promise<void>;
  /** The prepared name, else the address itself. */
  hostName(address: Ip): string | undefined;
  portName(port: number, protocol: Protocol | undefined): string | undefined;
}

export function createResolver(): Resolver {
  const addresses = new Map<string, Ip | undefined>();
  const hosts = new Map<Ip, string | undefined>();
  let known: Services | undefined;
  const services = (): Services => {
    known ??= readServices();
    return known;
  };
  return {
    host: (name) => {
      if (name === "") return undefined;
      if (!addresses.has(name)) throw new NameWanted(name);
      return addresses.get(name);
    },
    port: (name, protocol) => protocol && services().ports.get(`${name}/${protocol}`),
    learn: async (name) => {
      const { lookup } = await import("node:dns/promises");
      const found = await lookup(name, { family: 4 }).catch(() => undefined);
      addresses.set(name, found?.address as Ip | undefined);
    },
    prepare: async (wanted) => {
      const asked = [...new Set(wanted)].filter((address) => !hosts.has(address));
      const { hostNames } = await import("../os/host-names.ts");
      for (const [address, name] of await hostNames(asked)) hosts.set(address, name);
    },
    hostName: (address) => hosts.get(address),
    portName: (port, protocol) => protocol && services().names.get(`${port}/${protocol}`),
  };
}

interface Services {
  /** `http/tcp` to 80. */
  readonly ports: ReadonlyMap<string, number>;
  /** `80/tcp` to http. */
  readonly names: ReadonlyMap<string, string>;
}

const FILE = "/etc/services";

/** services(5): a name, `port/protocol`, other names; the first line that fits counts. */
function readServices(): Services {
  const ports = new Map<string, number>();
  const names = new Map<string, string>();
  for (const line of textOf(FILE).split("\n")) {
    const [name, where, ...others] = line.replace(/#.*/, "").trim().split(/\s+/);
    const [, digits, protocol] = /^(\d{1,5})\/(\w+)$/.exec(where ?? "") ?? [];
    if (!name || !digits || !protocol) continue;
    const port = Number(digits);
    if (!names.has(`${port}/${protocol}`)) names.set(`${port}/${protocol}`, name);
    for (const one of [name, ...others]) {
      if (!ports.has(`${one}/${protocol}`)) ports.set(`${one}/${protocol}`, port);
    }
  }
  return { ports, names };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

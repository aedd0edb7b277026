/** `-L -c`: the kernel's connections, in its order. */
import type { Ip } from "../base/ip.ts";
import type { Protocol } from "../base/service.ts";
import { readConnections } from "../os/connections.ts";
import type { Connection } from "../wire/ipvs/connection.ts";
import { type Naming, nameOf } from "./format.ts";
import { Stop } from "./stop.ts";

export interface ConnectionStyle extends Naming {
  /** With the data of persistence engines. */
  readonly persistent: boolean;
}

export async function listConnections(
  style: ConnectionStyle,
  out: (text: string) => void,
): Promise<void> {
  const steps = readConnections();
  // Opened before anything is said.
  let step = await steps.next().catch(() => {
    throw new Stop(1, "cannot open file /proc/net/ip_vs_conn\n");
  });
  out(`IPVS connection entries\n${titleLine(style)}`);
  let some: Connection[] = [];
  for (; !step.done; step = await steps.next()) {
    some.push(...step.value);
    if (some.length < AT_ONCE) continue;
    await print(some, style, out);
    some = [];
  }
  await print(some, style, out);
}

/** Their names are asked for together. */
const AT_ONCE = 1000;

async function print(
  some: readonly Connection[],
  style: ConnectionStyle,
  out: (text: string) => void,
): Promise<void> {
  await style.names?.prepare(some.flatMap(addressesOf));
  out(some.map((one) => connectionLine(one, style)).join(""));
}

const addressesOf = ({ client, virtual, destination }: Connection): readonly Ip[] => [
  client,
  virtual,
  destination,
];

function titleLine({ persistent }: ConnectionStyle): string {
  const common = `pro expire ${columns(["state", 11], ["source", 18], ["virtual", 18])}`;
  if (!persistent) return `${common}destination\n`;
  return `${common}${columns(["destination", 18], ["pe name", 16])}pe_data\n`;
}

const columns = (...pairs: readonly (readonly [string, number])[]): string =>
  pairs.map(([text, width]) => `${text.padEnd(width)} `).join("");

function connectionLine(one: Connection, style: ConnectionStyle): string {
  const protocol = one.protocol === "IP" ? undefined : (one.protocol.toLowerCase() as Protocol);
  const name = (address: Ip, port: number): string => nameOf({ address, port }, protocol, style);
  const common = columns(
    [one.protocol, 3],
    [minutes(one.expires), 6],
    [one.state, 11],
    [name(one.client, one.clientPort), 18],
    [name(one.virtual, one.virtualPort), 18],
  );
  const destination = name(one.destination, one.destinationPort);
  if (!style.persistent || !one.engine) return `${common}${destination}\n`;
  const { engine } = one;
  return `${common}${columns([destination, 16], [engine.name, 18])}${engine.data}\n`;
}

const twoDigits = (value: number): string => String(value).padStart(2, "0");
const minutes = (seconds: number): string =>
  `${twoDigits(Math.floor(seconds / 60))}:${twoDigits(seconds % 60)}`;

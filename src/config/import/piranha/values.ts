/** Values of lvs.cf: its numbers, masks, ports and labels. */
import { familyOf, type Ip, ipBytes, parseIp } from "../../../base/ip.ts";
import type { Statement } from "../types.ts";
import { wordAt } from "../values.ts";

/** As strtol with base 0: 010 is eight. Undefined where it is no number. */
export function numberOf(statement: Statement): number | undefined {
  const text = wordAt(statement, 1);
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return /^(0x[0-9a-fA-F]+|\d+)$/.test(text) ? Number(text) : undefined;
}

/** Bits of a mask such as 255.255.255.0; undefined where it is none. */
export function prefixOf(mask: string): number | undefined {
  const address = parseIp(mask);
  if (address === undefined || familyOf(address) === 6) return undefined;
  const bits = [...ipBytes(address)].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  return /^1+0*$/.test(bits) ? bits.replaceAll("0", "").length : undefined;
}

/** `eth0:1` is eth0 with a label. */
export const linkOf = (label: string): string => label.split(":")[0] ?? label;

/** What /etc/services calls them. */
const PORTS: Readonly<Record<string, number>> = {
  ftp: 21,
  ssh: 22,
  telnet: 23,
  smtp: 25,
  domain: 53,
  http: 80,
  www: 80,
  pop3: 110,
  nntp: 119,
  imap: 143,
  imap2: 143,
  snmp: 161,
  ldap: 389,
  https: 443,
  submission: 587,
  ldaps: 636,
  imaps: 993,
  pop3s: 995,
  mysql: 3306,
  postgresql: 5432,
};

export function portOf(text: string): number | undefined {
  const port = Object.hasOwn(PORTS, text) ? PORTS[text] : Number(text);
  return port !== undefined && Number.isInteger(port) && port >= 0 && port <= 65_535
    ? port
    : undefined;
}

export interface Floating {
  readonly address: Ip;
  readonly label: string;
}

/** `IP LABEL`; undefined where it is not. */
export function floatingOf(statement: Statement): Floating | undefined {
  const address = parseIp(wordAt(statement, 1));
  const label = wordAt(statement, 2);
  return address === undefined || label === "" ? undefined : { address, label };
}

/** Lines of virtual_ipaddress: an address, and how it is put on. */
import {
  compareIp,
  familyOf,
  formatIp,
  hostPrefix,
  type Ip,
  ipBytes,
  parseIp,
} from "../../../base/ip.ts";
import { changed, lost, type Outcome, type Statement, taken } from "../types.ts";

export interface ReadVip {
  readonly address: Ip;
  /** As baton.yaml has it; undefined where the line is no address. */
  readonly value: string | Readonly<Record<string, unknown>>;
  readonly outcome: Outcome;
}

const WITH_VALUE = new Set(["peer", "preferred_lft", "track_group"]);
const SCOPES = new Set(["global", "link", "host"]);

interface Found {
  readonly long: Record<string, unknown>;
  readonly remarks: string[];
}

/** `link` is the instance's interface. */
export function readVip(statement: Statement, link: string, excluded: boolean): ReadVip | Outcome {
  const [written = "", ...options] = statement.words;
  const [bare = "", digits] = written.split("/");
  const address = parseIp(bare);
  if (address === undefined) return lost(`${written} is no address`);
  const longest = hostPrefix(address);
  const prefix = digits === undefined ? longest : Number(digits);
  const found: Found = { long: excluded ? { excluded: true } : {}, remarks: [] };
  for (let i = 0; i < options.length; ) i += option(found, options, i, { address, prefix, link });
  const text = prefix === longest ? address : `${address}/${prefix}`;
  const { long, remarks } = found;
  const value = Object.keys(long).length === 0 ? text : { address: text, ...long };
  return { address, value, outcome: remarks.length === 0 ? taken : changed(remarks.join("; ")) };
}

interface Of {
  readonly address: Ip;
  readonly prefix: number;
  readonly link: string;
}

/** How many words it took. */
function option(found: Found, words: readonly string[], at: number, of: Of): number {
  const { long, remarks } = found;
  const word = words[at] ?? "";
  const next = words[at + 1] ?? "";
  switch (word) {
    case "dev":
      if (next !== of.link) long["interface"] = next;
      return 2;
    case "scope":
      if (!SCOPES.has(next)) remarks.push(`scope ${next} is left out: global, link or host`);
      else if (next !== "global") long["scope"] = next;
      return 2;
    case "brd":
    case "broadcast":
      broadcast(found, next, of);
      return 2;
    case "label":
      remarks.push(`without its label ${next}, which would make an alias`);
      return 2;
    case "noprefixroute":
      if (of.prefix !== hostPrefix(of.address)) long["noPrefixRoute"] = true;
      return 1;
    case "no_track":
      remarks.push("a VIP that somebody takes is put back");
      return 1;
    default:
      remarks.push(`${word} is left out`);
      return WITH_VALUE.has(word) ? 2 : 1;
  }
}

function broadcast({ long, remarks }: Found, text: string, { address, prefix }: Of): void {
  if (text === "-") return;
  if (familyOf(address) === 6 || prefix >= 31) {
    remarks.push("without a broadcast address, which one address alone does not have");
    return;
  }
  const own = text === "+" ? lastOf(address, prefix) : parseIp(text);
  if (own === undefined) remarks.push(`${text} is no broadcast address`);
  else long["broadcast"] = own;
}

/** The address with all bits of the host set. */
function lastOf(address: Ip, prefix: number): Ip {
  const bytes = ipBytes(address).map((octet, i) => {
    const bits = Math.max(0, Math.min(8, prefix - 8 * i));
    return octet | (0xff >> bits);
  });
  return formatIp(bytes);
}

/** `10.0.0.1-5`, `10.0.0.1-10.0.1.7`, `10.0.0.8/29`: every address; undefined where it is none. */
export function expandRange(text: string): readonly Ip[] | undefined {
  const [first = "", last] = text.split("-");
  const [bare = "", digits] = first.split("/");
  const from = parseIp(bare);
  if (from === undefined) return undefined;
  if (digits !== undefined) return below(from, Number(digits));
  if (last === undefined) return [from];
  const to = parseIp(last) ?? parseIp(bare.replace(/[^.:]+$/, last));
  return to !== undefined && familyOf(to) === familyOf(from) ? between(from, to) : undefined;
}

const MAX_RANGE = 4096;

/** Without the addresses of the network itself and of its broadcast. */
function below(network: Ip, prefix: number): readonly Ip[] | undefined {
  const found = between(network, lastOf(network, prefix));
  return familyOf(network) === 4 && prefix < 31 ? found?.slice(1, -1) : found;
}

function between(from: Ip, to: Ip): readonly Ip[] | undefined {
  const found: Ip[] = [];
  for (let one = from; compareIp(one, to) <= 0; one = successor(one)) {
    if (found.length >= MAX_RANGE) return undefined;
    found.push(one);
    if (one === to) break;
  }
  return found.length === 0 ? undefined : found;
}

function successor(address: Ip): Ip {
  const bytes = ipBytes(address).slice();
  for (let i = bytes.length - 1; i >= 0; i--) {
    const next = ((bytes[i] ?? 0) + 1) & 0xff;
    bytes[i] = next;
    if (next !== 0) break;
  }
  return formatIp(bytes);
}

/** Lines of virtual_ipaddress: an address, and how it is put on. */
import { familyOf, hostPrefix, type Ip, parseIp } from "../../../base/ip.ts";
import { lastOf } from "../../ranges.ts";
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

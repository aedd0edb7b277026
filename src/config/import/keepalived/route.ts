/** Lines of virtual_routes and virtual_rules, in the words of `ip route` and `ip rule`. */
import { parseIp } from "../../../base/ip.ts";
import { changed, lost, type Outcome, type Statement, taken } from "../types.ts";
import { numberIn } from "../values.ts";

export interface ReadLine {
  readonly value: Readonly<Record<string, unknown>>;
  readonly outcome: Outcome;
}

/** /etc/iproute2/rt_tables has the other names. */
const TABLES: Readonly<Record<string, number>> = { default: 253, main: 254, local: 255 };
const TYPES = new Set(["unicast", "blackhole", "unreachable", "prohibit"]);
const MAX_U32 = 4_294_967_295;

interface Words {
  readonly value: Record<string, unknown>;
  readonly remarks: string[];
  /** What the line means nothing without. */
  wrong: string | undefined;
}

/** Keyword → key of baton.yaml; `any` is told the words that have none. */
function readWords(
  words: readonly string[],
  keys: Readonly<Record<string, string>>,
  any: (word: string, found: Words) => boolean,
): Words {
  const found: Words = { value: {}, remarks: [], wrong: undefined };
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    const key = Object.hasOwn(keys, word) ? keys[word] : undefined;
    if (key !== undefined) put(found, key, words[++i] ?? "");
    else if (!any(word, found)) found.remarks.push(`${word} is left out`);
  }
  return found;
}

function put(found: Words, key: string, text: string): void {
  if (key === "table") {
    const table = TABLES[text] ?? numberIn(text, { min: 1, max: MAX_U32 });
    if (table === undefined) found.wrong = `write the number of table ${text} from rt_tables`;
    else if (table !== 254 || found.value["rule"] === true) found.value[key] = table;
    else found.value["main"] = true;
    return;
  }
  const number = key === "metric" || key === "priority" || key === "mark";
  found.value[key] = number ? Number(text) : text;
}

const finish = (found: Words, value: Record<string, unknown>): ReadLine | Outcome => {
  if (found.wrong !== undefined) return lost(found.wrong);
  const remarks = found.remarks.join("; ");
  return { value, outcome: remarks === "" ? taken : changed(remarks) };
};

const ROUTE = {
  to: "to",
  via: "via",
  gw: "via",
  dev: "interface",
  src: "source",
  table: "table",
  metric: "metric",
  priority: "metric",
  preference: "metric",
} as const;

/** Words with one value that is left out with them. */
const MORE = new Set(
  (
    "scope tos mtu hoplimit advmss rtt rttvar reordering window cwnd ssthresh realms rto_min " +
    "initcwnd initrwnd features quickack pref encap track_group proto protocol " +
    "fastopen_no_cookie"
  ).split(" "),
);
const QUIET = new Set(["inet", "inet6", "no_track", "onlink", "append", "add"]);

export function readRoute(statement: Statement): ReadLine | Outcome {
  const { words } = statement;
  if (words.includes("nexthop")) return lost("a route of several ways: baton's have one");
  const plain = withoutMore(words);
  const found = readWords(plain.kept, ROUTE, (word, { value }) => {
    if (TYPES.has(word)) value["type"] = word;
    else if (word === "default" || parseIp(word.split("/")[0] ?? "") !== undefined) {
      value["to"] ??= word;
    } else return false;
    return true;
  });
  found.remarks.push(...plain.remarks);
  const { main: _, ...value } = found.value;
  const to = ANYWHERE.has(String(value["to"])) ? "default" : value["to"];
  if (to === undefined) return lost("names no destination");
  return finish(found, { ...value, to });
}

const ANYWHERE = new Set(["0.0.0.0/0", "::/0", "0/0"]);

function withoutMore(words: readonly string[]): { kept: string[]; remarks: string[] } {
  const kept: string[] = [];
  const remarks: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word === "no_track") remarks.push("a route that somebody takes is put back");
    else if (word === "or") remarks.push(`the second gateway ${words[++i]} is left out`);
    else if (MORE.has(word)) remarks.push(`${word} ${words[++i]} is left out`);
    else if (!QUIET.has(word)) kept.push(word);
  }
  return { kept, remarks };
}

const RULE = {
  from: "from",
  to: "to",
  iif: "interface",
  dev: "interface",
  fwmark: "mark",
  table: "table",
  lookup: "table",
  priority: "priority",
  preference: "priority",
  order: "priority",
} as const;

const STRANGE = new Set(
  (
    "not oif tos uidrange l3mdev goto sport dport ipproto ip_proto blackhole unreachable " +
    "prohibit nop tun_id realms"
  ).split(" "),
);

/** keepalived gives a rule without preference one from here on downwards. */
const PREFERENCE = 16_384;

/** `position` counts the rules of the instance. */
export function readRule(statement: Statement, position: number): ReadLine | Outcome {
  const { words } = statement;
  const strange = words.find((word) => STRANGE.has(word) || word.startsWith("suppress_"));
  if (strange !== undefined) return lost(`a rule of baton knows no ${strange}`);
  const plain = withoutMore(words);
  const found = readWords(plain.kept, RULE, () => false);
  found.remarks.push(...plain.remarks);
  const { main, ...value } = found.value;
  if (main === true) value["table"] = 254;
  if (value["table"] === undefined && found.wrong === undefined) found.wrong = "names no table";
  if (value["mark"] !== undefined && !Number.isInteger(value["mark"])) {
    found.wrong = "a mark with a mask is not known";
  }
  if (value["priority"] === undefined) {
    value["priority"] = PREFERENCE - position;
    found.remarks.push("keepalived chose a preference itself: see that this one fits");
  }
  for (const key of ["from", "to"]) if (value[key] === "all") delete value[key];
  if (words.includes("inet6")) value["family"] = "ipv6";
  else if (value["from"] === undefined && value["to"] === undefined) value["family"] = "ipv4";
  return finish(found, value);
}

/** What a ruleset does with a packet, as far as that can be told from outside. */
import { type FindSet, fits, matches, type Truth } from "./match.ts";
import { hooksOf, type Packet } from "./packet.ts";
import { type Chain, type Rule, type Ruleset, recordOf } from "./ruleset.ts";
import { ruleText } from "./text.ts";

export type Judgement =
  | { readonly kind: "passes" }
  /** `by`: the rule or the policy, in words. */
  | { readonly kind: "dropped"; readonly by: string; readonly chain: Chain }
  /** `unread`: the first rule whose conditions nobody can tell from outside. */
  | {
      readonly kind: "doubtful";
      readonly by: string;
      readonly unread: string;
      readonly chain: Chain;
    };

/** `next`: the rule after this one; `end`: back to where this chain was called. */
type Verdict = "accept" | "drop" | "next" | "end";

interface Outcome {
  readonly verdict: Verdict;
  readonly by: string;
}

/** More than this deep is a ring, which the kernel refuses. */
const MAX_DEPTH = 16;

/** Each base chain may drop it; what one accepts goes on to the next. */
export function judge(ruleset: Ruleset, packet: Packet): Judgement {
  let doubt: Judgement = { kind: "passes" };
  for (const chain of ruleset.chains.filter((one) => isMet(one, packet))) {
    const unread: string[] = [];
    const outcomes = walk(chain, { ruleset, packet, depth: 0, unread }).map((one) =>
      one.verdict === "end" ? policyOf(chain) : one,
    );
    const drop = outcomes.find(({ verdict }) => verdict === "drop");
    if (drop === undefined) continue;
    if (outcomes.every(({ verdict }) => verdict === "drop")) {
      return { kind: "dropped", by: drop.by, chain };
    }
    doubt = { kind: "doubtful", by: drop.by, unread: unread[0] ?? drop.by, chain };
  }
  return doubt;
}

const FAMILIES = { 4: ["ip", "inet", "netdev"], 6: ["ip6", "inet", "netdev"] } as const;

function isMet({ hook, type, family, device }: Chain, packet: Packet): boolean {
  if (hook === undefined || type !== "filter") return false;
  if (device !== undefined && device !== packet.interface) return false;
  const families: readonly string[] = FAMILIES[packet.family];
  return hooksOf(packet).includes(hook) && families.includes(family);
}

const policyOf = (chain: Chain): Outcome => ({
  verdict: chain.policy === "drop" ? "drop" : "accept",
  by: `the policy ${chain.policy} of chain ${nameOf(chain)}`,
});

export const nameOf = ({ family, table, name }: Chain): string => `${family} ${table} ${name}`;

interface Walk {
  readonly ruleset: Ruleset;
  readonly packet: Packet;
  readonly depth: number;
  /** Rules that could not be judged, collected on the way. */
  readonly unread: string[];
}

/** Everything that may come of it: one outcome where each rule could be judged; never `next`. */
function walk(chain: Chain, around: Walk): readonly Outcome[] {
  const possible: Outcome[] = [];
  for (const rule of chain.rules) {
    const outcomes = applied({ rule, chain, around });
    possible.push(...outcomes.filter(({ verdict }) => verdict !== "next"));
    if (!outcomes.some(({ verdict }) => verdict === "next")) return possible;
  }
  return [...possible, { verdict: "end", by: "" }];
}

interface Place {
  readonly rule: Rule;
  readonly chain: Chain;
  readonly around: Walk;
}

const NEXT: Outcome = { verdict: "next", by: "" };

/** They neither decide nor have a condition. */
const HARMLESS = new Set(["counter", "log", "mangle", "notrack", "ct helper", "set"]);

/** A rule's statements from left to right: conditions, then what becomes of the packet. */
function applied(place: Place): readonly Outcome[] {
  const sets = setsAt(place);
  let truth: Truth = true;
  for (const statement of place.rule.statements) {
    const [kind, value] = Object.entries(recordOf(statement) ?? {})[0] ?? [];
    if (kind === undefined) continue;
    if (kind === "match") {
      const holds = matches(value, place.around.packet, sets);
      if (holds === false) return [NEXT];
      if (holds === undefined) truth = undefined;
      continue;
    }
    const outcomes = kind === "vmap" ? mapped(value, place) : verdictOf(kind, value, place);
    if (outcomes !== undefined) {
      if (truth !== true) place.around.unread.push(wordsOf(place));
      return truth === true ? outcomes : [...outcomes, NEXT];
    }
    // A condition that is not known here, such as a limit.
    if (!HARMLESS.has(kind)) truth = undefined;
  }
  return [NEXT];
}

const wordsOf = ({ rule, chain }: Place): string =>
  `\`${ruleText(rule.statements)}\` (handle ${rule.handle}) in chain ${nameOf(chain)}`;

const setsAt =
  ({ chain, around }: Place): FindSet =>
  (name) =>
    around.ruleset.sets.get(`${chain.family} ${chain.table} ${name}`);

/** Undefined where the statement is no verdict. */
function verdictOf(kind: string, value: unknown, place: Place): readonly Outcome[] | undefined {
  const by = wordsOf(place);
  switch (kind) {
    case "accept":
      return [{ verdict: "accept", by }];
    case "drop":
    case "reject":
      return [{ verdict: "drop", by }];
    case "return":
      return [{ verdict: "end", by }];
    case "continue":
      return [NEXT];
    case "xt":
      return targetOf(value, place);
    case "queue":
      place.around.unread.push(by);
      return [{ verdict: "drop", by }, NEXT];
    case "jump":
      return called(value, place).map((one) => (one.verdict === "end" ? NEXT : one));
    case "goto":
      return called(value, place);
    default:
      return undefined;
  }
}

/** A target that iptables-nft keeps in its own form; a match is a condition that is not known. */
function targetOf(value: unknown, place: Place): readonly Outcome[] | undefined {
  const { type, name } = recordOf(value) ?? {};
  if (type !== "target") return undefined;
  const by = wordsOf(place);
  if (name === "REJECT" || name === "DROP") return [{ verdict: "drop", by }];
  if (typeof name === "string" && GOES_ON.test(name)) return [NEXT];
  place.around.unread.push(by);
  return [{ verdict: "drop", by }, NEXT];
}

/** Targets of xtables after which the next rule is looked at. */
const GOES_ON =
  /^(LOG|NFLOG|ULOG|AUDIT|(CONN)?(SEC)?MARK|CT|CLASSIFY|DSCP|TOS|TTL|HL|TCPMSS|SET|TRACE)$/;

function called(value: unknown, { chain, around }: Place): readonly Outcome[] {
  const name = recordOf(value)?.["target"];
  const target = around.ruleset.chains.find(
    (one) => one.family === chain.family && one.table === chain.table && one.name === name,
  );
  if (target === undefined || around.depth >= MAX_DEPTH) return [{ verdict: "end", by: "" }];
  return walk(target, { ...around, depth: around.depth + 1 });
}

/** `ct state vmap { established : accept, invalid : drop }`. */
function mapped(value: unknown, place: Place): readonly Outcome[] {
  const { key, data } = recordOf(value) ?? {};
  const sets = setsAt(place);
  const elements =
    typeof data === "string" ? sets(data.replace(/^@/, "")) : recordOf(data)?.["set"];
  const outcomes: Outcome[] = [];
  for (const element of Array.isArray(elements) ? elements : []) {
    const [when, verdict] = Array.isArray(element) ? (element as readonly unknown[]) : [];
    const fit = fits(key, when, place.around.packet, sets);
    if (fit === false) continue;
    const [kind = "", target] = Object.entries(recordOf(verdict) ?? {})[0] ?? [];
    outcomes.push(...(verdictOf(kind, target, place) ?? []));
    if (fit === true) return outcomes;
  }
  return [...outcomes, NEXT];
}

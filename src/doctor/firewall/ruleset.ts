/** The rules of nftables as `nft -j list ruleset` prints them (libnftables-json(5)). */

export interface Chain {
  /** `ip`, `ip6`, `inet`, `netdev` … */
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** Base chains alone have one. */
  readonly hook: string | undefined;
  /** `filter`, `nat`, `route`. */
  readonly type: string | undefined;
  /** A chain without a word of its own lets through. */
  readonly policy: string;
  readonly device: string | undefined;
  readonly rules: readonly Rule[];
}

export interface Rule {
  readonly handle: number;
  readonly statements: readonly unknown[];
}

export interface Ruleset {
  readonly chains: readonly Chain[];
  /** Elements of named sets and maps by `FAMILY TABLE NAME`. */
  readonly sets: ReadonlyMap<string, readonly unknown[]>;
}

export const NO_RULES: Ruleset = { chains: [], sets: new Map() };

/** Undefined where the text is not what nft prints. */
export function parseRuleset(text: string): Ruleset | undefined {
  const data = jsonOf(text);
  const list = recordOf(data)?.["nftables"];
  if (!Array.isArray(list)) return undefined;
  const items: readonly unknown[] = list;
  const each = (kind: string): readonly Fields[] =>
    items.map((item) => recordOf(recordOf(item)?.[kind])).filter((one) => one !== undefined);
  const rules = each("rule");
  return {
    chains: each("chain").map((chain) => chainOf(chain, rules)),
    sets: new Map(
      [...each("set"), ...each("map")].map((set) => [
        `${textOf(set["family"])} ${textOf(set["table"])} ${textOf(set["name"])}`,
        Array.isArray(set["elem"]) ? set["elem"] : [],
      ]),
    ),
  };
}

function chainOf(chain: Fields, rules: readonly Fields[]): Chain {
  const { family, table, name, hook, type, policy, dev } = chain;
  const own = rules.filter(
    (rule) => rule["family"] === family && rule["table"] === table && rule["chain"] === name,
  );
  return {
    family: textOf(family),
    table: textOf(table),
    name: textOf(name),
    hook: optional(hook),
    type: optional(type),
    policy: optional(policy) ?? "accept",
    device: optional(dev),
    rules: own.map((rule) => ({
      handle: Number(rule["handle"]),
      statements: Array.isArray(rule["expr"]) ? rule["expr"] : [],
    })),
  };
}

type Fields = Readonly<Record<string, unknown>>;

export const recordOf = (value: unknown): Fields | undefined =>
  value !== null && typeof value === "object" && !Array.isArray(value)
    ? (value as Fields)
    : undefined;

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const optional = (value: unknown): string | undefined =>
  typeof value === "string" ? value : undefined;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

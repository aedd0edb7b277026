/** `real = ADDRESS[->ADDRESS][:PORT] gate|masq|ipip [WEIGHT] ["REQUEST","RECEIVE"] [l:N] [u:N]`. */
import type { Ip } from "../../../base/ip.ts";
import { parseEndpoint } from "../../endpoint.ts";
import { expandRange } from "../../ranges.ts";

export interface Real {
  readonly addresses: readonly Ip[];
  /** Undefined: the service's. */
  readonly port: number | undefined;
  readonly forward: "dr" | "nat" | "tunnel";
  readonly weight: number | undefined;
  readonly request: string | undefined;
  readonly receive: string | undefined;
  readonly upper: number | undefined;
  readonly lower: number | undefined;
}

const FORWARDS: Readonly<Record<string, Real["forward"]>> = {
  gate: "dr",
  masq: "nat",
  ipip: "tunnel",
};

/** A text says what is wrong. */
export function readReal(value: string): Real | string {
  const quoted = [...value.matchAll(/"([^"]*)"/g)].map(([, text]) => text);
  const [where = "", ...options] = value
    .replaceAll(/,?\s*"[^"]*"/g, " ")
    .trim()
    .split(/[\s,]+/);
  const target = targetOf(where);
  if (typeof target === "string") return target;
  const forward = options.map((word) => FORWARDS[word]).find((found) => found !== undefined);
  const number = (shape: RegExp): number | undefined => {
    const found = options.map((word) => shape.exec(word)?.[1]).find((text) => text !== undefined);
    return found === undefined ? undefined : Number(found);
  };
  const strange = options.find((word) => !/^(gate|masq|ipip|[lu]:\d+|\d+)$/.test(word));
  if (strange !== undefined) return `${strange} is not understood`;
  return {
    ...target,
    forward: forward ?? "nat",
    weight: number(/^(\d+)$/),
    request: quoted[0],
    receive: quoted[1],
    lower: number(/^l:(\d+)$/),
    upper: number(/^u:(\d+)$/),
  };
}

type Target = Pick<Real, "addresses" | "port">;

function targetOf(where: string): Target | string {
  const [first = "", last] = where.split("->");
  const end = parseEndpoint(last ?? first);
  if ("complaint" in end) return end.complaint.message;
  const { address, port } = end.value;
  if (last === undefined) return { addresses: [address], port };
  const addresses = expandRange(`${first}-${address}`);
  return addresses ? { addresses, port } : `${where} is no range`;
}

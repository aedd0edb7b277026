/** Which directors there are: by what the operator says, what the files say, or as a guess. */
import { type Ip, parseIp } from "../../base/ip.ts";
import type { Statement } from "./types.ts";
import { freeName, plainName } from "./values.ts";

/** A director, as far as it is known. */
export interface Self {
  readonly name: string;
  readonly address: Ip | undefined;
}

/** What one file says of its own director, and of the others. */
export interface Hints {
  readonly name: string | undefined;
  readonly own: readonly Ip[];
  readonly peers: readonly Ip[];
  readonly peerName?: string;
  /** There is no other director. */
  readonly alone?: boolean;
}

/** One for each reading, in their order; then the peers that have no file. */
export function directorsOf(hints: readonly Hints[], said: readonly Self[]): readonly Self[] {
  const names = new Set<string>();
  const fresh = (wanted: string): string => {
    const name = freeName(wanted, (one) => names.has(one));
    names.add(name);
    return name;
  };
  const shared = new Set(hints.map(({ name }) => name)).size < hints.length;
  const own = hints.map((hint, i): Self => {
    const given = said[i];
    const usual = hint.name === undefined || shared ? `lb${i + 1}` : plainName(hint.name);
    const known = hint.own[0] ?? otherEnd(hints, i);
    return { name: fresh(given?.name ?? usual), address: given?.address ?? known };
  });
  const found = new Set(own.flatMap(({ address }) => (address === undefined ? [] : [address])));
  const strangers = [...new Set(hints.flatMap(({ peers }) => peers))].filter(
    (peer) => !found.has(peer) && !hints.some((hint) => hint.own.includes(peer)),
  );
  const rest = said.slice(own.length);
  const [first] = hints;
  const alone = own.length > 1 || first?.alone === true;
  const count = Math.max(rest.length, alone ? 0 : strangers.length);
  const others = Array.from({ length: count }, (_, i): Self => {
    const name = fresh(rest[i]?.name ?? first?.peerName ?? `lb${own.length + i + 1}`);
    return { name, address: rest[i]?.address ?? strangers[i] };
  });
  return [...own, ...others];
}

/** Where the other one of two files sends to. */
function otherEnd(hints: readonly Hints[], index: number): Ip | undefined {
  if (hints.length !== 2) return undefined;
  return hints[1 - index]?.peers[0];
}

/** Addresses that the first word, or the word after a keyword, of some statements names. */
export const addressesIn = (statements: readonly Statement[], index: number): readonly Ip[] =>
  statements.flatMap(({ words }) => parseIp(words[index] ?? "") ?? []);

/** Statements with a keyword, at any depth. */
export function findAll(statements: readonly Statement[], ...keywords: string[]): Statement[] {
  return statements.flatMap((one) => [
    ...(keywords.includes(one.words[0] ?? "") ? [one] : []),
    ...findAll(one.block ?? [], ...keywords),
  ]);
}

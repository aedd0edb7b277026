/** Finds who answered for an address, and whose hardware address that is. */
import type { Ip } from "../../base/ip.ts";
import type { Looked, Pair } from "../facts.ts";

/** Undefined: nobody asked. */
export const answersFor = (
  address: Ip,
  link: string,
  { facts }: Pair,
): Looked<readonly string[]> | undefined =>
  facts.answers.find((one) => one.address === address && one.interface === link)?.macs;

export type Owner =
  | { readonly kind: "director"; readonly name: string }
  | { readonly kind: "server"; readonly address: Ip; readonly service: string }
  /** By the neighbour cache, if that knows it. */
  | { readonly kind: "stranger"; readonly addresses: readonly Ip[] };

/** By whom else the same hardware address answered. */
export function ownerOf(mac: string, pair: Pair): Owner {
  const { config, facts } = pair;
  const addresses = facts.answers.flatMap(({ address, macs }) =>
    macs.kind === "seen" && macs.value.includes(mac) ? [address] : [],
  );
  for (const { name, paths } of config.directors) {
    if (paths.some(({ address }) => addresses.includes(address))) return { kind: "director", name };
  }
  for (const { name, servers } of config.services) {
    const server = servers.find(({ address }) => addresses.includes(address));
    if (server) return { kind: "server", address: server.address, service: name };
  }
  const cached = facts.neighbours.filter((one) => one.mac === mac);
  return { kind: "stranger", addresses: cached.map(({ address }) => address) };
}

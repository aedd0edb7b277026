/** This host's links and addresses, kept up with the kernel's notifications. */
import type { Ip } from "../base/ip.ts";
import { type Millis, ms } from "../base/units.ts";
import { type HostAddress, type NetworkChange, openRtnl, type Rtnl } from "../os/rtnl.ts";
import type { Link } from "../wire/rtnl/link.ts";
import { lookEvery } from "./rounds.ts";

export interface Network {
  readonly rtnl: Rtnl;
  links(): readonly Link[];
  link(name: string): Link | undefined;
  addresses(): readonly HostAddress[];
  has(address: Ip): boolean;
  /** Reads everything anew: at the start, and when the kernel dropped notifications. */
  refresh(): Promise<void>;
  close(): void;
}

const OVERRUN_CHECK: Millis = ms(1000);

/** `onChange` is called after each change, with what changed where it is known. */
export async function watchNetwork(
  onChange: (change: NetworkChange | undefined) => void,
  onError: (error: Error) => void,
): Promise<Network> {
  const rtnl = openRtnl();
  const links = new Map<number, Link>();
  let addresses: readonly HostAddress[] = [];
  const refresh = async (): Promise<void> => {
    const [found, all] = await Promise.all([rtnl.links(), rtnl.addresses()]);
    links.clear();
    for (const link of found) links.set(link.index, link);
    addresses = all;
  };
  const apply = (change: NetworkChange): void => {
    switch (change.kind) {
      case "linkChanged":
        addresses = underName(addresses, change.link);
        links.set(change.link.index, change.link);
        break;
      case "linkRemoved":
        links.delete(change.link.index);
        addresses = addresses.filter(({ index }) => index !== change.link.index);
        break;
      case "addressAdded":
        addresses = [
          ...addresses.filter((one) => !sameAddress(one, change.address)),
          change.address,
        ];
        break;
      case "addressRemoved":
        addresses = addresses.filter((one) => !sameAddress(one, change.address));
        break;
    }
    onChange(change);
  };
  const watch = await rtnl.watch(apply, onError);
  await refresh();
  let overruns = watch.overruns();
  const endRounds = lookEvery(OVERRUN_CHECK, () => {
    const found = watch.overruns();
    if (found === overruns) return;
    overruns = found;
    refresh().then(() => onChange(undefined), onError);
  });
  return {
    rtnl,
    links: () => [...links.values()],
    link: (name) => [...links.values()].find((link) => link.name === name),
    addresses: () => addresses,
    has: (wanted) => addresses.some(({ address }) => address === wanted),
    refresh,
    close: () => {
      endRounds();
      watch.close();
      rtnl.close();
    },
  };
}

/** A link that is renamed keeps its addresses. */
const underName = (
  addresses: readonly HostAddress[],
  { index, name }: Link,
): readonly HostAddress[] =>
  addresses.map((one) =>
    one.index === index && one.interface !== name ? { ...one, interface: name } : one,
  );

const sameAddress = (a: HostAddress, b: HostAddress): boolean =>
  a.index === b.index && a.address === b.address && a.prefix === b.prefix;

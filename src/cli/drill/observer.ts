/** Watches VIPs from this host: on its own interfaces by the kernel, elsewhere by asking. */
import { BatonError } from "../../base/errors.ts";
import { type Answers, watchAnswers } from "../../os/answers.ts";
import { readNeighbourCache } from "../../os/neighbours.ts";
import { type NetworkWatch, openRtnl } from "../../os/rtnl.ts";
import { namesOf, type PeerAddresses, probeLink, type WireVip } from "../wire.ts";
import { type Hold, localHolds, type Presence, remoteHolds, type Window } from "./timeline.ts";

/** A gap is measured no more exactly than to twice this. */
export const ASK_EVERY_MS = 5;
/** Each costs 200 questions a second on its network. */
const MAX_WATCHED = 4;
/** An answer that is older says nothing of now. */
const FRESH_MS = 10 * ASK_EVERY_MS;

export interface Observer {
  readonly vips: readonly string[];
  /** Who holds the VIP at this moment; `self` for this host. */
  holders(vip: string): readonly string[];
  /** Everything that was seen of it within the window. */
  holds(vip: string, window: Window): readonly Hold[];
  close(): void;
}

interface Watched {
  readonly name: string;
  readonly vip: WireVip;
  readonly initially: boolean;
  readonly changes: Presence[];
  readonly answers: Answers;
}

export interface ObserverOptions {
  /** What this host is called in the record. */
  readonly self: string;
  readonly vips: readonly WireVip[];
  readonly peers: PeerAddresses;
}

export async function observe({ self, vips, peers }: ObserverOptions): Promise<Observer> {
  const rtnl = openRtnl();
  const watched: Watched[] = [];
  let watch: NetworkWatch | undefined;
  const close = (): void => {
    for (const { answers } of watched) answers.close();
    watch?.close();
    rtnl.close();
  };
  try {
    // Subscribed before it is read: nothing falls between.
    watch = await rtnl.watch((change) => {
      if (change.kind !== "addressAdded" && change.kind !== "addressRemoved") return;
      const { address, interface: link } = change.address;
      const present = change.kind === "addressAdded";
      const one = watched.find(({ vip }) => vip.address === address && vip.interface === link);
      one?.changes.push({ present, at: performance.now() });
    });
    const links = await rtnl.links();
    const names = namesOf(await readNeighbourCache(rtnl), peers);
    const here = await rtnl.addresses();
    for (const vip of vips.slice(0, MAX_WATCHED)) {
      const link = probeLink(vip.interface, links);
      if (typeof link === "string") throw unwatchable(vip, link);
      watched.push({
        name: `${vip.address} on ${vip.interface}`,
        vip,
        initially: here.some((a) => a.address === vip.address && a.interface === vip.interface),
        changes: [],
        answers: watchAnswers(vip.address, link, ASK_EVERY_MS),
      });
    }
    return observer(watched, { self, names, close });
  } catch (error) {
    close();
    throw error;
  }
}

const unwatchable = ({ address }: WireVip, why: string): BatonError =>
  new BatonError("BATON_REFUSED", `${address} can not be watched: ${why}`);

interface Named {
  readonly self: string;
  readonly names: ReadonlyMap<string, string>;
  readonly close: () => void;
}

function observer(watched: readonly Watched[], { self, names, close }: Named): Observer {
  const find = (name: string): Watched => {
    const one = watched.find((each) => each.name === name);
    if (!one) throw new TypeError(`${name} is not watched`);
    return one;
  };
  const called = (mac: string): string => names.get(mac) ?? mac;
  return {
    vips: watched.map(({ name }) => name),
    holders: (name) => {
      const { initially, changes, answers } = find(name);
      const here = changes.at(-1)?.present ?? initially;
      const since = performance.now() - FRESH_MS;
      const others = answers.answers.filter(({ at }) => at >= since).map(({ mac }) => called(mac));
      return [...(here ? [self] : []), ...new Set(others)];
    },
    holds: (name, window) => {
      const { initially, changes, answers } = find(name);
      const holders = new Set(answers.answers.map(({ mac }) => mac));
      return [
        ...localHolds(self, { initially, changes }, window),
        ...[...holders].flatMap((holder) => remoteOf(answers, holder, { called, window })),
      ].sort((a, b) => a.from - b.from);
    },
    close,
  };
}

function remoteOf(
  { questions, answers }: Answers,
  holder: string,
  { called, window }: { called: (mac: string) => string; window: Window },
): readonly Hold[] {
  const its = answers.filter(({ mac }) => mac === holder).map(({ at }) => at);
  return remoteHolds(called(holder), { questions, answers: its }, window);
}

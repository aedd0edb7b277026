/** Links, addresses and neighbours of this host: reading, changing, watching. */
import type { Cidr } from "../base/ip.ts";
import type { NetlinkMessage } from "../wire/netlink/message.ts";
import { NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE } from "../wire/netlink/message.ts";
import {
  decodeAddress,
  encodeAddAddress,
  encodeGetAddresses,
  encodeRemoveAddress,
  type LinkAddress,
  type NewAddress,
  RTM_DELADDR,
  RTM_GETADDR,
  RTM_NEWADDR,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV6_IFADDR,
} from "../wire/rtnl/address.ts";
import {
  decodeLink,
  encodeGetLinks,
  encodeNewMacvlan,
  encodeRemoveLink,
  encodeSwitchLink,
  type Link,
  type NewMacvlan,
  RTM_DELLINK,
  RTM_GETLINK,
  RTM_NEWLINK,
  RTNLGRP_LINK,
} from "../wire/rtnl/link.ts";
import {
  decodeNeighbourEntry,
  encodeGetNeighbours,
  type Neighbour,
  RTM_GETNEIGH,
} from "../wire/rtnl/neighbour.ts";
import {
  encodeRoute,
  encodeRule,
  type NewRoute,
  type NewRule,
  RTM_DELROUTE,
  RTM_DELRULE,
  RTM_NEWROUTE,
  RTM_NEWRULE,
} from "../wire/rtnl/route.ts";
import { type NetlinkRequest, type NetlinkSocket, openNetlink } from "./netlink.ts";

const NETLINK_ROUTE = 0;
const ENODEV = 19;
const EADDRNOTAVAIL = 99;

/** An address with the name of its link. */
export interface HostAddress extends LinkAddress {
  readonly interface: string;
}

/** A notification of the kernel's. */
export type NetworkChange =
  | { readonly kind: "linkChanged"; readonly link: Link }
  | { readonly kind: "linkRemoved"; readonly link: Link }
  | { readonly kind: "addressAdded"; readonly address: HostAddress }
  | { readonly kind: "addressRemoved"; readonly address: HostAddress };

export interface Rtnl {
  links(): Promise<readonly Link[]>;
  addresses(): Promise<readonly HostAddress[]>;
  neighbours(): Promise<readonly Neighbour[]>;
  /** An errno each: 0 where the address was added, EEXIST where it was there already. */
  addAddresses(addresses: readonly NewAddress[]): Promise<readonly number[]>;
  /** An errno each, 0 where the address is gone now, whoever took it. */
  removeAddresses(
    addresses: readonly (Cidr & { readonly index: number })[],
  ): Promise<readonly number[]>;
  /** An errno each; EEXIST where it stands already. */
  addRouting(items: readonly Routing[]): Promise<readonly number[]>;
  /** What is not there is gone as well. Only what this program made is ever taken. */
  removeRouting(items: readonly Routing[]): Promise<void>;
  /** 0, or an errno; EEXIST where a link of this name is there already. */
  changeLink(change: LinkChange): Promise<number>;
  /** Calls back from now on, once for each change; a link that appears is a changed one. */
  watch(
    onChange: (change: NetworkChange) => void,
    onError?: (error: Error) => void,
  ): Promise<NetworkWatch>;
  close(): void;
}

export type LinkChange =
  | { readonly kind: "add"; readonly link: NewMacvlan }
  | { readonly kind: "switch"; readonly index: number; readonly up: boolean }
  | { readonly kind: "remove"; readonly index: number };

export type Routing =
  | { readonly kind: "route"; readonly route: NewRoute }
  | { readonly kind: "rule"; readonly rule: NewRule };

export interface NetworkWatch {
  /** Grows when changes were lost: read everything anew then. */
  overruns(): number;
  close(): void;
}

export function openRtnl(): Rtnl {
  const socket = openNetlink({ protocol: NETLINK_ROUTE });
  const links = async (): Promise<readonly Link[]> =>
    (await dump(socket, RTM_GETLINK, encodeGetLinks())).flatMap((m) => some(decodeLink(m.payload)));
  return {
    links,
    addresses: async () => {
      const replies = await dump(socket, RTM_GETADDR, encodeGetAddresses());
      const names = namesOf(await links());
      return replies.flatMap(({ payload }) => some(named(decodeAddress(payload), names)));
    },
    neighbours: async () => {
      const replies = await dump(socket, RTM_GETNEIGH, encodeGetNeighbours());
      return replies.flatMap(({ payload }) => some(decodeNeighbourEntry(payload)));
    },
    addAddresses: (addresses) => socket.batch(addresses.map(addition)),
    removeAddresses: async (addresses) => {
      const errnos = await socket.batch(addresses.map(removal));
      return errnos.map((errno) => (errno === EADDRNOTAVAIL || errno === ENODEV ? 0 : errno));
    },
    addRouting: (items) => socket.batch(items.map((item) => routing(item, true))),
    removeRouting: async (items) => {
      await socket.batch(items.map((item) => routing(item, false)));
    },
    changeLink: async (change) => (await socket.batch([linkRequest(change)]))[0] ?? 0,
    watch: (onChange, onError) => watch(links, onChange, onError),
    close: () => socket.close(),
  };
}

const dump = (
  socket: NetlinkSocket,
  type: number,
  payload: Uint8Array,
): Promise<readonly NetlinkMessage[]> => socket.request({ type, flags: NLM_F_DUMP, payload });

/** A lease is renewed by adding it again, so the kernel must replace what stands there. */
const addition = (address: NewAddress): NetlinkRequest => ({
  type: RTM_NEWADDR,
  flags: NLM_F_CREATE | (address.validSeconds === undefined ? NLM_F_EXCL : NLM_F_REPLACE),
  payload: encodeAddAddress(address),
});

function linkRequest(change: LinkChange): NetlinkRequest {
  switch (change.kind) {
    case "add": {
      const flags = NLM_F_CREATE | NLM_F_EXCL;
      return { type: RTM_NEWLINK, flags, payload: encodeNewMacvlan(change.link) };
    }
    case "switch":
      return { type: RTM_NEWLINK, flags: 0, payload: encodeSwitchLink(change.index, change.up) };
    case "remove":
      return { type: RTM_DELLINK, flags: 0, payload: encodeRemoveLink(change.index) };
  }
}

function routing(item: Routing, add: boolean): NetlinkRequest {
  const flags = add ? NLM_F_CREATE | NLM_F_EXCL : 0;
  if (item.kind === "route") {
    const type = add ? RTM_NEWROUTE : RTM_DELROUTE;
    return { type, flags, payload: encodeRoute(item.route) };
  }
  return { type: add ? RTM_NEWRULE : RTM_DELRULE, flags, payload: encodeRule(item.rule) };
}

const removal = (address: Cidr & { readonly index: number }): NetlinkRequest => ({
  type: RTM_DELADDR,
  flags: 0,
  payload: encodeRemoveAddress(address),
});

async function watch(
  links: () => Promise<readonly Link[]>,
  onChange: (change: NetworkChange) => void,
  onError: ((error: Error) => void) | undefined,
): Promise<NetworkWatch> {
  const names = new Map<number, string>();
  const socket = openNetlink({
    protocol: NETLINK_ROUTE,
    groups: [RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR],
    onNotification: (message) => {
      const change = changeOf(message, names);
      if (change) onChange(change);
    },
    ...(onError && { onError }),
  });
  // Subscribed first and read second: nothing falls between, and a name that was heard is newer.
  for (const [index, name] of namesOf(await links())) {
    if (!names.has(index)) names.set(index, name);
  }
  return { overruns: () => socket.overruns(), close: () => socket.close() };
}

function changeOf(message: NetlinkMessage, names: Map<number, string>): NetworkChange | undefined {
  switch (message.type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: {
      const link = decodeLink(message.payload);
      if (!link) return undefined;
      if (message.type === RTM_DELLINK) names.delete(link.index);
      else names.set(link.index, link.name);
      return { kind: message.type === RTM_DELLINK ? "linkRemoved" : "linkChanged", link };
    }
    case RTM_NEWADDR:
    case RTM_DELADDR: {
      const address = named(decodeAddress(message.payload), names);
      if (!address) return undefined;
      return { kind: message.type === RTM_NEWADDR ? "addressAdded" : "addressRemoved", address };
    }
    default:
      return undefined;
  }
}

const namesOf = (links: readonly Link[]): Map<number, string> =>
  new Map(links.map(({ index, name }) => [index, name]));

/** A link without a name vanished between two answers; its addresses went with it. */
function named(
  address: LinkAddress | undefined,
  names: ReadonlyMap<number, string>,
): HostAddress | undefined {
  return address && { ...address, interface: names.get(address.index) ?? "" };
}

const some = <T>(value: T | undefined): readonly T[] => (value === undefined ? [] : [value]);

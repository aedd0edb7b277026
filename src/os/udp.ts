/** Heartbeat sockets: one a path, bound to the path's own address. */
import { createSocket, type Socket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { BatonError } from "../base/errors.ts";
import { type Family, familyOf, type Ip, isLinkLocal, parseIp } from "../base/ip.ts";
import { fromNeighboursOnly } from "./bpf.ts";
import { udpPortHolder } from "./port-holder.ts";
import { internetAddress } from "./sockaddr.ts";
import { asNeighbour, IP_LEVEL } from "./socket-options.ts";
import {
  attachFilter,
  bind,
  bindToDevice,
  closeFd,
  growReceiveBuffer,
  openSocket,
  receiveDrops,
  SYS,
  SysError,
  setOption,
} from "./sys.ts";

const RECEIVE_BUFFER = 1024 * 1024;
const IPV6_V6ONLY = 26;
/** Datagrams that wait for the kernel; beyond this, new ones are dropped and counted. */
const MAX_WAITING = 256;

export interface PathOptions {
  /** The director's own address on this path; datagrams leave from it. */
  readonly address: Ip;
  readonly port: number;
  readonly path: number;
  /** The link, which multicast and link-local addresses need. */
  readonly interface?: string;
  /** Also listen to this group on the link. */
  readonly group?: Ip;
}

export interface Arrival {
  readonly from: Ip;
  readonly port: number;
  readonly path: number;
}

export interface HeartbeatPath {
  /** Never throws: what cannot be sent is counted. */
  send(bytes: Uint8Array, to: Ip): void;
  /** Code (`ENETUNREACH`) → how often. */
  errors(): ReadonlyMap<string, number>;
  /** What the kernel dropped: the buffer was full, or the time to live was not 255. */
  drops(): number;
  close(): void;
}

export type OnDatagram = (bytes: Uint8Array, arrival: Arrival) => void;

/** Rejects with a BatonError that says what was in the way. */
export async function openPath(
  options: PathOptions,
  onDatagram: OnDatagram,
): Promise<HeartbeatPath> {
  try {
    return new Path(options, onDatagram);
  } catch (error) {
    throw error instanceof SysError ? await explain(error, options) : error;
  }
}

class Path implements HeartbeatPath {
  readonly #options: PathOptions;
  readonly #onDatagram: OnDatagram;
  readonly #errors = new Map<string, number>();
  readonly #fds: number[] = [];
  readonly #sockets: Socket[] = [];
  #waiting = 0;
  #open = true;
  /** The sender of the last datagram, as the kernel's text and as an address: seldom another one. */
  #sender: { readonly text: string; readonly from: Ip | undefined } | undefined;

  constructor(options: PathOptions, onDatagram: OnDatagram) {
    this.#options = options;
    this.#onDatagram = onDatagram;
    try {
      const own = this.#listen(options.address);
      if (options.group !== undefined) this.#join(own, options.group);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  send(bytes: Uint8Array, to: Ip): void {
    const socket = this.#sockets[0];
    if (!socket || !this.#open || this.#waiting >= MAX_WAITING) return this.#count("EAGAIN");
    try {
      this.#waiting++;
      socket.send(bytes, this.#options.port, this.#zoned(to), (error) => {
        this.#waiting--;
        if (error) this.#count(codeOf(error));
      });
    } catch (error) {
      this.#waiting--;
      this.#count(codeOf(error));
    }
  }

  errors(): ReadonlyMap<string, number> {
    return this.#errors;
  }

  drops(): number {
    return this.#open ? this.#fds.reduce((sum, fd) => sum + receiveDrops(fd), 0) : 0;
  }

  close(): void {
    this.#open = false;
    for (const socket of this.#sockets.splice(0)) socket.close();
  }

  /** The group has a socket of its own, so that the sender's address is always the path's. */
  #join(own: Socket, group: Ip): void {
    const { address, interface: link } = this.#options;
    const by = familyOf(group) === 4 ? address : `::%${link ?? ""}`;
    own.setMulticastInterface(by);
    this.#listen(group).addMembership(group, by);
  }

  /** Filtered before it is bound, so nothing slips in between. */
  #listen(address: Ip): Socket {
    const family = familyOf(address);
    const fd = openSocket(family === 4 ? SYS.AF_INET : SYS.AF_INET6, SYS.SOCK_DGRAM, 0);
    let socket: Socket;
    try {
      this.#prepare(fd, address, family);
      socket = createSocket({ type: `udp${family}`, lookup: alreadyNumeric });
      socket.on("error", (error) => this.#count(codeOf(error)));
      socket.on("message", (bytes, { address: from, port }) => this.#received(bytes, from, port));
      socket.bind({ fd });
    } catch (error) {
      closeFd(fd);
      throw error;
    }
    this.#fds.push(fd);
    this.#sockets.push(socket);
    // libuv allows sharing the port on every socket that it is given.
    setOption(fd, SYS.SOL_SOCKET, SYS.SO_REUSEADDR, 0);
    return socket;
  }

  #prepare(fd: number, address: Ip, family: Family): void {
    const { port, interface: link, group } = this.#options;
    if (family === 6) setOption(fd, IP_LEVEL[family], IPV6_V6ONLY, 1);
    attachFilter(fd, fromNeighboursOnly(family));
    growReceiveBuffer(fd, RECEIVE_BUFFER);
    asNeighbour(fd, family);
    // Several paths may listen to one group, each on its link.
    if (address === group && link !== undefined) bindToDevice(fd, link);
    const zone = isLinkLocal(address) ? { scope: scopeOf(link) } : {};
    bind(fd, internetAddress({ address, port, ...zone }));
  }

  #received(bytes: Uint8Array, text: string, port: number): void {
    if (this.#sender?.text !== text) this.#sender = { text, from: parseIp(withoutZone(text)) };
    const { from } = this.#sender;
    if (from === undefined) return this.#count("address");
    this.#onDatagram(bytes, { from, port, path: this.#options.path });
  }

  #zoned(to: Ip): string {
    const link = this.#options.interface;
    return link !== undefined && familyOf(to) === 6 && needsZone(to) ? `${to}%${link}` : to;
  }

  #count(code: string): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
  }
}

const withoutZone = (text: string): string => text.replace(/%.*$/, "");

const needsZone = (address: Ip): boolean => isLinkLocal(address) || address.startsWith("ff02:");

/** Addresses are numeric here; the resolver is never asked. */
function alreadyNumeric(
  host: string,
  _options: unknown,
  callback: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  callback(null, host, host.includes(":") ? 6 : 4);
}

function scopeOf(link: string | undefined): number {
  const addresses = link === undefined ? undefined : networkInterfaces()[link];
  const scopes = (addresses ?? []).map((entry) => (entry.family === "IPv6" ? entry.scopeid : 0));
  return scopes.find((scope) => scope > 0) ?? 0;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : "unknown";

async function explain(error: SysError, options: PathOptions): Promise<Error> {
  const { address, port } = options;
  const wanted = `the heartbeat's port ${port} on ${address}`;
  switch (error.code) {
    case "EADDRINUSE": {
      const holder = await udpPortHolder(address, port);
      const by = holder === undefined ? "another program" : holder;
      return new BatonError("BATON_PORT", `${wanted} is held by ${by}`, { cause: error });
    }
    case "EADDRNOTAVAIL":
      return new BatonError("BATON_IDENTITY", absent(address), { cause: error });
    case "EACCES":
    case "EPERM":
      return new BatonError("BATON_ROOT", `${wanted} was refused`, { cause: error });
    default:
      return new BatonError("BATON_KERNEL", `${wanted}: ${error.message}`, { cause: error });
  }
}

/** What was sought, and what was found where. */
function absent(address: Ip): string {
  const found = Object.entries(networkInterfaces()).flatMap(([link, entries]) =>
    (entries ?? []).map((entry) => ({ link, address: parseIp(entry.address) ?? entry.address })),
  );
  const here = found.find((entry) => entry.address === address);
  if (here) return `${address} is on ${here.link}, but not usable yet (tentative, or a duplicate)`;
  const list = found
    .filter((entry) => entry.link !== "lo")
    .map((entry) => `${entry.address} (${entry.link})`)
    .join(", ");
  return `${address} is no address of this host, which has ${list === "" ? "none" : list}`;
}

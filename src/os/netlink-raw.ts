/** The netlink package's raw socket, made safe: as it comes, an overflow ends the process. */
import { readdirSync } from "node:fs";
import { RawNetlinkSocket } from "netlink/dist/raw.js";
import { BatonError } from "../base/errors.ts";
import {
  getOption,
  growReceiveBuffer,
  receiveDrops,
  SYS,
  setOption,
  socketAddress,
  trySetOption,
} from "./sys.ts";

const AF_NETLINK = 16;
const SOL_NETLINK = 270;
/** An overflow drops messages and is counted, instead of being an error of the next read. */
const NETLINK_NO_ENOBUFS = 5;
/** A refusal repeats the request's header only: a burst of them must fit the receive buffer. */
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const SO_PROTOCOL = 38;
const RECEIVE_BUFFER = 4 * 1024 * 1024;
const SEND_BUFFER = 256 * 1024;

export interface SafeRawOptions {
  readonly protocol: number;
  readonly groups: readonly number[];
  /** One datagram of the kernel's. */
  readonly onDatagram: (bytes: Uint8Array, multicast: boolean) => void;
  readonly onError: (error: Error) => void;
}

/** A raw socket whose listeners cannot throw into native code. */
export interface SafeRaw {
  readonly port: number;
  send(messages: readonly Uint8Array[], done: (error: Error | undefined) => void): void;
  drops(): number;
  ref(): void;
  unref(): void;
  close(): void;
}

export function openSafeRaw(options: SafeRawOptions): SafeRaw {
  const raw = new RawNetlinkSocket(options.protocol, {
    recvBufferSize: SEND_BUFFER,
    sendBufferSize: SEND_BUFFER,
  });
  const { port } = raw.address();
  const guarded = guard(options.onError);
  raw.on("error", guarded(options.onError));
  raw.on(
    "message",
    guarded((bytes, info) => {
      if (info.port === 0) options.onDatagram(bytes, info.groups !== 0);
    }),
  );
  try {
    const fd = descriptorOf(options.protocol, port);
    makeSafe(fd);
    for (const group of options.groups) raw.addMembership(group);
    return wrap(raw, { port, fd }, guarded);
  } catch (error) {
    raw.close();
    throw error;
  }
}

type Guard = <A extends unknown[]>(listener: (...args: A) => void) => (...args: A) => void;

/** What a listener throws would leave native code as a C++ exception, and abort. */
const guard =
  (onError: (error: Error) => void): Guard =>
  (listener) =>
  (...args) => {
    try {
      listener(...args);
    } catch (error) {
      try {
        onError(error instanceof Error ? error : new Error(String(error)));
      } catch {
        // Nobody is left to tell.
      }
    }
  };

function wrap(
  raw: RawNetlinkSocket,
  socket: { port: number; fd: number },
  guarded: Guard,
): SafeRaw {
  let open = true;
  return {
    port: socket.port,
    send: (messages, done) => raw.send([...messages], {}, guarded(done)),
    drops: () => (open ? receiveDrops(socket.fd) : 0),
    ref: () => open && raw.ref(),
    unref: () => open && raw.unref(),
    close: () => {
      if (!open) return;
      open = false;
      raw.close();
    },
  };
}

/** Before it joins any group: nothing can overflow yet. */
function makeSafe(fd: number): void {
  setOption(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, 1);
  trySetOption(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
  trySetOption(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
  growReceiveBuffer(fd, RECEIVE_BUFFER);
}

/** The package does not tell its descriptor, but the port is unique to protocol and namespace. */
function descriptorOf(protocol: number, port: number): number {
  for (const entry of readdirSync("/proc/self/fd")) {
    const fd = Number(entry);
    if (portOf(fd) === port && getOption(fd, SYS.SOL_SOCKET, SO_PROTOCOL) === protocol) return fd;
  }
  throw new BatonError("BATON_KERNEL", `no descriptor was found for netlink port ${port}`);
}

/** struct sockaddr_nl: family, padding, port, groups, in host order. */
function portOf(fd: number): number | undefined {
  const address = socketAddress(fd);
  if (!address || address.length < 12) return undefined;
  const view = new DataView(address.buffer, address.byteOffset, address.byteLength);
  return view.getUint16(0, true) === AF_NETLINK ? view.getUint32(4, true) : undefined;
}

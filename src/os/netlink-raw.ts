/** The netlink package's raw socket, made safe: as it comes, an overflow ends the process. */
import { readdirSync } from "node:fs";
import { RawNetlinkSocket } from "netlink/dist/raw.js";
import { BatonError } from "../base/errors.ts";
import { makeSafe, portOf, type SafeRaw, type SafeRawOptions } from "./netlink-descriptor.ts";
import { getOption, receiveDrops, SYS } from "./sys.ts";

const SO_PROTOCOL = 38;
const SEND_BUFFER = 256 * 1024;

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

/** The package does not tell its descriptor, but the port is unique to protocol and namespace. */
function descriptorOf(protocol: number, port: number): number {
  for (const entry of readdirSync("/proc/self/fd")) {
    const fd = Number(entry);
    if (portOf(fd) === port && getOption(fd, SYS.SOL_SOCKET, SO_PROTOCOL) === protocol) return fd;
  }
  throw new BatonError("BATON_KERNEL", `no descriptor was found for netlink port ${port}`);
}

/** ping: an echo request is answered (RFC 792, RFC 4443), over the kernel's sockets for that.
 *
 * ```
 * type (8) | code (8) | checksum (16, the kernel's) | id (16, the kernel's) | sequence (16) | token
 * ```
 */
import { createSocket, type Socket } from "node:dgram";
import { familyOf, type Ip } from "../base/ip.ts";
import type { Probe } from "../config/check-types.ts";
import { explain } from "./errors.ts";
import { type Attempt, down, type ProbeOf, up } from "./types.ts";

const ECHO_REQUEST = { 4: 8, 6: 128 } as const;
const HEADER = 8;
const TOKEN = 8;

/** Which socket asks: one for each family and source. */
export const pingKey = ({ target, source }: Pick<Probe, "target" | "source">): string =>
  `${familyOf(target.address)} ${source ?? ""}`;

export interface Pinger {
  ask(probe: ProbeOf<"ping">, attempt: Attempt): void;
  close(): void;
}

/** `descriptors`: bound datagram sockets of protocol ICMP by `pingKey`. */
export function createPinger(descriptors: Readonly<Record<string, number>>): Pinger {
  const sockets = new Map<string, Socket>();
  const waiting = new Map<string, { readonly from: Ip; readonly attempt: Attempt }>();
  let last = 0;
  const hear = (message: Uint8Array, from: string): void => {
    const token = Buffer.from(message.subarray(HEADER, HEADER + TOKEN)).toString("latin1");
    const found = waiting.get(token);
    if (found?.from === from) found.attempt.end(up("answers"));
  };
  for (const [key, fd] of Object.entries(descriptors)) {
    const socket = createSocket(key.startsWith("4") ? "udp4" : "udp6");
    // What one host's answer says of itself is not for the others.
    socket.on("error", () => undefined);
    socket.on("message", (message, { address }) => hear(message, address));
    socket.bind({ fd });
    sockets.set(key, socket);
  }
  return {
    ask: (probe, attempt) => {
      const socket = sockets.get(pingKey(probe));
      if (!socket) return attempt.end(down("this director has no socket for pings"));
      attempt.waitsFor("answer");
      const token = String(++last).padStart(TOKEN, "0");
      const { address } = probe.target;
      waiting.set(token, { from: address, attempt });
      attempt.onEnd(() => waiting.delete(token));
      socket.send(request(familyOf(address), last, token), 1, address, (error) => {
        if (error) attempt.end(down(explain(error)));
      });
    },
    close: () => {
      for (const socket of sockets.values()) socket.close();
    },
  };
}

function request(family: 4 | 6, sequence: number, token: string): Buffer {
  const message = Buffer.alloc(HEADER + TOKEN);
  message[0] = ECHO_REQUEST[family];
  message.writeUInt16BE(sequence & 0xffff, 6);
  message.write(token, HEADER, "latin1");
  return message;
}

/** udp: a datagram is answered; or, where no answer is asked for, not refused. */
import { createSocket } from "node:dgram";
import { familyOf } from "../base/ip.ts";
import { explain } from "./errors.ts";
import { type Attempt, down, type ProbeOf, up } from "./types.ts";

/** So long a refusal (ICMP port unreachable) may take. */
const REFUSAL_MS = 500;

export function askUdp(
  { action, target, source, timeout }: ProbeOf<"udp">,
  attempt: Attempt,
): void {
  attempt.waitsFor("answer");
  const socket = createSocket(familyOf(target.address) === 4 ? "udp4" : "udp6");
  let quiet: NodeJS.Timeout | undefined;
  attempt.onEnd(() => {
    clearTimeout(quiet);
    socket.close();
  });
  socket.on("error", (error) => attempt.end(down(explain(error))));
  socket.on("message", () => attempt.end(up("answers")));
  socket.bind({ port: 0, ...(source !== undefined && { address: source }) }, () =>
    socket.connect(target.port, target.address, () => {
      socket.send(Buffer.from(action.send, "latin1"));
      if (action.reply) return;
      const wait = Math.min(REFUSAL_MS, timeout / 2);
      quiet = setTimeout(() => attempt.end(up("does not refuse datagrams")), wait);
    }),
  );
}

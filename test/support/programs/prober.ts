/**
 * Sends a UDP probe every few milliseconds, and tells who answered: `prober ADDRESS PORT INTERVAL`.
 * Prints `{"at","by"}` when the answering host changes, and at SIGTERM all that it knows.
 */
import { createSocket } from "node:dgram";

const [address = "", port = "7007", interval = "1"] = process.argv.slice(2);
/** Answers may be on their way when the end comes. */
const LAST_WAIT = 100;

/** CLOCK_MONOTONIC, as in support/process.ts. */
const clock = (): number => Number(process.hrtime.bigint()) / 1e6;

const sent: number[] = [];
const answeredBy: (string | undefined)[] = [];
let last: string | undefined;

const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
socket.on("error", () => {});
socket.on("message", (message) => {
  const [number, by] = message.toString("latin1").split(" ");
  answeredBy[Number(number)] ??= by;
  if (by === last) return;
  last = by;
  console.log(JSON.stringify({ at: clock(), by }));
});

let closed = false;
function probe(): void {
  if (closed) return;
  socket.send(String(sent.length), Number(port), address, () => {});
  sent.push(clock());
}

const timer = setInterval(probe, Number(interval));
process.once("SIGTERM", () => {
  clearInterval(timer);
  setTimeout(() => {
    closed = true;
    const by = sent.map((_, number) => answeredBy[number] ?? null);
    process.stdout.write(`${JSON.stringify({ sent, by })}\n`, () => process.exit(0));
  }, LAST_WAIT);
});

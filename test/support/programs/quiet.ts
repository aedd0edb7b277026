/**
 * Holds TCP connections that say nothing until they are asked: `quiet ADDRESS PORT`. Lines on
 * standard input: `open N` opens N more and says one line on each; `ask` says a line on all of
 * them, and tells as JSON how many were answered within a while.
 */
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";

const [address = "", port = "80"] = process.argv.slice(2);
const PATIENCE_MS = 8000;

const sockets: Socket[] = [];
const waiting = new Set<Socket>();
const lost: string[] = [];

/** Resolves when every one of them has an answer, or when the time is over. */
async function answered(asked: readonly Socket[]): Promise<number> {
  const end = Date.now() + PATIENCE_MS;
  for (const socket of asked) waiting.add(socket);
  for (const socket of asked) socket.write("hello\n");
  while (waiting.size > 0 && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const silent = waiting.size;
  waiting.clear();
  return asked.length - silent;
}

async function open(count: number): Promise<number> {
  const opened = Array.from({ length: count }, () => {
    const socket = connect({ host: address, port: Number(port), noDelay: true });
    socket.on("data", () => waiting.delete(socket));
    socket.on("error", (error) => lost.push(error.message));
    return socket;
  });
  sockets.push(...opened);
  return answered(opened);
}

for await (const line of createInterface({ input: process.stdin })) {
  const [word, count = "0"] = line.split(" ");
  const asked = word === "open" ? Number(count) : sockets.length;
  const got = word === "open" ? await open(asked) : await answered(sockets);
  console.log(JSON.stringify({ word, asked, answered: got, lost }));
}

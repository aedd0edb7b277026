/**
 * Holds TCP connections and opens short ones: `client ADDRESS PORT HELD INTERVAL`. Every held
 * connection says a line each interval and wants it back; beside them one is opened, used and
 * closed each interval. At SIGTERM it tells what happened, as one line of JSON.
 */
import { connect, type Socket } from "node:net";

const [address = "", port = "80", held = "10", interval = "100"] = process.argv.slice(2);
const EVERY = Number(interval);
const CONNECT_LIMIT = 3000;

/** CLOCK_MONOTONIC, as in support/process.ts. */
const clock = (): number => Number(process.hrtime.bigint()) / 1e6;

interface Held {
  readonly server: string | undefined;
  readonly answers: number;
  /** The longest time between two answers. */
  readonly longest: number;
  readonly lost: { readonly at: number; readonly why: string } | undefined;
}

interface Short {
  readonly at: number;
  readonly took: number;
  readonly by: string | undefined;
  readonly error: string | undefined;
}

const connections: { socket: Socket; state: Held; last: number }[] = [];
const short: Short[] = [];

function hold(onFirst: () => void): void {
  const socket = connect({ port: Number(port), host: address, noDelay: true });
  const own = {
    socket,
    state: { server: undefined, answers: 0, longest: 0, lost: undefined } as Held,
    last: clock(),
  };
  const lose = (why: string): void => {
    own.state = { ...own.state, lost: own.state.lost ?? { at: clock(), why } };
  };
  socket.on("error", (error) => lose(error.message));
  socket.on("close", () => lose("closed"));
  socket.setEncoding("latin1").on("data", (text: string) => {
    const now = clock();
    const { answers, longest } = own.state;
    if (answers === 0) onFirst();
    own.state = {
      ...own.state,
      server: own.state.server ?? text.split(" ")[0],
      answers: answers + 1,
      longest: answers === 0 ? 0 : Math.max(longest, now - own.last),
    };
    own.last = now;
  });
  connections.push(own);
}

function openShort(): void {
  const at = clock();
  const socket = connect({ port: Number(port), host: address, noDelay: true });
  const finish = (by: string | undefined, error: string | undefined): void => {
    if (socket.destroyed) return;
    socket.destroy();
    short.push({ at, took: clock() - at, by, error });
  };
  socket.setTimeout(CONNECT_LIMIT, () => finish(undefined, "timeout"));
  socket.on("error", (error) => {
    if (short.at(-1)?.at !== at)
      short.push({ at, took: clock() - at, by: undefined, error: error.message });
  });
  socket.on("connect", () => socket.write("hello\n"));
  socket.setEncoding("latin1").on("data", (text: string) => finish(text.split(" ")[0], undefined));
}

let waiting = Number(held);
for (let i = 0; i < Number(held); i++) {
  hold(() => {
    if (--waiting === 0) console.log("ready");
  });
}
if (waiting === 0) console.log("ready");

let line = 0;
const timer = setInterval(() => {
  line++;
  for (const { socket } of connections) if (socket.writable) socket.write(`${line}\n`);
  openShort();
}, EVERY);

process.once("SIGTERM", () => {
  clearInterval(timer);
  const now = clock();
  const report = {
    held: connections.map(({ state, last }) => ({ ...state, silence: now - last })),
    short,
  };
  process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
});

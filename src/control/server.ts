/** The control socket: serves the handlers of a daemon over HTTP, and never disturbs it. */
import { lstat, mkdir, unlink } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import { BatonError, messageOf } from "../base/errors.ts";
import { type ControlHandlers, METRICS_TYPE, type Reply, type Told } from "./api.ts";
import { Refused, readBody } from "./body.ts";
import { limitRequests, PATIENCE, TOO_SLOW } from "./patience.ts";
import { type Route, routeOf } from "./routes.ts";

/** Makes it 0600, root's own: whoever may write here may move the VIPs. */
const SOCKET_UMASK = 0o177;
const MAX_CONNECTIONS = 16;
const MAX_HEADER_BYTES = 4096;
/** A handover takes a few intervals, of which the longest are a minute. */
const HANDLER_LIMIT_MS = 300_000;
/** For finding out whether somebody serves the socket already. */
const ANSWER_LIMIT_MS = 500;

export interface ControlServer {
  /** Ends every connection and takes the socket away. */
  close(): Promise<void>;
}

export interface ServeOptions {
  /** Something went wrong that no client is told in full: for the log. */
  readonly onProblem?: (sentence: string) => void;
  readonly handlerLimitMs?: number;
}

/** Rejects with BATON_RUNNING where another process answers on the socket. */
export async function serve(
  handlers: ControlHandlers,
  socketPath: string,
  options: ServeOptions = {},
): Promise<ControlServer> {
  await mkdir(dirname(socketPath), { recursive: true });
  await removeStale(socketPath);
  const onProblem = options.onProblem ?? (() => undefined);
  const limit = options.handlerLimitMs ?? HANDLER_LIMIT_MS;
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, ...PATIENCE },
    (request, response) => {
      void handle({ request, response, handlers, limit, onProblem });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  limitRequests(server);
  server.on("clientError", (error, socket) => {
    if (socket.writable) socket.end(rawReply(error));
    else socket.destroy();
  });
  await listen(server, socketPath);
  server.on("error", (error) => onProblem(`the control socket: ${messageOf(error)}`));
  return { close: () => closeServer(server) };
}

/** A socket file that nobody answers on is left over from a crash. */
async function removeStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) {
    throw new BatonError("BATON_CONTROL", `${path} is in the way: it is not a socket`);
  }
  if (await isAnswered(path)) {
    throw new BatonError("BATON_RUNNING", `another process answers on ${path}`);
  }
  await unlink(path).catch(() => undefined);
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const finish = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.setTimeout(ANSWER_LIMIT_MS, () => finish(true));
    socket.once("connect", () => finish(true));
    // A full queue (EAGAIN) is somebody's who is slow; a dead process refuses.
    socket.once("error", (error: NodeJS.ErrnoException) => {
      finish(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
    });
  });
}

/** The file is made in this very call, so that the mask holds for nothing else. */
async function listen(server: Server, path: string): Promise<void> {
  const listening = new Promise<void>((resolve, reject) => {
    server.once("listening", resolve);
    server.once("error", (error) => {
      const sentence = `the control socket ${path} was refused: ${messageOf(error)}`;
      reject(new BatonError("BATON_CONTROL", sentence, { cause: error }));
    });
  });
  const mask = process.umask(SOCKET_UMASK);
  try {
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  await listening;
  server.removeAllListeners("error");
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly handlers: ControlHandlers;
  readonly limit: number;
  readonly onProblem: (sentence: string) => void;
}

/** Never rejects. */
async function handle({ request, response, handlers, limit, onProblem }: Exchange): Promise<void> {
  try {
    const route = routeOf(request.method ?? "", request.url ?? "");
    const body = route.hasBody ? await readBody(request) : {};
    answer(response, await run(route, handlers, body, limit));
  } catch (error) {
    const refused = error instanceof Refused ? error : undefined;
    if (!refused) onProblem(`the control socket: ${messageOf(error)}`);
    const reply: Reply = { done: false, sentence: messageOf(error) };
    answer(response, { status: refused?.status ?? 500, body: reply });
  }
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** Of a body that is told as it is; JSON otherwise. */
  readonly type?: string;
}

async function run(
  route: Route,
  handlers: ControlHandlers,
  body: Readonly<Record<string, unknown>>,
  limit: number,
): Promise<Answer> {
  const result = route.run(handlers, body);
  if (!(result instanceof Promise)) return { status: 200, body: result };
  const reply = await within(limit, result);
  if ("text" in reply) return { status: 200, body: reply.text, type: METRICS_TYPE };
  return { status: reply.done ? 200 : 409, body: reply };
}

async function within<T extends Reply | Told>(limit: number, reply: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const sentence = `it is not over after ${limit / 1000} s`;
    timer = setTimeout(() => reject(new Refused(504, sentence)), limit).unref();
  });
  try {
    return await Promise.race([reply, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A client that went away in the meantime is not waited for. */
function answer(response: ServerResponse, { status, body, type }: Answer): void {
  const text = type === undefined ? `${JSON.stringify(body)}\n` : String(body);
  response.on("error", () => undefined);
  response.writeHead(status, {
    "content-type": type ?? "application/json",
    "content-length": Buffer.byteLength(text),
    connection: "close",
  });
  response.end(text);
}

/** What is no HTTP, or came too slowly, never reached a handler. */
function rawReply(error: Error & { readonly code?: string }): string {
  const late = error.code === TOO_SLOW;
  const large = error.code === "HPE_HEADER_OVERFLOW";
  const status = late ? "408 Request Timeout" : large ? "431 Too Large" : "400 Bad Request";
  const sentence = late ? "the request came too slowly" : `no such request: ${error.message}`;
  const text = `${JSON.stringify({ done: false, sentence } satisfies Reply)}\n`;
  const head = `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nConnection: close\r\n`;
  return `${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

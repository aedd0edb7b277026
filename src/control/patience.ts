/** What every HTTP listener of baton bears of a client that is slow. */
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";

/** Within which the head of a request has to arrive, and then its body. */
const REQUEST_LIMIT_MS = 3000;
const NEVER_MS = 2 ** 31 - 1;

/** For createServer. node:http would look at its limits twice a second, connections or not. */
export const PATIENCE = {
  headersTimeout: 0,
  requestTimeout: 0,
  connectionsCheckingInterval: NEVER_MS,
  keepAlive: false,
} as const;

/** What node:http itself raises where a request comes too slowly. */
export const TOO_SLOW = "ERR_HTTP_REQUEST_TIMEOUT";

/** Who brings no request in time is told by `clientError`, and sent away. */
export function limitRequests(server: Server): void {
  const latest = new WeakMap<Socket, IncomingMessage>();
  const limits = new WeakMap<Socket, NodeJS.Timeout>();
  server.on("request", (request) => {
    latest.set(request.socket, request);
    limits.get(request.socket)?.refresh();
  });
  server.on("connection", (socket: Socket) => {
    const limit = setTimeout(() => {
      if (latest.get(socket)?.complete) return;
      const error = Object.assign(new Error("the request came too slowly"), { code: TOO_SLOW });
      if (!server.emit("clientError", error, socket)) socket.destroy();
    }, REQUEST_LIMIT_MS).unref();
    limits.set(socket, limit);
    socket.once("close", () => clearTimeout(limit));
  });
}

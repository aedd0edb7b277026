/** An HTTP listener for people and programs outside: a few connections, little patience. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { BatonError, messageOf } from "../../base/errors.ts";
import { limitRequests, PATIENCE } from "../../control/patience.ts";
import { type Address, refuse } from "./answer.ts";

const MAX_HEADER_BYTES = 8192;
/** From the first octet to the last that is read of the answer. */
const CONNECTION_LIMIT_MS = 20_000;

export interface Listener {
  /** Ends every connection. */
  close(): Promise<void>;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The connection has no limit of time any more: whoever calls this ends it. */
  readonly stay: () => void;
}

export interface ListenerOptions {
  readonly address: Address;
  /** Its key in baton.yaml, for sentences. */
  readonly key: "metrics" | "page";
  readonly maxConnections: number;
  readonly handle: (exchange: Exchange) => Promise<void>;
  readonly onProblem: (sentence: string) => void;
}

/** Rejects with BATON_PORT where the address can not be had. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { key, handle, onProblem } = options;
  const limits = new WeakMap<Socket, NodeJS.Timeout>();
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, ...PATIENCE },
    (request, response) => {
      // A client that went away in the meantime is nobody's error.
      response.on("error", () => undefined);
      const stay = (): void => clearTimeout(limits.get(request.socket));
      handle({ request, response, stay }).catch((error: unknown) => {
        onProblem(`${key}: ${messageOf(error)}`);
        refuse(response, 500, "this could not be told; the log says why");
      });
    },
  );
  server.maxConnections = options.maxConnections;
  limitRequests(server);
  server.on("connection", (socket) => {
    const limit = setTimeout(() => socket.destroy(), CONNECTION_LIMIT_MS).unref();
    limits.set(socket, limit);
    socket.once("close", () => clearTimeout(limit));
  });
  await listen(server, options);
  server.on("error", (error) => onProblem(`${key}: ${messageOf(error)}`));
  // A daemon that stops does not wait for whoever reads.
  server.unref();
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, { address, key }: ListenerOptions): Promise<void> {
  const { address: host, port } = address;
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const sentence = `${key} can not be told on ${host} port ${port}: ${messageOf(error)}`;
      const where = `write another address of this host in \`${key}:\`.`;
      reject(
        new BatonError("BATON_PORT", sentence, {
          remedy: `Stop the other program, or ${where}`,
          cause: error,
        }),
      );
    });
    server.listen({ host, port, exclusive: true }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

/** The HTTP listener for Prometheus: one path, a few connections, little patience. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { BatonError, messageOf } from "../../base/errors.ts";
import type { Config } from "../../config/types.ts";
import { METRICS_TYPE } from "../../control/api.ts";

export type Address = NonNullable<Config["metrics"]>;

const PATH = "/metrics";
const MAX_CONNECTIONS = 8;
const MAX_HEADER_BYTES = 8192;
/** Within which the head, and then the whole of a request has to arrive. */
const HEAD_LIMIT_MS = 2000;
const REQUEST_LIMIT_MS = 3000;
const LIMIT_CHECK_MS = 500;
/** From the first octet to the last that is read of the answer. */
const CONNECTION_LIMIT_MS = 20_000;

export interface Listener {
  /** Ends every connection. */
  close(): Promise<void>;
}

/** Rejects with BATON_PORT where the address can not be had. */
export async function openListener(
  { address, port }: Address,
  render: () => Promise<string>,
  onProblem: (sentence: string) => void,
): Promise<Listener> {
  const server = createServer(
    {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEAD_LIMIT_MS,
      requestTimeout: REQUEST_LIMIT_MS,
      connectionsCheckingInterval: LIMIT_CHECK_MS,
      keepAlive: false,
    },
    (request, response) => {
      handle(request, response, render).catch((error: unknown) => {
        onProblem(`metrics: ${messageOf(error)}`);
        refuse(response, 500, "the metrics could not be told; the log says why");
      });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.on("connection", (socket) => {
    const limit = setTimeout(() => socket.destroy(), CONNECTION_LIMIT_MS).unref();
    socket.once("close", () => clearTimeout(limit));
  });
  await listen(server, address, port);
  server.on("error", (error) => onProblem(`metrics: ${messageOf(error)}`));
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

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const sentence = `metrics can not be told on ${address} port ${port}: ${messageOf(error)}`;
      const remedy = "Stop the other program, or write another address of this host in `metrics:`.";
      reject(new BatonError("BATON_PORT", sentence, { remedy, cause: error }));
    });
    server.listen({ host: address, port, exclusive: true }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  render: () => Promise<string>,
): Promise<void> {
  const [path = ""] = (request.url ?? "").split("?");
  // A client that went away in the meantime is nobody's error.
  response.on("error", () => undefined);
  if (path !== PATH) return refuse(response, 404, `there is ${PATH} only`);
  if (request.method !== "GET") return refuse(response, 405, `${PATH} takes GET only`);
  const text = await render();
  tell(response, 200, { type: METRICS_TYPE, text });
}

const refuse = (response: ServerResponse, status: number, sentence: string): void =>
  tell(response, status, { type: "text/plain; charset=utf-8", text: `${sentence}\n` });

function tell(
  response: ServerResponse,
  status: number,
  { type, text }: { readonly type: string; readonly text: string },
): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(text),
    ...(status === 405 && { allow: "GET" }),
    connection: "close",
  });
  response.end(text);
}

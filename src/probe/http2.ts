/** The part of HTTP/2 that a probe needs (RFC 9113): one request on a connection of its own. */
import type { ClientHttp2Stream, IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import type { Socket } from "node:net";
import type { HttpAction } from "../config/check-types.ts";
import { explain } from "./errors.ts";
import type { Head } from "./http-message.ts";
import { type Attempt, down } from "./types.ts";

/** The head once it is there, and all of the body that has come so far. */
type Listener = (head: Head | undefined, body: Buffer, ended: boolean) => void;

type Ends = Pick<Attempt, "end" | "onEnd">;

/** The module is loaded where a server speaks it: it costs every thread that has it. */
export function requestByHttp2(
  { action, path }: { readonly action: HttpAction; readonly path: string },
  socket: Socket,
  attempt: Ends,
  listener: Listener,
): void {
  void import("node:http2").then(({ connect }) => {
    if (socket.destroyed) return;
    // A small frame, such as one that lets the server go on, does not wait for an acknowledgement.
    socket.setNoDelay(true);
    const session = connect(`https://${action.host}`, { createConnection: () => socket });
    session.on("error", (error: Error) => attempt.end(down(explain(error))));
    attempt.onEnd(() => session.destroy());
    try {
      const stream = session.request(headersOf(action, path));
      listen(stream, attempt, listener);
      stream.end(action.body);
    } catch (error) {
      attempt.end(down(explain(error)));
    }
  });
}

function listen(stream: ClientHttp2Stream, attempt: Ends, listener: Listener): void {
  let head: Head | undefined;
  let body: Buffer = Buffer.alloc(0);
  stream.on("response", (headers) => {
    head = headOf(headers);
    listener(head, body, false);
  });
  stream.on("data", (part: Buffer) => {
    body = Buffer.concat([body, part]);
    listener(head, body, false);
  });
  stream.on("end", () => listener(head, body, true));
  stream.on("error", (error: Error) => attempt.end(down(explain(error))));
  // A stream that the server resets without an error ends here.
  stream.on("close", () => listener(head, body, true));
}

/** What belongs to a connection has no place in a message of it (RFC 9113 §8.2.2). */
const OF_CONNECTIONS: ReadonlySet<string> = new Set([
  "connection",
  "host",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

function headersOf({ method, host, headers, body }: HttpAction, path: string): OutgoingHttpHeaders {
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const authority = own.find(([name]) => name === "host")?.[1] ?? host;
  return {
    ":method": method,
    ":scheme": "https",
    ":authority": authority,
    ":path": path,
    "user-agent": "baton",
    accept: "*/*",
    ...(body !== undefined && { "content-length": String(Buffer.byteLength(body)) }),
    ...Object.fromEntries(own.filter(([name]) => !OF_CONNECTIONS.has(name))),
  };
}

const headOf = (
  headers: IncomingHttpHeaders & { readonly ":status"?: number | undefined },
): Head => ({
  status: Number(headers[":status"]),
  headers: new Map(
    Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      value === undefined || name.startsWith(":") ? [] : [[name, String(value)]],
    ),
  ),
  length: 0,
});

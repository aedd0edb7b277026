/** The part of HTTP/1.1 that a probe needs (RFC 9112): a request out, a response in. */
import type { HttpAction } from "../config/check-types.ts";

export interface Head {
  readonly status: number;
  /** By lower-case name; of several the last one. */
  readonly headers: ReadonlyMap<string, string>;
  /** Where the body begins. */
  readonly length: number;
}

/** A server that sends more than this before its body is no web server. */
export const MAX_HEAD = 65_536;

const PROTOCOL = "HTTP/";
const SWITCHING = "101";

export function requestOf(action: HttpAction, path: string): string {
  const { method, host, headers, body } = action;
  const all: Readonly<Record<string, string>> = {
    Host: host,
    "User-Agent": "baton",
    Accept: "*/*",
    ...headers,
    Connection: "close",
    ...(body !== undefined && { "Content-Length": String(Buffer.byteLength(body)) }),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${body ?? ""}`;
}

/** Of the response that counts, from `start` on; undefined while it is not complete, `wrong` where
 * it is none.
 */
export function parseHead(bytes: Buffer, start = 0): Head | "wrong" | undefined {
  const end = bytes.indexOf("\r\n\r\n", start);
  const begun = bytes.toString("latin1", start, start + PROTOCOL.length);
  if (start > MAX_HEAD || !PROTOCOL.startsWith(begun)) return "wrong";
  if (end < 0) return bytes.length > MAX_HEAD ? "wrong" : undefined;
  const [first = "", ...lines] = bytes.toString("latin1", start, end).split("\r\n");
  const [, status] = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first) ?? [];
  if (status === undefined) return "wrong";
  // RFC 9110 §15.2: such as 103 come before the answer, however many.
  if (status.startsWith("1") && status !== SWITCHING) return parseHead(bytes, end + 4);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status), headers, length: end + 4 };
}

/** The body where it is complete (RFC 9112 §6.3); `ended`: the server has closed. */
export function parseBody(head: Head, bytes: Buffer, ended: boolean): Buffer | undefined {
  const rest = bytes.subarray(head.length);
  if (/\bchunked$/i.test(head.headers.get("transfer-encoding") ?? "")) return unchunk(rest);
  const length = head.headers.get("content-length");
  if (length === undefined) return ended ? rest : undefined;
  return rest.length >= Number(length) ? rest.subarray(0, Number(length)) : undefined;
}

/** RFC 9112 §7.1; undefined while chunks are missing. */
function unchunk(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const size = Number.parseInt(bytes.toString("latin1", at, end), 16);
    if (size === 0) return Buffer.concat(parts);
    const start = end + 2;
    if (!(size > 0) || bytes.length < start + size + 2) return undefined;
    parts.push(bytes.subarray(start, start + size));
    at = start + size + 2;
  }
}

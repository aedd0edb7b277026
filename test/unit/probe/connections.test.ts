/** tcp, http, dialogue, udp and dns against servers that behave, and servers that do not. */
import { createHash } from "node:crypto";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer as createHttp, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ms } from "../../../src/base/units.ts";
import type { DialogueAction, HttpAction } from "../../../src/config/check-types.ts";
import { LOCAL, outcomeOf, probeOf, TLS } from "./harness.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** A server of connections; resolves with its port. */
function serve(handle: (socket: Socket) => void, allowHalfOpen = false): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    handle(socket);
  });
  closing.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return new Promise((resolve) => server.listen(0, LOCAL, () => resolve(portOf(server))));
}

function serveHttp(handle: RequestListener): Promise<number> {
  const server = createHttp(handle);
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return new Promise((resolve) => server.listen(0, LOCAL, () => resolve(portOf(server))));
}

function serveUdp(
  handle: (socket: UdpSocket, message: Buffer, port: number) => void,
): Promise<number> {
  const socket = createSocket("udp4");
  closing.push(() => socket.close());
  socket.on("message", (message, { port }) => handle(socket, message, port));
  return new Promise((resolve) => socket.bind(0, LOCAL, () => resolve(socket.address().port)));
}

/** A port that nobody listens on. */
async function unused(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) =>
    server.listen(0, LOCAL, () => resolve(portOf(server))),
  );
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const SOON = { timeout: ms(150), connectTimeout: ms(150) };

describe("tcp", () => {
  it("is up where a connection comes to stand", async () => {
    const port = await serve(() => undefined);
    expect(await outcomeOf(probeOf({ kind: "tcp" }, port))).toMatchObject({ ok: true });
  });

  it("is down where it is refused", async () => {
    expect(await outcomeOf(probeOf({ kind: "tcp" }, await unused()))).toEqual({
      ok: false,
      reason: "the connection is refused (ECONNREFUSED)",
    });
  });

  it("asks from the address that it is told", async () => {
    let from: string | undefined;
    const port = await serve((socket) => {
      from = socket.remoteAddress;
    });
    const source = "127.0.0.7" as typeof LOCAL;
    await outcomeOf(probeOf({ kind: "tcp" }, port, { source }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(from).toBe("127.0.0.7");
  });
});

const HTTP: HttpAction = {
  kind: "http",
  tls: undefined,
  http2: false,
  method: "GET",
  host: "shop.example",
  path: "/healthz",
  headers: { "X-Probe": "baton" },
  body: undefined,
  status: [[200, 299]],
  match: undefined,
  redirects: 0,
};

const http = (port: number, changes: Partial<HttpAction> = {}, more = {}) =>
  outcomeOf(probeOf({ ...HTTP, ...changes }, port, more));

describe("http", () => {
  it("sends what it is told, and takes a status that is fine", async () => {
    let seen: unknown;
    const port = await serveHttp((request, response) => {
      seen = [request.method, request.url, request.headers["host"], request.headers["x-probe"]];
      response.end("fine");
    });
    expect(await http(port)).toEqual({ ok: true, note: "status 200", warning: undefined });
    expect(seen).toEqual(["GET", "/healthz", "shop.example", "baton"]);
  });

  it("posts a body", async () => {
    let body = "";
    const port = await serveHttp((request, response) => {
      request.on("data", (part: Buffer) => {
        body += part.toString();
      });
      request.on("end", () => response.writeHead(204).end());
    });
    expect(await http(port, { method: "POST", body: "ping" })).toMatchObject({ ok: true });
    expect(body).toBe("ping");
  });

  it("refuses another status", async () => {
    const port = await serveHttp((_, response) => response.writeHead(503).end());
    expect(await http(port)).toEqual({ ok: false, reason: "answers with status 503" });
    expect(await http(port, { status: [[500, 503]] })).toMatchObject({ ok: true });
  });

  it.each(["chunked", "with its length"])("looks into a body that comes %s", async (how) => {
    const port = await serveHttp((_, response) => {
      if (how !== "chunked") response.setHeader("Content-Length", 12);
      response.write("all is ");
      setTimeout(() => response.end("fine\n"), 20);
    });
    const match = (kind: "contains" | "regex" | "prefix", text: string) =>
      http(port, { match: { kind, text } });
    expect(await match("contains", "is fine")).toMatchObject({ ok: true });
    expect(await match("regex", "^all.*fine$")).toMatchObject({ ok: false });
    expect(await match("regex", "^all.*fine\\n$")).toMatchObject({ ok: true });
    expect(await match("contains", "is bad")).toEqual({
      ok: false,
      reason: 'status 200, but the body does not match "is bad"',
    });
  });

  it("compares a digest of the whole body", async () => {
    const port = await serveHttp((_, response) => response.end("foo"));
    const text = createHash("sha256").update("foo").digest("hex");
    expect(await http(port, { match: { kind: "digest", text } })).toMatchObject({ ok: true });
    const md5 = createHash("md5").update("foo").digest("hex");
    expect(await http(port, { match: { kind: "digest", text: md5 } })).toMatchObject({ ok: true });
    const other = { kind: "digest", text: "0".repeat(64) } as const;
    expect(await http(port, { match: other })).toMatchObject({ ok: false });
  });

  it("follows redirects on the same server only, and only so many", async () => {
    const port = await serveHttp(({ url }, response) => {
      const to = { "/healthz": "/next", "/next": "/end", "/away": "http://10.9.9.9/" }[url ?? ""];
      if (to !== undefined) response.writeHead(302, { Location: to });
      response.end();
    });
    expect(await http(port)).toMatchObject({ reason: "answers with status 302" });
    expect(await http(port, { redirects: 2 })).toMatchObject({ ok: true });
    expect(await http(port, { redirects: 1 })).toMatchObject({ ok: false });
    expect(await http(port, { path: "/away", redirects: 2 })).toEqual({
      ok: false,
      reason: "redirects to http://10.9.9.9, which is another server",
    });
  });

  it("gives up on a server that hangs, and on one that drips, after one time-out", async () => {
    const hanging = await serve(() => undefined);
    expect(await http(hanging, {}, SOON)).toEqual({ ok: false, reason: "no answer within 150ms" });
    const dripping = await serve((socket) => {
      const drip = setInterval(() => socket.write("H"), 20);
      closing.push(() => clearInterval(drip));
    });
    const started = performance.now();
    expect(await http(dripping, {}, SOON)).toMatchObject({ ok: false });
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it("is down where the server resets, closes at once, or speaks no HTTP", async () => {
    const resets = await serve((socket) => socket.resetAndDestroy());
    expect(await http(resets)).toMatchObject({ ok: false });
    const closes = await serve((socket) => socket.end());
    expect(await http(closes)).toEqual({ ok: false, reason: "closed before it had answered" });
    const other = await serve((socket) => socket.end("220 smtp\r\n"));
    expect(await http(other)).toEqual({
      ok: false,
      reason: 'answers "220 smtp", which is no HTTP',
    });
  });
});

const dialogue = (steps: DialogueAction["steps"], over: DialogueAction["over"] = "tcp") =>
  ({ kind: "dialogue", over, tls: TLS, steps }) as const;

describe("dialogue", () => {
  const PING: DialogueAction["steps"] = [
    { kind: "prefix", text: "+OK" },
    { kind: "send", text: "PING\r\n" },
    { kind: "regex", text: "PONG\\r?\\n$" },
  ];

  it("goes through its steps, also where the answer comes in pieces", async () => {
    const port = await serve((socket) => {
      socket.write("+");
      setTimeout(() => socket.write("OK ready\r\n"), 10);
      socket.on("data", () => {
        socket.write("PO");
        setTimeout(() => socket.write("NG\r\n"), 10);
      });
    });
    expect(await outcomeOf(probeOf(dialogue(PING), port))).toMatchObject({ ok: true });
  });

  it("says what came instead", async () => {
    const port = await serve((socket) => socket.write("-ERR busy\r\n"));
    expect(await outcomeOf(probeOf(dialogue(PING), port))).toEqual({
      ok: false,
      reason: 'says "-ERR busy" instead of "+OK"',
    });
    const closes = await serve((socket) => socket.end("+O"));
    expect(await outcomeOf(probeOf(dialogue(PING), closes))).toEqual({
      ok: false,
      reason: 'closed after "+O" instead of "+OK"',
    });
    const silent = await serve(() => undefined);
    expect(await outcomeOf(probeOf(dialogue(PING), silent, SOON))).toEqual({
      ok: false,
      reason: 'no "+OK" within 150ms',
    });
  });

  it("goes over udp as well", async () => {
    const port = await serveUdp((socket, message, from) => {
      socket.send(`echo ${message.toString()}`, from, LOCAL);
    });
    const steps = [
      { kind: "send", text: "hello" },
      { kind: "contains", text: "echo hello" },
    ] as const;
    expect(await outcomeOf(probeOf(dialogue(steps, "udp"), port))).toMatchObject({ ok: true });
  });
});

describe("udp", () => {
  it("wants an answer, or only no refusal", async () => {
    const answers = await serveUdp((socket, _, from) => socket.send("yes", from, LOCAL));
    const silent = await serveUdp(() => undefined);
    const ask = (port: number, reply: boolean) =>
      outcomeOf(probeOf({ kind: "udp", send: "x", reply }, port, { timeout: ms(300) }));
    expect(await ask(answers, true)).toMatchObject({ ok: true });
    expect(await ask(silent, true)).toEqual({ ok: false, reason: "no answer within 300ms" });
    expect(await ask(silent, false)).toMatchObject({ ok: true });
    expect(await ask(await unused(), false)).toMatchObject({ ok: false });
  });
});

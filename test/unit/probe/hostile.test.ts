/** Servers, programs and files that mean no good, or are only unusual. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createSecureServer, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTls } from "node:tls";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ms } from "../../../src/base/units.ts";
import type { HttpAction } from "../../../src/config/check-types.ts";
import type { Problem } from "../../../src/config/report.ts";
import { newProbes, resolveChecks } from "../../../src/config/resolve-checks.ts";
import { LOCAL, outcomeOf, probeOf, TLS } from "./harness.ts";

interface Own {
  readonly key: string;
  readonly cert: string;
}

let folder: string;
let [first, second]: readonly Own[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-hostile-"));
  first = certificate("first");
  second = certificate("second");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function certificate(name: string): Own {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  const words =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 10 " +
    `-keyout ${key} -out ${cert} -subj /CN=${name} -addext subjectAltName=IP:${LOCAL}`;
  execFileSync("openssl", words.split(" "), { stdio: "ignore" });
  return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function listening(server: Pick<Server, "address" | "close" | "listen">): Promise<number> {
  closing.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, LOCAL, resolve));
  return (server.address() as AddressInfo).port;
}

function serve(handle: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    handle(socket);
    closing.push(() => socket.destroy());
  });
  return listening(server);
}

function serveHttp2(handle: (stream: ServerHttp2Stream, path: string) => void): Promise<number> {
  const server = createSecureServer({ ...first, allowHTTP1: false });
  server.on("sessionError", () => undefined);
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    handle(stream, String(headers[":path"]));
  });
  return listening(server);
}

const HTTP: HttpAction = {
  kind: "http",
  tls: undefined,
  http2: false,
  method: "GET",
  host: "shop.example",
  path: "/",
  headers: {},
  body: undefined,
  status: [[200, 299]],
  match: undefined,
  redirects: 0,
};
const HTTP2: HttpAction = { ...HTTP, tls: { ...TLS, verify: false }, http2: true };
const FINE = { kind: "contains", text: "fine" } as const;

test("what a web server says before its answer is not the answer", async () => {
  const hints = await serve((socket) => {
    socket.write("HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n");
    setTimeout(() => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"), 10);
  });
  expect(await outcomeOf(probeOf({ ...HTTP, match: FINE }, hints))).toMatchObject({ ok: true });
  const together = await serve((socket) => {
    socket.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n");
  });
  expect(await outcomeOf(probeOf(HTTP, together))).toMatchObject({ note: "status 204" });
  const forever = await serve((socket) => {
    socket.write("HTTP/1.1 100 Continue\r\n\r\n".repeat(10_000));
  });
  expect(await outcomeOf(probeOf(HTTP, forever))).toMatchObject({ ok: false });
});

test("a body without end is given up at the limit, over HTTP/2 as well", async () => {
  const port = await serveHttp2((stream) => {
    stream.respond({ ":status": 200 });
    const more = (): void => {
      while (!stream.destroyed && stream.write(Buffer.alloc(65_536, "x")));
    };
    stream.on("drain", more);
    more();
  });
  const probe = probeOf({ ...HTTP2, match: FINE }, port, { timeout: ms(20_000) });
  expect(await outcomeOf(probe)).toEqual({ ok: false, reason: "the body is longer than 1 MB" });
});

test("a redirect over HTTP/2 is followed once, whatever its connection says then", async () => {
  const asked: string[] = [];
  const port = await serveHttp2((stream, path) => {
    asked.push(path);
    if (path === "/there") {
      setTimeout(() => stream.respond({ ":status": 200 }, { endStream: true }), 30);
      return;
    }
    stream.respond({ ":status": 302, location: "/there" });
    stream.write("this way");
  });
  expect(await outcomeOf(probeOf({ ...HTTP2, redirects: 3 }, port))).toMatchObject({ ok: true });
  expect(asked).toEqual(["/", "/there"]);
});

test("a dialogue is of octets", async () => {
  const port = await serve((socket) => socket.on("data", (part) => socket.write(part)));
  const steps = [
    { kind: "send", text: "\xff\x00\x80" },
    { kind: "prefix", text: "\xff\x00" },
    { kind: "contains", text: "\x80" },
  ] as const;
  const probe = probeOf({ kind: "dialogue", over: "tcp", tls: TLS, steps }, port);
  expect(await outcomeOf(probe)).toMatchObject({ ok: true });
});

test("what a file says in a dialogue is octets, UTF-8 but for its escapes", () => {
  const problems: Problem[] = [];
  const probes = newProbes(problems);
  const steps = [{ send: "é\\xff\\r\\n" }, { expect: "\\xfe" }, { contains: "é" }];
  const checks = { type: "dialogue", timeout: 1000, interval: 5000, jitter: 0, steps };
  resolveChecks(probes, { address: LOCAL, port: 80 }, { checks: checks as never, place: [] });
  expect(problems).toEqual([]);
  expect(probes.list[0]?.action).toMatchObject({
    steps: [
      { kind: "send", text: "\xc3\xa9\xff\r\n" },
      { kind: "prefix", text: "\xfe" },
      { kind: "contains", text: "\xc3\xa9" },
    ],
  });
});

test("trusted certificates that are exchanged count at once, the system's as well", async () => {
  const server = createTls({ ...second }, (socket) => socket.on("error", () => undefined));
  server.on("tlsClientError", () => undefined);
  const port = await listening(server);
  const path = join(folder, "trusted.pem");
  const trust = (name: string): void => copyFileSync(join(folder, `${name}.pem`), path);
  for (const caFile of [path, undefined]) {
    if (caFile === undefined) process.env["SSL_CERT_FILE"] = path;
    const ask = () => outcomeOf(probeOf({ kind: "tls", tls: { ...TLS, caFile } }, port));
    trust("first");
    expect(await ask()).toMatchObject({ ok: false });
    trust("second");
    expect(await ask()).toMatchObject({ ok: true });
  }
  delete process.env["SSL_CERT_FILE"];
});

test("a program that leaves its group holds no pipe of this process", async () => {
  const held = (): readonly string[] => readdirSync("/proc/self/fd");
  const pid = join(folder, "pid");
  const leave = `setsid sh -c 'echo $$ > ${pid}; exec sleep 60' &`;
  const wait = `while [ ! -s ${pid} ]; do sleep 0.01; done`;
  const command = ["/bin/sh", "-c", `${leave} ${wait}`];
  const action = { kind: "exec", command, weightFromExit: false, user: undefined } as const;
  const before = held().length;
  expect(await outcomeOf(probeOf(action, 80))).toMatchObject({ ok: true });
  closing.push(() => process.kill(Number(readFileSync(pid, "utf8"))));
  await expect.poll(() => held().length, { timeout: 5000 }).toBeLessThanOrEqual(before);
});

test("a named pipe is no file with a weight, and holds no thread that reads files", async () => {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  // One more than there are threads.
  for (let i = 0; i < 5; i++) {
    const outcome = await outcomeOf(probeOf({ kind: "file", path }, 0, { timeout: ms(5000) }));
    expect(outcome).toEqual({ ok: false, reason: `${path}: it is no regular file` });
  }
  expect(await readFile("/proc/self/stat")).toBeDefined();
});

/** https checks that offer HTTP/2, against node:http2's own server. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from "node:http2";
import { createServer as createHttps } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ms } from "../../../src/base/units.ts";
import type { HttpAction } from "../../../src/config/check-types.ts";
import type { Outcome } from "../../../src/probe/types.ts";
import { LOCAL, outcomeOf, probeOf, TLS } from "./harness.ts";

let folder: string;
let own: { readonly key: string; readonly cert: string };
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-http2-"));
  const [key, cert] = [join(folder, "key"), join(folder, "cert")];
  const words =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 10 " +
    `-keyout ${key} -out ${cert} -subj /CN=shop.example`;
  execFileSync("openssl", words.split(" "), { stdio: "ignore" });
  own = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let server: Pick<Http2SecureServer, "close" | "listen" | "address"> | undefined;
afterEach(() => server?.close());

type Serve = (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>) => void;

async function listening(): Promise<number> {
  await new Promise<void>((resolve) => server?.listen(0, LOCAL, resolve));
  const address = server?.address() as AddressInfo | undefined;
  return address?.port ?? 0;
}

/** It knows nothing but HTTP/2. */
function serve(answer: Serve): Promise<number> {
  const made = createSecureServer({ ...own, allowHTTP1: false });
  made.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    answer(stream, headers);
  });
  made.on("sessionError", () => undefined);
  server = made;
  return listening();
}

const ask = (port: number, changes: Partial<HttpAction> = {}, limit = 2000): Promise<Outcome> => {
  const action: HttpAction = {
    kind: "http",
    tls: { ...TLS, verify: false },
    http2: true,
    method: "GET",
    host: "shop.example",
    path: "/healthz",
    headers: { "X-Probe": "baton", Connection: "close" },
    body: undefined,
    status: [[200, 299]],
    match: undefined,
    redirects: 0,
    ...changes,
  };
  return outcomeOf(probeOf(action, port, { timeout: ms(limit) }));
};

test("it says what it is told, without what belongs to a connection", async () => {
  let seen: unknown;
  const port = await serve((stream, headers) => {
    const { ":method": method, ":path": path, ":authority": authority, connection } = headers;
    seen = [method, path, authority, headers["x-probe"], connection];
    stream.respond({ ":status": 204 }, { endStream: true });
  });
  expect(await ask(port)).toMatchObject({ ok: true, note: "status 204" });
  expect(seen).toEqual(["GET", "/healthz", "shop.example", "baton", undefined]);
});

test("it posts a body, and looks at the one that comes back", async () => {
  const port = await serve((stream) => {
    const parts: Buffer[] = [];
    stream.on("data", (part: Buffer) => parts.push(part));
    stream.on("end", () => {
      stream.respond({ ":status": 200 });
      stream.write("you said ");
      setTimeout(() => stream.end(Buffer.concat(parts)), 20);
    });
  });
  const post = { method: "POST", body: "ping" };
  const contains = (text: string) => ({ match: { kind: "contains", text } as const });
  expect(await ask(port, { ...post, ...contains("said ping") })).toMatchObject({ ok: true });
  expect(await ask(port, { ...post, ...contains("pong") })).toEqual({
    ok: false,
    reason: 'status 200, but the body does not match "pong"',
  });
});

test("it follows a redirect", async () => {
  const port = await serve((stream, { ":path": path }) => {
    const away = { ":status": 302, location: "/there" };
    stream.respond(path === "/there" ? { ":status": 200 } : away, { endStream: true });
  });
  expect(await ask(port, { redirects: 1 })).toMatchObject({ ok: true });
  expect(await ask(port)).toEqual({ ok: false, reason: "answers with status 302" });
});

test.each<[string, Serve, RegExp, number?]>([
  [
    "fails",
    (stream) => stream.respond({ ":status": 503 }, { endStream: true }),
    /^answers with status 503$/,
  ],
  ["resets the stream", (stream) => stream.close(2), /INTERNAL_ERROR/],
  ["closes the connection", (stream) => stream.session?.destroy(), /closed|hang up|RESET/],
  ["says nothing", () => undefined, /no answer within 200ms/, 200],
])("a server that %s is down", async (_, answer, reason, limit) => {
  const outcome = await ask(await serve(answer), {}, limit);
  expect(outcome).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
});

test("a server that knows HTTP/1.1 alone is asked by that, and one that is not offered another", async () => {
  server = createHttps(own, (request, response) => {
    response.end(request.httpVersion);
  }) as unknown as typeof server;
  const port = await listening();
  expect(await ask(port, { match: { kind: "contains", text: "1.1" } })).toMatchObject({ ok: true });
  server?.close();
  const both = createSecureServer({ ...own, allowHTTP1: true }, (request, response) => {
    response.end(`by ${request.httpVersion}`);
  });
  server = both;
  const other = await listening();
  const by = (version: string) => ({ match: { kind: "contains", text: `by ${version}` } as const });
  expect(await ask(other, by("2"))).toMatchObject({ ok: true });
  expect(await ask(other, { ...by("1.1"), http2: false })).toMatchObject({ ok: true });
});

/** Server and client of the control socket, over a real one. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ControlHandlers, Reply } from "../../../src/control/api.ts";
import { ask, askStatus, command } from "../../../src/control/client.ts";
import { type ControlServer, type ServeOptions, serve } from "../../../src/control/server.ts";
import type { Snapshot } from "../../../src/core/director/snapshot-types.ts";
import { handlersWith } from "../../support/handlers.ts";
import { SNAPSHOT } from "../../support/snapshot.ts";

let folder: string;
let path: string;
let server: ControlServer | undefined;
const called: unknown[] = [];
const problems: string[] = [];
let reply: (request: unknown) => Promise<Reply>;
let status: () => Snapshot;

const record = (request: unknown): Promise<Reply> => {
  called.push(request);
  return reply(request);
};
const handlers: ControlHandlers = handlersWith({
  status: () => status(),
  failover: record,
  resume: record,
  takeover: record,
  server: record,
  reload: (request) =>
    record(request).then((said) => ({ ...said, plan: undefined, invalid: false })),
  configurations: () => [],
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-control-"));
  path = join(folder, "run", "control.sock");
  called.length = 0;
  problems.length = 0;
  reply = () => Promise.resolve({ done: true, sentence: "lb2 is master now" });
  status = () => SNAPSHOT;
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const open = async (options: ServeOptions = {}): Promise<void> => {
  server = await serve(handlers, path, { onProblem: (s) => problems.push(s), ...options });
};

/** Sends octets as they are, and resolves with all that comes back. */
function raw(text: string, options: { readonly end?: boolean } = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let back = "";
    socket.setEncoding("utf8").on("data", (part: string) => {
      back += part;
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(back));
    socket.write(text);
    if (options.end === true) socket.end();
  });
}

const post = (where: string, body: string): string =>
  `POST ${where} HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

describe("answers", () => {
  test("the status arrives as it is", async () => {
    await open();
    expect(await askStatus(path)).toEqual({ kind: "running", snapshot: SNAPSHOT });
  });

  test("commands reach their handlers with defaults filled in", async () => {
    await open();
    expect(await command(path, "/v1/failover", { instance: "web", holdMs: 5000 })).toEqual({
      done: true,
      sentence: "lb2 is master now",
    });
    await command(path, "/v1/failover", {});
    await command(path, "/v1/resume", undefined);
    await command(path, "/v1/takeover", { instance: "web" });
    const drain = { server: "10.0.0.1:80", action: "drain" };
    await command(path, "/v1/server", drain);
    await command(path, "/v1/server", { ...drain, forMs: 5, reason: "disks", who: "eve" });
    expect(called.splice(4)).toEqual([
      { ...drain, service: undefined, forMs: undefined, reason: "", who: "somebody" },
      { ...drain, service: undefined, forMs: 5, reason: "disks", who: "eve" },
    ]);
    expect(called).toEqual([
      { instance: "web", force: false, holdMs: 5000 },
      { instance: undefined, force: false, holdMs: 600_000 },
      { instance: undefined },
      { instance: "web" },
    ]);
  });

  test.each([
    [{ action: "drain" }, "server is missing"],
    [{ server: "10.0.0.1", action: "stop" }, "action is none of drain, disable, enable"],
    [{ server: "10.0.0.1", action: "drain", forMs: -1 }, "forMs is not a number"],
    [{ server: "10.0.0.1", action: "drain", reason: "x".repeat(101) }, "reason is not a text"],
    [{ server: "10.0.0.1", action: "drain", why: "" }, "unknown key why"],
  ])("%j is refused", async (body, sentence) => {
    await open();
    const answer = await ask(path, { method: "POST", path: "/v1/server", body, limitMs: 1000 });
    expect(answer).toMatchObject({ status: 400, body: { done: false } });
    expect(JSON.stringify(answer)).toContain(sentence);
  });

  test("a refusal says why", async () => {
    await open();
    reply = () => Promise.resolve({ done: false, sentence: "no other director is fit" });
    const body = { instance: "web" };
    expect(await ask(path, { method: "POST", path: "/v1/failover", body, limitMs: 1000 })).toEqual({
      kind: "answered",
      status: 409,
      body: { done: false, sentence: "no other director is fit" },
    });
  });

  test("a handler that throws is answered, logged, and harmless", async () => {
    await open();
    status = () => {
      throw new TypeError("no instance web");
    };
    await expect(askStatus(path)).rejects.toMatchObject({ code: "BATON_CONTROL" });
    expect(problems).toEqual(["the control socket: no instance web"]);
    status = () => SNAPSHOT;
    expect((await askStatus(path)).kind).toBe("running");
  });

  test("a handler that never ends is given up", async () => {
    await open({ handlerLimitMs: 50 });
    reply = () => new Promise(() => undefined);
    expect(await command(path, "/v1/resume", {})).toEqual({
      done: false,
      sentence: "it is not over after 0.05 s",
    });
  });
});

describe("refusals", () => {
  const cases: readonly [string, string, RegExp][] = [
    ["no such path", "GET /v2/status HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1.1 404 .*there is no/s],
    ["no path of Object's", "GET toString HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1.1 4/],
    ["method", "GET /v1/resume HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1.1 405 .*takes POST only/s],
    ["bad JSON", post("/v1/resume", "{instance"), /^HTTP\/1.1 400 .*not JSON/s],
    ["no object", post("/v1/resume", "[1]"), /^HTTP\/1.1 400 .*not an object/s],
    [
      "unknown key",
      post("/v1/resume", '{"instanz":"web"}'),
      /^HTTP\/1.1 400 .*unknown key instanz/s,
    ],
    ["a key of the prototype", post("/v1/resume", '{"__proto__":1}'), /^HTTP\/1.1 400 /],
    ["instance", post("/v1/resume", '{"instance":7}'), /^HTTP\/1.1 400 .*not a name/s],
    ["force", post("/v1/failover", '{"force":"yes"}'), /^HTTP\/1.1 400 .*force/s],
    ["hold", post("/v1/failover", '{"holdMs":-1}'), /^HTTP\/1.1 400 .*holdMs/s],
    ["an endless hold", post("/v1/failover", '{"holdMs":1e300}'), /^HTTP\/1.1 400 .*holdMs/s],
    ["oversize", post("/v1/resume", "x".repeat(20_000)), /^HTTP\/1.1 413 .*16384/s],
    ["no HTTP", "hello\r\n\r\n", /^HTTP\/1.1 400 .*no such request/s],
    ["a long head", `GET / HTTP/1.1\r\nX: ${"x".repeat(9000)}\r\n\r\n`, /^HTTP\/1.1 431 /],
  ];

  test.each(cases)("%s", async (_name, request, expected) => {
    await open();
    const answer = await raw(request);
    expect(answer).toMatch(expected);
    expect(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n")))).toMatchObject({ done: false });
    expect(called).toEqual([]);
    expect((await askStatus(path)).kind).toBe("running");
  });

  test("a client that breaks off is forgotten", async () => {
    await open();
    await raw(post("/v1/resume", "{}").slice(0, -1), { end: true });
    expect(called).toEqual([]);
    expect((await askStatus(path)).kind).toBe("running");
    expect(problems).toEqual([]);
  });

  test("a slow client is cut off", async () => {
    await open();
    const answer = await raw("GET /v1/status HTTP/1.1\r\nHost");
    expect(answer).toMatch(/^HTTP\/1.1 408 .*too slowly/s);
  });

  test("connections have a limit, and room comes back", async () => {
    await open();
    const idle: Socket[] = [];
    for (let i = 0; i < 40; i++) idle.push(connect(path).on("error", () => undefined));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const living = idle.filter((socket) => !socket.destroyed && socket.readyState === "open");
    expect(living.length).toBeLessThanOrEqual(16);
    for (const socket of idle) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await askStatus(path)).kind).toBe("running");
  });
});

describe("the socket file", () => {
  test("is root's own", async () => {
    await open();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("of a crash is replaced, of a living daemon not", async () => {
    await open();
    await expect(serve(handlers, path)).rejects.toMatchObject({ code: "BATON_RUNNING" });
    expect((await askStatus(path)).kind).toBe("running");
    const dead = `${path}.dead`;
    leaveBehind(dead);
    expect(statSync(dead).isSocket()).toBe(true);
    const second = await serve(handlers, dead);
    expect((await askStatus(dead)).kind).toBe("running");
    await second.close();
  });

  test("goes with the server", async () => {
    await open();
    await server?.close();
    server = undefined;
    expect(await askStatus(path)).toEqual({ kind: "notRunning" });
    await expect(command(path, "/v1/resume", {})).rejects.toMatchObject({
      code: "BATON_NOT_RUNNING",
    });
  });

  test("is not put in the place of something else", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "precious");
    await expect(serve(handlers, file)).rejects.toThrow(/not a socket/);
    expect(statSync(file).size).toBe(8);
  });
});

describe("the client", () => {
  const fake = (onSocket: (socket: Socket) => void): Promise<Server> => {
    const hung = createServer(onSocket);
    path = join(folder, "fake.sock");
    return new Promise((resolve) => hung.listen(path, () => resolve(hung)));
  };

  test("a refusing socket file is nobody's", async () => {
    path = join(folder, "dead.sock");
    leaveBehind(path);
    expect(await askStatus(path)).toEqual({ kind: "notRunning" });
  });

  test("a daemon that accepts and says nothing is silent", async () => {
    const hung = await fake(() => undefined);
    expect(await askStatus(path, 100)).toEqual({ kind: "silent", afterMs: 100 });
    await expect(command(path, "/v1/resume", {}, 100)).rejects.toMatchObject({
      code: "BATON_TIMEOUT",
    });
    hung.close();
  });

  test.each([
    ["nonsense", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{x}"],
    ["another format", 'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"format":9}'],
    ["half an answer", 'HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"format":1'],
    ["no HTTP", "hello\r\n"],
  ])("%s is an error in words", async (_name, text) => {
    const other = await fake((socket) => {
      socket.on("error", () => undefined);
      socket.end(text);
    });
    await expect(askStatus(path)).rejects.toMatchObject({ code: "BATON_CONTROL" });
    other.close();
  });
});

/** A socket file without a process, as a crash leaves it: libuv would take it away at the end. */
function leaveBehind(where: string): void {
  const script = `require("net").createServer().listen(process.argv[1], () => {
    process.kill(process.pid, "SIGKILL");
  })`;
  spawnSync(process.execPath, ["-e", script, where]);
}

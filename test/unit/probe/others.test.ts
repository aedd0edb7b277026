/** tls, dns, exec and file: certificates, answers, programs and files of all sorts. */
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer as createTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { days, ms } from "../../../src/base/units.ts";
import type { DnsAction, HttpAction, Probe, TlsOptions } from "../../../src/config/check-types.ts";
import { encodeQuestion } from "../../../src/probe/dns-message.ts";
import { LOCAL, outcomeOf, probeOf, TLS } from "./harness.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-probe-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A certificate that signs itself; valid for ten days. */
function certificate(name: string): { key: string; cert: string } {
  const file = (suffix: string): string => join(folder, `${name}.${suffix}`);
  const words =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 10 " +
    `-keyout ${file("key")} -out ${file("pem")} -subj /CN=${name} ` +
    `-addext subjectAltName=DNS:${name},IP:127.0.0.1`;
  execFileSync("openssl", words.split(" "), { stdio: "ignore" });
  return { key: readFileSync(file("key"), "utf8"), cert: readFileSync(file("pem"), "utf8") };
}

describe("tls and https", () => {
  let server: Server;
  let port: number;
  let named: string | undefined;
  beforeAll(async () => {
    const own = certificate("shop.example");
    const SNICallback = (name: string, done: (error: null) => void): void => {
      named = name;
      done(null);
    };
    server = createServer({ ...own, SNICallback }, (socket) => {
      socket.on("error", () => undefined);
      socket.on("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    });
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, LOCAL, resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => server.close());

  const tls = (changes: Partial<TlsOptions>) =>
    outcomeOf(probeOf({ kind: "tls", tls: { ...TLS, ...changes } }, port));

  it("refuses a certificate that nobody knows, unless told not to look", async () => {
    expect(await tls({})).toEqual({
      ok: false,
      reason: "the certificate is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)",
    });
    expect(await tls({ verify: false })).toMatchObject({ ok: true });
  });

  it("trusts the file that it is given, and asks for the name", async () => {
    const caFile = join(folder, "shop.example.pem");
    expect(await tls({ caFile })).toMatchObject({ ok: true });
    expect(named).toBeUndefined();
    expect(await tls({ caFile, serverName: "shop.example" })).toMatchObject({ ok: true });
    expect(named).toBe("shop.example");
    const { ok, ...rest } = await tls({ caFile, serverName: "other.example" });
    expect(ok).toBe(false);
    expect(JSON.stringify(rest)).toContain("other.example");
  });

  it("warns before the certificate ends", async () => {
    const caFile = join(folder, "shop.example.pem");
    expect(await tls({ caFile, warnBefore: days(5) })).toMatchObject({ warning: undefined });
    expect(await tls({ caFile, warnBefore: days(30) })).toMatchObject({
      warning: "the certificate ends in 9 d",
    });
  });

  it("speaks http over it", async () => {
    const action: HttpAction = {
      kind: "http",
      tls: { ...TLS, verify: false, warnBefore: days(30) },
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
    expect(await outcomeOf(probeOf(action, port))).toMatchObject({
      ok: true,
      warning: "the certificate ends in 9 d",
    });
  });

  it("says that a handshake does not come to its end", async () => {
    const silent = createTcp();
    await new Promise<void>((resolve) => silent.listen(0, LOCAL, resolve));
    const at = (silent.address() as AddressInfo).port;
    const ask = (changes: Partial<Probe>) =>
      outcomeOf(probeOf({ kind: "tls", tls: TLS }, at, changes));
    expect(await ask({ timeout: ms(150) })).toEqual({
      ok: false,
      reason: "no TLS handshake within 150ms",
    });
    expect(await ask({ connectTimeout: ms(100) })).toEqual({
      ok: false,
      reason: "no connection within 100ms",
    });
    silent.close();
  });

  it("fails where the trusted certificates can not be read", async () => {
    expect(await tls({ caFile: join(folder, "none.pem") })).toMatchObject({ ok: false });
  });
});

describe("dns", () => {
  const ACTION: DnsAction = {
    kind: "dns",
    over: "udp",
    name: "www.example.",
    recordType: "A",
    rcode: "NOERROR",
    answer: undefined,
  };

  interface Data {
    readonly type: number;
    readonly octets: readonly number[];
  }
  const ADDRESS: Data = { type: 1, octets: [10, 1, 2, 3] };

  /** An answer with one record, its name a pointer to the question's. */
  const answerTo = (question: Buffer, rcode: number, { type, octets }: Data): Buffer => {
    const head = Buffer.from(question);
    head.writeUInt16BE(0x8180 | rcode, 2);
    head.writeUInt16BE(1, 6);
    return Buffer.concat([
      head,
      Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, octets.length, ...octets]),
    ]);
  };

  async function ask(rcode: number, changes: Partial<DnsAction>, data = ADDRESS) {
    const udp = createSocket("udp4");
    udp.on("message", (message, { port }) => {
      udp.send(answerTo(message, rcode, data), port, LOCAL);
    });
    const tcp = createTcp((socket) => {
      socket.on("data", (part: Buffer) => {
        const answer = answerTo(part.subarray(2), rcode, data);
        const length = Buffer.alloc(2);
        length.writeUInt16BE(answer.length);
        socket.write(length);
        setTimeout(() => socket.end(answer), 10);
      });
    });
    await new Promise<void>((resolve) => udp.bind(0, LOCAL, resolve));
    await new Promise<void>((resolve) => tcp.listen(0, LOCAL, resolve));
    const action = { ...ACTION, ...changes };
    const at = action.over === "udp" ? udp.address().port : (tcp.address() as AddressInfo).port;
    const outcome = await outcomeOf(probeOf(action, at));
    udp.close();
    tcp.close();
    return outcome;
  }

  it("asks as RFC 1035 draws it", () => {
    const octets = Buffer.from(encodeQuestion(0x1234, "ab.c", "A")).toString("hex");
    expect(octets).toBe("12340100000100000000000002616201630000010001");
  });

  it.each(["udp", "tcp"] as const)("looks at code and answer, over %s", async (over) => {
    expect(await ask(0, { over })).toMatchObject({ ok: true });
    expect(await ask(0, { over, answer: "10.1.2.3" })).toMatchObject({ ok: true });
    expect(await ask(0, { over, answer: "10.1.2.4" })).toEqual({
      ok: false,
      reason: "answers 10.1.2.3 instead of 10.1.2.4",
    });
    expect(await ask(3, { over })).toEqual({
      ok: false,
      reason: "answers NXDOMAIN instead of NOERROR",
    });
    expect(await ask(5, { over, rcode: "REFUSED" })).toMatchObject({ ok: true });
  });

  it.each([
    ["AAAA", 28, "2001:DB8:0::1", [0x20, 1, 0x0d, 0xb8, ...Array<number>(11).fill(0), 1]],
    ["CNAME", 5, "WWW.Example.", [0xc0, 12]],
    ["TXT", 16, "ab c", [2, 97, 98, 2, 32, 99]],
  ])(
    "knows an answer of type %s however it is spelled",
    async (recordType, type, answer, octets) => {
      expect(await ask(0, { recordType, answer }, { type, octets })).toMatchObject({ ok: true });
      expect(await ask(0, { recordType, answer: `${answer}1` }, { type, octets })).toMatchObject({
        ok: false,
      });
    },
  );
});

describe("exec", () => {
  const run = (script: string, weightFromExit = false, timeout = 5000) =>
    outcomeOf(
      probeOf(
        { kind: "exec", command: ["/bin/sh", "-c", script], weightFromExit, user: undefined },
        80,
        {
          timeout: ms(timeout),
        },
      ),
    );

  it("is up with exit code 0, and knows whom it asks for", async () => {
    expect(await run('test "$BATON_ADDRESS:$BATON_PORT" = 127.0.0.1:80')).toMatchObject({
      ok: true,
    });
  });

  it("is down with any other, and says what the program said", async () => {
    expect(await run("echo disk full; echo more; exit 3")).toEqual({
      ok: false,
      reason: "/bin/sh ended with 3: disk full",
    });
    expect(await run("kill -9 $$")).toEqual({
      ok: false,
      reason: "/bin/sh was ended by SIGKILL",
    });
  });

  it("takes a weight from the exit code where it is told to", async () => {
    expect(await run("exit 12", true)).toMatchObject({ ok: true, weight: 10 });
    expect(await run("exit 1", true)).toMatchObject({ ok: false });
    expect(await run("exit 0", true)).not.toHaveProperty("weight");
  });

  it.runIf(process.getuid?.() === 0)("runs as the user that is named", async () => {
    const command = ["/bin/sh", "-c", 'test "$(id -u):$(id -G)" = 65534:4711'];
    const action = { kind: "exec", command, weightFromExit: false, user: "nobody:4711" } as const;
    expect(await outcomeOf(probeOf(action, 80))).toMatchObject({ ok: true });
  });

  it("is down where the program can not be run", async () => {
    const action = {
      kind: "exec",
      command: ["/nowhere/probe"],
      weightFromExit: true,
      user: undefined,
    } as const;
    const { ok, ...rest } = await outcomeOf(probeOf(action, 80));
    expect(ok).toBe(false);
    expect(JSON.stringify(rest)).toContain("can not be run");
  });

  it("kills the program with all that it started when the time is over", async () => {
    const mark = join(folder, "alive");
    const outcome = await run(`(sleep 1; touch ${mark}) & sleep 10`, false, 200);
    expect(outcome).toEqual({ ok: false, reason: "no end of /bin/sh within 200ms" });
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(() => readFileSync(mark)).toThrow("ENOENT");
  });
});

describe("file", () => {
  it.each([
    ["7\n", { ok: true, weight: 7 }],
    ["0", { ok: true, weight: 0 }],
    ["down\n", { ok: false }],
    ["", { ok: false }],
    ["-1", { ok: false }],
    ["70000", { ok: false }],
  ])("with %j in it", async (text, expected) => {
    const path = join(folder, "weight");
    writeFileSync(path, text);
    expect(await outcomeOf(probeOf({ kind: "file", path }, 0))).toMatchObject(expected);
  });

  it("fails where there is none", async () => {
    const path = join(folder, "no-such");
    expect(await outcomeOf(probeOf({ kind: "file", path }, 0))).toEqual({
      ok: false,
      reason: `${path}: there is no such file (ENOENT)`,
    });
  });
});

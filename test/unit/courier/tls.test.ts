/** Mail and webhooks over real TLS, with a certificate authority of the test's own. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttps } from "node:https";
import { createServer as createTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTls, TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ms } from "../../../src/base/units.ts";
import type { MailSink, WebhookSink } from "../../../src/config/alert-types.ts";
import type { Outcome } from "../../../src/core/alert/types.ts";
import { deliver } from "../../../src/courier/deliver.ts";
import { HERE, listen } from "../../support/listening.ts";

let folder: string;
const file = (name: string): string => join(folder, name);

function openssl(name: string, ...words: readonly string[]): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const out = ["-keyout", file(`${name}.key`), "-out", file(`${name}.pem`), "-subj", `/CN=${name}`];
  execFileSync("openssl", ["req", "-x509", ...key, ...out, ...words], { stdio: "ignore" });
}

type Name = "good" | "other";
const own = (name: Name): { readonly key: Buffer; readonly cert: Buffer } => ({
  key: readFileSync(file(`${name}.key`)),
  cert: readFileSync(file(`${name}.pem`)),
});

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-courier-tls-"));
  openssl("ca", "-days", "9");
  const byCa = ["-CA", file("ca.pem"), "-CAkey", file("ca.key")];
  const named = (san: string): readonly string[] => ["-addext", `subjectAltName=${san}`];
  openssl("good", ...byCa, "-days", "9", ...named(`IP:${HERE}`));
  openssl("other", ...byCa, "-days", "9", ...named("DNS:elsewhere.example"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a server heard, and over which kind of connection. */
type Heard = [over: "tcp" | "tls", line: string][];

/** The server's side of RFC 5321; `upgrade` is what STARTTLS does. */
function speak(socket: Socket, heard: Heard, upgrade?: () => void): void {
  const over = socket instanceof TLSSocket ? "tls" : "tcp";
  let data = false;
  socket.on("error", () => undefined);
  socket.on("data", (part: Buffer) => {
    for (const line of part.toString().split("\r\n").slice(0, -1)) {
      heard.push([over, line]);
      if (data && line !== ".") continue;
      data = line === "DATA";
      const [word = ""] = line.split(" ");
      const offers = word === "EHLO" && upgrade ? "250-STARTTLS\r\n" : "";
      socket.write(
        `${offers}${word === "DATA" ? "354" : word === "STARTTLS" ? "220" : "250"} ok\r\n`,
      );
      if (word === "STARTTLS") upgrade?.();
    }
  });
}

function smtps(name: Name, heard: Heard): Promise<number> {
  const server = createTls(own(name), (socket) => {
    speak(socket, heard);
    socket.write("220 here\r\n");
  });
  return listen(server);
}

function startTls(name: Name, heard: Heard): Promise<number> {
  const server = createTcp((socket) => {
    speak(socket, heard, () => {
      socket.removeAllListeners("data");
      speak(new TLSSocket(socket, { isServer: true, ...own(name) }), heard);
    });
    socket.write("220 here\r\n");
  });
  return listen(server);
}

function https(name: Name, heard: Heard): Promise<number> {
  const server = createHttps(own(name), (asked, answer) => {
    heard.push(["tls", `${asked.method} ${asked.url}`]);
    answer.writeHead(204).end();
  });
  return listen(server);
}

interface Trust {
  readonly verify: boolean;
  readonly caFile: string | undefined;
}

const mail = (over: MailSink["over"], port: number, trust: Trust): MailSink => ({
  kind: "mail",
  host: HERE,
  port,
  over,
  passwordFile: undefined,
  from: "baton@example.net",
  to: ["ops@example.net"],
  hello: undefined,
  connectTimeout: ms(8000),
  ...trust,
});
const webhook = (port: number, trust: Trust): WebhookSink => ({
  kind: "webhook",
  url: `https://${HERE}:${port}/hook`,
  headers: {},
  tokenFile: undefined,
  ...trust,
});

type Serve = (name: Name, heard: Heard) => Promise<number>;
type Sink = (port: number, trust: Trust) => MailSink | WebhookSink;

const KINDS: readonly [what: string, serve: Serve, sink: Sink, told: RegExp][] = [
  ["mail over TLS", smtps, (port, trust) => mail("tls", port, trust), /^MAIL FROM/],
  ["mail over STARTTLS", startTls, (port, trust) => mail("starttls", port, trust), /^MAIL FROM/],
  ["a webhook by https", https, webhook, /^POST \/hook/],
];

describe.each(KINDS)("%s", (_, serve, sink, told) => {
  /** What came of it, and over which connection the server was told. */
  async function sent(
    name: Name,
    trust: Trust,
  ): Promise<{ readonly outcome: Outcome; readonly toldOver: readonly string[] }> {
    const heard: Heard = [];
    const letter = { subject: "s", text: "t\n", json: "{}" };
    const to = sink(await serve(name, heard), trust);
    const outcome = await deliver({ sink: to, letter, secret: undefined, timeout: ms(8000) });
    return { outcome, toldOver: heard.filter(([, line]) => told.test(line)).map(([over]) => over) };
  }

  test("goes to who has a certificate of the configured authority", async () => {
    const trust = { verify: true, caFile: file("ca.pem") };
    expect(await sent("good", trust)).toEqual({
      outcome: { kind: "delivered" },
      toldOver: ["tls"],
    });
  });

  test.each<[string, Name, string | undefined, RegExp]>([
    ["of nobody known", "good", undefined, /unable to verify|self-signed.*`caFile`/],
    ["of another host", "other", "ca.pem", /does not match certificate's altnames/],
    ["of another authority", "good", "other.pem", /unable to verify.*`caFile`/],
  ])("a certificate %s is refused with words, and nothing is told", async (_why, name, ca, why) => {
    const trust = { verify: true, caFile: ca && file(ca) };
    expect(await sent(name, trust)).toEqual({
      outcome: { kind: "failed", again: true, why: expect.stringMatching(why) as string },
      toldOver: [],
    });
  });

  test("a file of authorities that is not there is named", async () => {
    const trust = { verify: true, caFile: file("gone.pem") };
    const { outcome } = await sent("good", trust);
    expect(outcome).toMatchObject({ kind: "failed", why: expect.stringContaining("gone.pem") });
  });

  test("any certificate will do where nothing is to be verified", async () => {
    const { outcome, toldOver } = await sent("other", { verify: false, caFile: undefined });
    expect([outcome, toldOver]).toEqual([{ kind: "delivered" }, ["tls"]]);
  });
});

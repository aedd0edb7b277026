/** Mail and webhooks against servers of the test: those that answer, and all that do not. */
import { createServer as createHttp } from "node:http";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { type Millis, ms } from "../../../src/base/units.ts";
import type { MailSink, WebhookSink } from "../../../src/config/alert-types.ts";
import type { Outcome } from "../../../src/core/alert/types.ts";
import { deliver } from "../../../src/courier/deliver.ts";
import { hangUp, listen } from "../../support/listening.ts";

const LETTER = { subject: "[pair lb1] web is master: why", text: "one\n.two\n", json: '{"a":1}' };
const GENEROUS = ms(8000);
const SHORT = ms(150);

/** Answers to the first word of a line; what is said between DATA and the dot is kept. */
async function smtp(
  answers: Readonly<Record<string, string>> = {},
): Promise<{ readonly port: number; readonly heard: string[] }> {
  const heard: string[] = [];
  const usual = { greeting: "220 here", EHLO: "250 here", DATA: "354 go on", ".": "250 taken" };
  const port = await listen(
    createServer((socket) => {
      let data = false;
      let rest = "";
      const say = (word: string, line = word): void => {
        const text = answers[line] ?? { ...usual, ...answers }[word] ?? "250 ok";
        socket.write(`${text.replaceAll("\n", "\r\n")}\r\n`);
      };
      say("greeting");
      socket.on("data", (part) => {
        const lines = (rest + part.toString()).split("\r\n");
        rest = lines.pop() ?? "";
        for (const line of lines) {
          heard.push(line);
          if (data && line !== ".") continue;
          data = line === "DATA";
          say(line.split(/[ :]/)[0] ?? "", line);
        }
      });
    }),
  );
  return { port, heard };
}

const mailTo = (port: number, more: Partial<MailSink> = {}): MailSink => ({
  kind: "mail",
  host: "127.0.0.1",
  port,
  over: "tcp",
  verify: true,
  caFile: undefined,
  passwordFile: undefined,
  from: "baton@example.net",
  to: ["ops@example.net", "night@example.net"],
  hello: "lb1.example.net",
  connectTimeout: GENEROUS,
  ...more,
});

const send = (
  sink: MailSink | WebhookSink,
  { secret, timeout = GENEROUS }: { readonly secret?: string; readonly timeout?: Millis } = {},
): Promise<Outcome> => deliver({ sink, letter: LETTER, secret, timeout });

const failure = (why: RegExp, again: boolean) => ({
  kind: "failed",
  again,
  why: expect.stringMatching(why) as string,
});

describe("mail", () => {
  test("goes to everybody in the list, with its subject and text", async () => {
    const { port, heard } = await smtp();
    expect(await send(mailTo(port))).toEqual({ kind: "delivered" });
    expect(heard).toContain("EHLO lb1.example.net");
    expect(heard.filter((line) => line.startsWith("RCPT"))).toEqual([
      "RCPT TO:<ops@example.net>",
      "RCPT TO:<night@example.net>",
    ]);
    expect(heard).toContain(`Subject: ${LETTER.subject}`);
    expect(heard).toContain("Auto-Submitted: auto-generated");
    expect(heard).toContain("..two");
  });

  test("logs in where there is a password", async () => {
    const answers = { EHLO: "250-here\n250 AUTH PLAIN", AUTH: "235 welcome" };
    const { port, heard } = await smtp(answers);
    expect(await send(mailTo(port), { secret: "me:hu:sh" })).toEqual({ kind: "delivered" });
    const said = Buffer.from("\0me\0hu:sh").toString("base64");
    expect(heard).toContain(`AUTH PLAIN ${said}`);
  });

  test.each([
    ["a greeting that refuses", { greeting: "421 busy" }, /421/, true],
    ["a sender that may not", { MAIL: "550 not you" }, /not you/, false],
    ["nobody whom it knows", { RCPT: "550 who" }, /who/, false],
    ["a mailbox that is full for now", { RCPT: "452 full" }, /full/, true],
    ["a refused text", { ".": "554 spam" }, /spam/, false],
  ])("%s", async (_, answers, why, again) => {
    const { port } = await smtp(answers);
    expect(await send(mailTo(port))).toEqual(failure(why, again));
  });

  test("does not go in the clear where TLS is asked for", async () => {
    const { port, heard } = await smtp({ STARTTLS: "502 what" });
    expect(await send(mailTo(port, { over: "starttls" }))).toMatchObject({ kind: "failed" });
    expect(heard.filter((line) => line.startsWith("MAIL"))).toEqual([]);
  });

  test("one address of several that is refused is told", async () => {
    const { port } = await smtp({ "RCPT TO:<night@example.net>": "550 gone" });
    const note = "the server refused night@example.net";
    expect(await send(mailTo(port))).toEqual({ kind: "delivered", note });
  });
});

const postTo = (port: number, more: Partial<WebhookSink> = {}): WebhookSink => ({
  kind: "webhook",
  url: `http://127.0.0.1:${port}/hook`,
  headers: { "X-Source": "test" },
  tokenFile: undefined,
  verify: true,
  caFile: undefined,
  ...more,
});

async function http(status: number, headers: Readonly<Record<string, string>> = {}) {
  const heard: { body: string; headers: Readonly<Record<string, unknown>> }[] = [];
  const server = createHttp((asked, answer) => {
    let body = "";
    asked.on("data", (part: Buffer) => {
      body += part.toString();
    });
    asked.on("end", () => {
      heard.push({ body, headers: asked.headers });
      answer.writeHead(status, headers).end("so be it");
    });
  });
  return { port: await listen(server), heard };
}

describe("a webhook", () => {
  test("gets the JSON, with headers and token", async () => {
    const { port, heard } = await http(204);
    expect(await send(postTo(port), { secret: "t0ken" })).toEqual({ kind: "delivered" });
    expect(heard).toMatchObject([
      {
        body: LETTER.json,
        headers: {
          "content-type": "application/json",
          "x-source": "test",
          authorization: "Bearer t0ken",
        },
      },
    ]);
  });

  test.each([
    [404, {}, failure(/404/, false)],
    [429, { "retry-after": "7" }, { ...failure(/429/, true), wait: 7000 }],
    [503, {}, failure(/503/, true)],
    [301, { location: "/there" }, failure(/301.*\/there/, false)],
  ])("that answers %i", async (status, headers, answer) => {
    const { port } = await http(status, headers);
    expect(await send(postTo(port))).toEqual(answer);
  });
});

describe.each([
  ["mail", mailTo],
  ["a webhook", postTo],
])("%s", (_, to) => {
  test("to nobody is tried again", async () => {
    const port = await listen(createServer());
    hangUp();
    expect(await send(to(port))).toEqual(failure(/ECONNREFUSED/, true));
  });

  test("to one who says nothing ends in time", async () => {
    const port = await listen(createServer());
    expect(await send(to(port), { timeout: SHORT })).toMatchObject({ kind: "failed", again: true });
  });

  test("to one who answers an octet at a time ends in time", async () => {
    const port = await listen(
      createServer((socket) => {
        const timer = setInterval(() => socket.write("2"), 20);
        socket.on("close", () => clearInterval(timer));
      }),
    );
    expect(await send(to(port), { timeout: SHORT })).toMatchObject({ kind: "failed", again: true });
  });

  test("to one who hangs up is tried again", async () => {
    const port = await listen(createServer((socket) => socket.destroy()));
    expect(await send(to(port))).toMatchObject({ kind: "failed", again: true });
  });
});

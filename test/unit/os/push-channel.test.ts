/** The push channel over loopback: who knows the key is heard once, everybody else is not. */
import { connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Ip } from "../../../src/base/ip.ts";
import type { Secret } from "../../../src/os/hmac.ts";
import { offer, type Receiver, receivePushes } from "../../../src/os/push-channel.ts";

const HOST = "127.0.0.1" as Ip;
const KEY: Secret = { id: 7, key: new TextEncoder().encode("a key of the pair") };
const OTHER: Secret = { id: 7, key: new TextEncoder().encode("another key") };

let receiver: Receiver | undefined;
let port = 0;
let requests: string[] = [];
let troubles: string[] = [];

const open = async (peers: readonly string[] = [HOST]): Promise<void> => {
  receiver = await receivePushes({
    address: HOST,
    port,
    secrets: [KEY],
    peers: new Set(peers),
    onRequest: (text) => {
      requests.push(text);
      return Promise.resolve(`taken: ${text.length}`);
    },
    onTrouble: (sentence) => troubles.push(sentence),
  });
};

beforeEach(async () => {
  port = await freePort();
  requests = [];
  troubles = [];
});
afterEach(() => receiver?.close());

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}

const say = (text: string, secret = KEY): Promise<string> =>
  offer({ to: { address: HOST, port }, from: HOST, secret }, text);

test("a large text is taken whole, and answered", async () => {
  await open();
  const text = "é".repeat(500_000);
  expect(await say(text)).toBe("taken: 500000");
  expect(requests).toEqual([text]);
});

describe("not heard is", () => {
  test("who has another key", async () => {
    await open();
    await expect(say("x", OTHER)).rejects.toThrow("it broke off");
    expect({ requests, troubles }).toEqual({
      requests: [],
      troubles: ["an offer of 127.0.0.1: bad signature"],
    });
  });

  test("who is no director", async () => {
    await open(["192.0.2.1"]);
    await expect(say("x")).rejects.toThrow("it broke off");
    expect(requests).toEqual([]);
  });

  test.each([
    ["another key's number", (bytes: Buffer) => bytes.writeUInt16BE(8, 4)],
    ["another text", (bytes: Buffer) => bytes.writeUInt8(0x79, 4 + 2 + 32)],
    ["a length beyond all bounds", (bytes: Buffer) => bytes.writeUInt32BE(0xffffffff, 0)],
  ])("%s", async (_, change) => {
    await open();
    const recorded = await record();
    change(recorded);
    await replay(recorded);
    expect(requests).toEqual(["x"]);
    expect(troubles).toHaveLength(1);
  });

  test("what was recorded, however it is signed: each greeting is another one", async () => {
    await open();
    await replay(await record());
    expect(requests).toEqual(["x"]);
    expect(troubles).toEqual(["an offer of 127.0.0.1: bad signature"]);
  });
});

test("nobody there is told with what to look at", async () => {
  await expect(say("x")).rejects.toMatchObject({
    message: expect.stringContaining("ECONNREFUSED") as string,
    remedy: expect.stringContaining("firewall") as string,
  });
});

/** What an offer sends, as somebody in between sees it. */
async function record(): Promise<Buffer> {
  const sent: Buffer[] = [];
  const real = port;
  const sockets: Socket[] = [];
  const between = createServer((client) => {
    const server = connect(real, HOST);
    sockets.push(client, server);
    client.on("data", (part) => sent.push(part)).pipe(server);
    server.pipe(client);
  });
  port = await freePort();
  await new Promise<void>((resolve) => between.listen(port, HOST, resolve));
  await say("x");
  for (const socket of sockets) socket.destroy();
  between.close();
  port = real;
  return Buffer.concat(sent);
}

/** Resolves when the receiver has hung up. */
function replay(bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, HOST, () => socket.write(bytes));
    socket.on("data", () => undefined).on("error", () => undefined);
    socket.on("close", () => resolve());
  });
}

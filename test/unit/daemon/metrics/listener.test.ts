/** Where Prometheus reads: over a real socket, moved by a reload, and with little patience. */
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { parseIp } from "../../../../src/base/ip.ts";
import { createMeters } from "../../../../src/daemon/metrics/meters.ts";
import { createMetrics, type Metrics } from "../../../../src/daemon/metrics/metrics.ts";
import { SNAPSHOT } from "../../../support/snapshot.ts";

const LOOPBACK = parseIp("127.0.0.1");
if (LOOPBACK === undefined) throw new TypeError("no address");
const at = (port: number) => ({ address: LOOPBACK, port });
const urlOf = (port: number, path = "/metrics"): string => `http://127.0.0.1:${port}${path}`;

const said: string[] = [];
let asked = 0;
let metrics: Metrics;
const others: Server[] = [];

function open(): Metrics {
  said.length = 0;
  asked = 0;
  metrics = createMetrics({
    running: {
      snapshotInTurns: () => {
        asked++;
        return Promise.resolve(SNAPSHOT);
      },
    },
    meters: createMeters(),
    retryMs: 10,
    log: { info: (sentence) => void said.push(sentence), error: (text) => void said.push(text) },
  });
  return metrics;
}
afterEach(async () => {
  await metrics.close();
  for (const other of others.splice(0)) other.close();
});

/** A port that nobody listens on, or that another program holds. */
async function portOf({ held }: { held: boolean }): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  if (held) others.push(server);
  else await new Promise((resolve) => server.close(resolve));
  return port;
}

test("GET /metrics, and nothing else", async () => {
  const port = await portOf({ held: false });
  await open().listenOn(at(port));
  const answer = await fetch(urlOf(port));
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(await answer.text()).toContain('baton_peer_alive{director="lb2"} 1\n');
  expect((await fetch(urlOf(port, "/v1/status"))).status).toBe(404);
  const post = await fetch(urlOf(port), { method: "POST", body: "x" });
  expect([post.status, post.headers.get("allow")]).toEqual([405, "GET"]);
});

test("a crowd of readers costs one snapshot", async () => {
  const port = await portOf({ held: false });
  await open().listenOn(at(port));
  const answers = await Promise.all(Array.from({ length: 5 }, () => fetch(urlOf(port))));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  expect(asked).toBe(1);
});

test("more connections than there is room for are closed, and who asks slowly is sent away", async () => {
  const port = await portOf({ held: false });
  await open().listenOn(at(port));
  const sockets = Array.from({ length: 12 }, () => connect(port, "127.0.0.1"));
  const closed = sockets.map(
    (socket) =>
      new Promise<number>((resolve) => {
        socket.on("error", () => undefined).on("close", () => resolve(socket.bytesWritten));
        socket.resume();
      }),
  );
  sockets[0]?.write("GET /metrics HTTP/1.1\r\n");
  expect(await Promise.all(closed.slice(8))).toEqual([0, 0, 0, 0]);
  expect(await closed[0]).toBeGreaterThan(0);
  for (const socket of sockets) socket.destroy();
});

test("another address takes over; one that can not be had leaves the first", async () => {
  const [first, second, held] = [
    await portOf({ held: false }),
    await portOf({ held: false }),
    await portOf({ held: true }),
  ];
  await open().listenOn(at(first));
  await metrics.listenOn(at(second));
  await expect(fetch(urlOf(first))).rejects.toThrow();
  await expect(metrics.listenOn(at(held))).rejects.toMatchObject({
    code: "BATON_PORT",
    message: expect.stringContaining(`metrics can not be told on 127.0.0.1 port ${held}`),
    remedy: expect.stringContaining("metrics:"),
  });
  expect((await fetch(urlOf(second))).status).toBe(200);
  await metrics.listenOn(undefined);
  await expect(fetch(urlOf(second))).rejects.toThrow();
});

test("a start goes on without an address that another program holds, and tries it again", async () => {
  const port = await portOf({ held: true });
  open().begin(at(port));
  await expect.poll(() => said.join()).toContain("is tried again");
  // A reload that is about something else is not refused for it, nor does it end the trials.
  await metrics.listenOn(at(port));
  await new Promise((resolve) => others.pop()?.close(resolve));
  await expect.poll(() => said.join()).toContain("metrics: told");
  expect((await fetch(urlOf(port))).status).toBe(200);
});

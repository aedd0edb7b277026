/** What `baton status --watch` draws: within the room there is, and true when nobody answers. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { places } from "../../../src/base/places.ts";
import { makeContext } from "../../../src/cli/context.ts";
import { renderStatus } from "../../../src/cli/status/render.ts";
import { bar, clip, short } from "../../../src/cli/status/watch/bars.ts";
import { paint } from "../../../src/cli/status/watch/screen.ts";
import { drawPicture, furthest, type Picture } from "../../../src/cli/status/watch/view.ts";
import { repeat } from "../../../src/cli/status/watch.ts";
import { styleOf } from "../../../src/cli/text.ts";
import { serve } from "../../../src/control/server.ts";
import type { ServiceSnapshot, Snapshot } from "../../../src/core/director/snapshot-types.ts";
import { handlersWith } from "../../support/handlers.ts";
import { SNAPSHOT } from "../../support/snapshot.ts";
import { baton } from "./capture.ts";

const plain = styleOf(false);
const NOW = Date.parse("2026-05-01T12:00:00Z");
const WIDE = { columns: 120, rows: 40, skip: 0, unicode: true };
const NARROW = { ...WIDE, columns: 60, unicode: false };

type Server = ServiceSnapshot["servers"][number];
const [SERVICE] = SNAPSHOT.services;
const [SERVER] = SERVICE?.servers ?? [];
if (!SERVICE || !SERVER) throw new TypeError("the snapshot has no server");

const checked = (state: "up" | "down", more: Partial<Server>): Server => ({
  ...SERVER,
  ...more,
  health: {
    ...SERVER.health,
    state,
    checks: [{ kind: "tcp", verdict: state, answer: undefined, nextMs: undefined }],
  },
});
const SERVERS = [
  checked("up", {}),
  checked("up", { address: "192.168.60.137", kernelWeight: 2, weight: 4, activeConnections: 57 }),
  checked("down", { address: "fd00::3", inKernel: false, rates: undefined }),
];
const withServers = (servers: readonly Server[]): Snapshot => ({
  ...SNAPSHOT,
  services: [{ ...SERVICE, servers }],
});
const pictureOf = (snapshot: Snapshot, previous?: Snapshot): Picture => ({
  word: { kind: "running", snapshot },
  now: NOW,
  previous: previous && { snapshot: previous, at: NOW - 1000 },
  intervalMs: 1000,
});
const drawn = (picture: Picture, room = WIDE): string =>
  drawPicture(picture, room, plain).join("\n");

describe("a running director", () => {
  test("on a wide terminal", () => {
    expect(drawn(pictureOf(withServers(SERVERS))).split("\n")).toEqual([
      "lb1 of lb1-lb2  12:00:00 UTC, every 1.0 s  q ends",
      "",
      " web  MASTER      since 3 h 12 m  2/2 VIPs here  level  master lb1  lb2 was silent for 755ms",
      "",
      " lb2  alive  heard 120 ms ago  loss 0.3 %  jitter 1.2 ms",
      "",
      " http  tcp 192.168.60.100:80  wlc  120 conn/s  1.2k pkt/s  in 51 kB/s  out 0 B/s",
      "   192.168.60.136:80  up    ██▌    w 1        ██████                    15  60 conn/s  600 pkt/s  in 26 kB/s  out 0 B/s",
      "   192.168.60.137:80  up    █████  w 2 of 4   ████████████████████████  60  60 conn/s  600 pkt/s  in 26 kB/s  out 0 B/s",
      "   [fd00::3]:80       down         not there",
      "",
      " connection sync on eth1: master",
      " IPVS read 800 ms ago, loop late 0.8 ms at worst, 0 repairs",
    ]);
  });

  test("on one of 60 columns the least important goes", () => {
    expect(
      drawn(pictureOf(withServers(SERVERS)), NARROW)
        .split("\n")
        .slice(2),
    ).toEqual([
      " web MASTER since 3 h 12 m 2/2 VIPs here level master lb1",
      "     lb2 was silent for 755ms",
      "",
      " lb2  alive  heard 120 ms ago  loss 0.3 %  jitter 1.2 ms",
      "",
      " http  tcp 192.168.60.100:80  wlc",
      "   120 conn/s  1.2k pkt/s  in 51 kB/s  out 0 B/s",
      "   192.168.60.136:80  up    w 1        ##....  15  60 conn/s",
      "   192.168.60.137:80  up    w 2 of 4   ######  60  60 conn/s",
      "   [fd00::3]:80       down  not there  ......",
      "",
      " connection sync on eth1: master",
      " IPVS read 800 ms ago, loop late 0.8 ms at worst, 0 repairs",
    ]);
  });

  test.each([20, 40, 60, 79, 132])(
    "nothing is wider than %i columns, painted or not",
    (columns) => {
      const snapshot = { ...withServers(SERVERS), alarms: ["a sentence ".repeat(30)] };
      for (const colour of [true, false]) {
        const lines = drawPicture(pictureOf(snapshot), { ...WIDE, columns }, styleOf(colour));
        // oxlint-disable-next-line no-control-regex
        const widths = lines.map((line) => line.replaceAll(/\x1b\[\d+m/g, "").length);
        expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
      }
    },
  );

  test("what does not fit is counted, and scrolled to", () => {
    const many = Array.from({ length: 200 }, (_, i) => ({ ...SERVER, address: `10.0.0.${i}` }));
    const picture = pictureOf(withServers(many));
    const room = { ...WIDE, rows: 12 };
    const lines = drawPicture(picture, room, plain);
    expect(lines).toHaveLength(12);
    expect(lines.at(-2)).toBe(" … 199 more lines");
    expect(lines.at(-1)).toContain("IPVS read");
    const end = drawn(picture, { ...room, skip: furthest(picture, room, plain) });
    expect(end).toContain("10.0.0.199:80");
    expect(end).not.toContain("more lines");
  });

  test("what has changed since the last picture is marked", () => {
    const after = withServers([checked("down", {}), ...SERVERS.slice(1)]);
    const before = withServers(SERVERS);
    const was = {
      ...before,
      instances: before.instances.map((one) => ({ ...one, state: "backup" })),
    };
    const lines = drawn(pictureOf(after, was)).split("\n");
    expect(lines.filter((line) => /^ ?\*/.test(line)).map((line) => line.slice(0, 26))).toEqual(
      ["*web  MASTER      since 3 h", " * 192.168.60.136:80  down"].map((line) =>
        line.slice(0, 26),
      ),
    );
  });

  test("an old table is called old, and a broken one by its reason", () => {
    const old = { ...SNAPSHOT, ipvs: { problem: undefined, readAgoMs: 42_000 } };
    expect(drawn(pictureOf(old))).toContain(
      "The IPVS table was read 42.0 s ago: its figures are old.",
    );
    const broken = { ...SNAPSHOT, ipvs: { problem: "no module", readAgoMs: undefined } };
    expect(drawn(pictureOf(broken))).toContain("IPVS: no module");
  });

  test("a server's words do not command the terminal", () => {
    expect(drawn(pictureOf({ ...SNAPSHOT, alarms: ["a\x1b[2Jb\x07c"] }))).toContain(
      "ALARM a·[2Jb·c",
    );
  });
});

describe("nobody answers", () => {
  const previous = { snapshot: SNAPSHOT, at: NOW - 65_000 };
  test.each<[Picture["word"], string]>([
    [{ kind: "notRunning" }, "No daemon runs here: `baton status` reads the kernel."],
    [
      { kind: "silent", afterMs: 2000 },
      "The daemon did not answer within 2.0 s: it is hung or stopped.",
    ],
    [
      { kind: "failed", sentence: "the socket is not for this user" },
      "the socket is not for this user",
    ],
  ])("%o", (word, sentence) => {
    const alone = drawn({ word, now: NOW, previous: undefined, intervalMs: 1000 });
    expect(alone).toBe(`baton  12:00:00 UTC, every 1.0 s  q ends\n${sentence}`);
    const lines = drawn({ word, now: NOW, previous, intervalMs: 1000 }).split("\n");
    expect(lines.slice(1, 3)).toEqual([sentence, "What follows is 1 m 5 s old."]);
    expect(lines.join("\n")).toContain("192.168.60.136:80");
  });
});

test("bars and short numbers", () => {
  expect(bar(0, 10, 4, true)).toBe("    ");
  expect(bar(0.001, 10, 4, true)).toBe("▏   ");
  expect(bar(5, 10, 4, true)).toBe("██  ");
  expect(bar(20, 10, 4, true)).toBe("████");
  expect(bar(3, 0, 4, false)).toBe("....");
  expect(bar(1, 10, 4, false)).toBe("#...");
  expect([0, 7.4, 999, 1000, 9949, 9950, 999_499, 999_500].map(short)).toEqual([
    "0",
    "7",
    "999",
    "1.0k",
    "9.9k",
    "10k",
    "999k",
    "1.0M",
  ]);
});

test("a clipped line ends its paint", () => {
  const { bad } = styleOf(true);
  expect(clip(`ab${bad("cdef")}gh`, 4)).toBe("ab\x1b[31mcd\x1b[39m");
  expect(clip("abc", 10)).toBe("abc");
});

test("a picture is one write that leaves nothing of the one before", () => {
  expect(paint(["a", "b"])).toBe("\x1b[?2026h\x1b[Ha\x1b[K\r\nb\x1b[K\x1b[J\x1b[?2026l");
});

test("without a terminal a status follows the other, with a line between", async () => {
  const root = mkdtempSync(join(tmpdir(), "baton-watch-"));
  const server = await serve(handlersWith({}), places(root).socket);
  const end = new AbortController();
  let out = "";
  const io = {
    out: (text: string) => {
      out += text;
      if (out.split("\n---").length > 2) end.abort();
    },
    err: () => undefined,
    colour: false,
    columns: Number.POSITIVE_INFINITY,
  };
  await repeat(makeContext({ root }, io, {}), { intervalMs: 1, json: false }, end.signal);
  await server.close();
  rmSync(root, { recursive: true });
  const one = `${renderStatus(SNAPSHOT, [], plain).join("\n")}\n`;
  expect(out.replaceAll(/--- \S+Z\n/g, "---\n")).toBe(`${one}---\n${one}---\n${one}`);
});

test("an interval alone is refused, and so is one that is too short", async () => {
  expect((await baton("status", "--interval", "2s")).err).toContain("--interval was given without");
  expect((await baton("status", "--watch", "--interval", "10ms")).code).toBe(2);
});

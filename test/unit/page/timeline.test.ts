/** The page's timeline: what all directors saw, in one order. */
import { expect, test } from "vitest";
import type { Lately, PageView, PeerLately } from "../../../src/control/api.ts";
import { textOf } from "../../../src/page/node.ts";
import { timelineView } from "../../../src/page/timeline.ts";
import { SNAPSHOT } from "../../support/snapshot.ts";

const NOTHING: Lately = { history: [], serverHistory: [], repairs: [], decisions: [] };
const role = (to: string, agoMs: number, why = "so"): Lately["history"][number] => ({
  instance: "web",
  from: "backup",
  to,
  why,
  agoMs,
  time: "2026-01-01T00:00:00Z",
});
const server = (to: string, agoMs: number): Lately["serverHistory"][number] => ({
  service: "http",
  server: "10.0.0.1:80",
  from: "up",
  to,
  why: "refused",
  agoMs,
  time: "2026-01-01T00:00:00Z",
});
const lb2 = (lately: Partial<Lately>, more: Partial<PeerLately> = {}): PeerLately => ({
  director: "lb2",
  lately: { ...NOTHING, ...lately },
  agoMs: 0,
  problem: undefined,
  ...more,
});

function read(own: Partial<Lately>, ...peers: readonly PeerLately[]): readonly string[] {
  const snapshot = { ...SNAPSHOT, ...NOTHING, ...own };
  const view: PageView = { nextMs: 1000, commands: false, peers, snapshot };
  return timelineView(view, new Date(3_600_000)).flatMap((node) =>
    (node.tag === "ol" ? node.children : [node]).map((one) => textOf(one).replace(/\s+/g, " ")),
  );
}

test("what happened lately stands in one order, the newest first", () => {
  const repairs = [{ agoMs: 1000, what: "192.168.60.100 was gone" }];
  const [first, second] = read({ history: [role("master", 5000)], repairs });
  expect(first).toMatch(/lb1 repaired : 192.168.60.100 was gone/);
  expect(second).toMatch(/lb1 web: backup → master : so/);
});

test("what another director told some time ago stands where it belongs", () => {
  const told = lb2({ history: [role("leaving", 1000)] }, { agoMs: 3000 });
  const rows = read({ history: [role("master", 3500), role("fault", 4500)] }, told);
  expect(rows.map((row) => row.split(" ").slice(1, 5).join(" "))).toEqual([
    "lb1 web: backup →",
    "lb2 web: backup →",
    "lb1 web: backup →",
  ]);
  expect(rows[1]).toContain("leaving");
});

test("a server that both saw fall is one event, and two falls are two", () => {
  const own = { serverHistory: [server("down", 9000), server("down", 2000)] };
  const rows = read(own, lb2({ serverHistory: [server("down", 2400), server("up", 2400)] }));
  expect(rows).toHaveLength(3);
  expect(rows.filter((row) => row.includes("lb1, lb2 http 10.0.0.1:80: up → down"))).toHaveLength(
    1,
  );
});

test("the same role of both is two events", () => {
  const rows = read({ history: [role("master", 900)] }, lb2({ history: [role("master", 900)] }));
  expect(rows).toHaveLength(2);
});

test("who does not answer is missed in words", () => {
  const [only] = read({}, lb2({}, { lately: undefined, problem: "it is down" })).slice(-1);
  expect(only).toBe("What lb2 saw is not known: it is down");
  const old = lb2({ history: [role("master", 0)] }, { agoMs: 61_000, problem: "it is down" });
  expect(read({}, old)).toEqual([
    expect.stringContaining("lb2 web: backup → master"),
    "What lb2 saw is known until 1 min ago: it is down",
  ]);
});

test("what somebody said of a server stands there once, with who, how long, and why", () => {
  const said = {
    server: "10.0.0.1:80 of http",
    action: "drain",
    who: "eve",
    reason: "new disks",
    on: "lb2",
    said: "2026-01-01T00:00:00Z",
    forMs: 7_200_000,
  } as const;
  const own = { decisions: [{ ...said, agoMs: 4800 }] };
  const rows = read(own, lb2({ decisions: [{ ...said, agoMs: 5000 }] }));
  expect(rows).toHaveLength(1);
  expect(rows[0]).toContain("lb1, lb2 eve drains 10.0.0.1:80 of http for 2 h 0 min : new disks");
});

/** `baton history` and `baton explain`, from journals on the disk. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { places } from "../../../src/base/places.ts";
import { momentOf } from "../../../src/cli/explain-moves.ts";
import type { PeerQuestion, PeersReply } from "../../../src/control/api.ts";
import { serve } from "../../../src/control/server.ts";
import type { Evidence, Line, LineBody } from "../../../src/core/journal/types.ts";
import { handlersWith } from "../../support/handlers.ts";
import { baton, type Said } from "./capture.ts";

let root: string;
let peer: string;
/** An hour ago, so that it is within what is shown. */
const T0 = Date.now() - 3_600_000;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "baton-history-"));
  peer = join(root, "peer.jsonl");
  const { journal } = places(root);
  mkdirSync(journal, { recursive: true });
  writeFileSync(join(journal, "journal-000001.jsonl"), text("lb2", 0, BACKUP));
  // Its clock is five seconds ahead, and its last line was cut off.
  writeFileSync(peer, `${text("lb1", 5000, MASTER)}{"time":"2026-`);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const call = (...argv: readonly string[]): Promise<Said> => baton("--root", root, ...argv);

const text = (director: string, ahead: number, lines: readonly [number, LineBody][]): string =>
  lines
    .map(([at, body]): Line => {
      const time = new Date(T0 + at + ahead).toISOString();
      return { time, at, director, ...body };
    })
    .map((line) => `${JSON.stringify(line)}\n`)
    .join("");

const clock = (way: "said" | "heard", peerName: string, session: string): LineBody => ({
  kind: "clock",
  way,
  peer: peerName,
  session,
  sequence: 16,
});

const EVIDENCE: Evidence = {
  event: "deadline",
  intervalMs: 250,
  missed: 3,
  priority: 100,
  level: true,
  blind: false,
  cutOff: false,
  holdMs: undefined,
  faults: [],
  peers: [
    {
      director: "lb1",
      state: "master",
      claim: true,
      priority: 150,
      level: true,
      hold: false,
      serviceable: true,
      hearsUs: false,
      heardAgoMs: 751.2,
      claimAgoMs: 751.2,
    },
  ],
};

const BACKUP: readonly [number, LineBody][] = [
  [100, clock("said", "lb1", "b")],
  [102, clock("heard", "lb1", "a")],
  [
    2000,
    {
      kind: "transition",
      instance: "web",
      from: "backup",
      to: "master",
      cause: { kind: "masterSilent", director: "lb1", silent: 751.2 } as never,
      why: "lb1 was silent for 751.2ms",
      evidence: EVIDENCE,
      recording: "gone",
    },
  ],
  [2010, { kind: "told", instance: "web", story: "took", text: "VIPs up after 5ms", ...TIMES() }],
  [2500, { kind: "event", event: { kind: "vipsOn", instance: "mail" } }],
];

function TIMES() {
  return { heardBeforeMs: 751.2, afterMs: { vips: 5 } };
}

const MASTER: readonly [number, LineBody][] = [
  [101, clock("said", "lb2", "a")],
  [101, clock("heard", "lb2", "b")],
  [1500, { kind: "repair", what: "VIP 192.0.2.1/32 on eth0" }],
  [2600, { kind: "stopped" }],
];

describe("history", () => {
  test("puts both directors on this one's clock", async () => {
    const { code, out } = await call("history", "--peer", peer);
    expect(code).toBe(0);
    const rows = out.split("\n").filter((line) => line.startsWith("  "));
    expect(rows.map((row) => row.trim().split(/ {2}/).slice(1))).toEqual([
      ["lb1", "repaired: VIP 192.0.2.1/32 on eth0"],
      ["lb2", "web is master: lb1 was silent for 751.2ms"],
      ["lb2", "web has taken over: VIPs up after 5ms"],
      ["lb2", "the VIPs of mail are up"],
      ["lb1", "baton stopped"],
    ]);
    expect(out).toMatch(/lb1's clock is 5s ahead, by 2 heartbeats in both journals/);
    const { lines } = JSON.parse((await call("history", "--peer", peer, "--json")).out);
    expect(Date.parse(lines[0].time)).toBe(T0 + 1500);
  });

  test("asks the other director through the daemon, and says whose journal it has not", async () => {
    const answer = { director: "lb1", done: true, sentence: "answered" };
    const given = { text: text("lb1", 5000, MASTER.slice(2)), aheadMs: 5000 };
    const gone = { director: "lb3", done: false, sentence: "it broke off" };
    const nothing = { text: undefined, aheadMs: undefined };
    const asked: PeerQuestion[] = [];
    const peers = (question: PeerQuestion): Promise<PeersReply> => {
      asked.push(question);
      const answers = [
        { ...answer, ...given },
        { ...gone, ...nothing },
      ];
      return Promise.resolve({ done: false, sentence: "", answers });
    };
    const server = await serve(handlersWith({ peers }), places(root).socket);
    try {
      const { out } = await call("history");
      expect(out).toMatch(/lb1 {2}repaired[^]*lb2 {2}web is master[^]*lb1 {2}baton stopped/);
      expect(out).toContain("lb1's clock is 5s ahead, by its answer just now");
      expect(out).toContain("lb3's journal is missing here: it broke off");
      expect(asked).toEqual([{ ask: "journal" }]);
      expect((await call("history", "--local")).out).not.toContain("lb1  ");
      expect((await call("explain")).out).toContain("lb3's journal is missing here");
      expect(asked).toHaveLength(2);
    } finally {
      await server.close();
    }
  });

  test("tells of one instance, and of the time that is asked for", async () => {
    const { out } = await call("history", "--instance", "mail");
    expect(out).toContain("the VIPs of mail are up");
    expect(out).not.toContain("web");
    expect((await call("history", "--since", "5m")).out).toMatch(/^nothing has happened/);
    expect((await call("history", "--since", "5")).err).toContain("duration with its unit");
  });

  test("says where there is none", async () => {
    const { code, err } = await call("history", "--peer", join(root, "nowhere"));
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("BATON_JOURNAL") });
  });
});

describe("explain", () => {
  test("tells the last change with its evidence", async () => {
    const { code, out } = await call("explain");
    expect(code).toBe(0);
    expect(out).toMatch(/^web on lb2 went from backup to master at .*, 59 m/);
    expect(out).toContain("  Why: lb1 was silent for 751.2ms.\n");
    const silence = "more than 3 intervals of 250ms: as master with priority 150";
    expect(out).toContain(`lb1 had last been heard 751.2ms before, ${silence}, not hearing this`);
    expect(out).toContain("lb2's priority counted 100, its connections were complete");
    expect(out).toContain("  Then: VIPs up after 5ms.\n");
    // The recording is no longer there.
    expect(out).not.toContain("baton replay");
  });

  test("says that nothing happened then, and tells the nearest change", async () => {
    const { out } = await call("explain", "--at", new Date(T0 - 86_400_000).toISOString());
    expect(out).toMatch(/^No role changed around then; this is the nearest change\.\n\nweb on lb2/);
    expect((await call("explain", "--at", "soon")).err).toContain('"soon" is neither HH:MM');
  });

  test("takes a time of the day for the last one that there was", () => {
    const now = new Date(2026, 4, 3, 4, 0);
    expect(momentOf("03:12", now)).toBe(new Date(2026, 4, 3, 3, 12).getTime());
    expect(momentOf("23:59:58", now)).toBe(new Date(2026, 4, 2, 23, 59, 58).getTime());
    expect(momentOf("24:00", now)).toBeUndefined();
  });
});

/** What versions of baton left and said, recorded from real runs, as this one reads it. */
import { createHmac } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { places } from "../../src/base/places.ts";
import { instant } from "../../src/base/units.ts";
import { renderStatus } from "../../src/cli/status/render.ts";
import { styleOf } from "../../src/cli/text.ts";
import { parse } from "../../src/config/load.ts";
import { askStatus } from "../../src/control/client.ts";
import type { Snapshot } from "../../src/core/director/snapshot-types.ts";
import { lineText } from "../../src/core/journal/text.ts";
import type { Line } from "../../src/core/journal/types.ts";
import { configurationOfLastRun } from "../../src/daemon/configuration.ts";
import { readDecisions } from "../../src/daemon/memory.ts";
import { openPastConfigurations } from "../../src/daemon/past-configurations.ts";
import { parseSecrets, verify } from "../../src/os/hmac.ts";
import { readBeat, readRunState } from "../../src/os/run-state.ts";
import { refuseLaterState } from "../../src/os/state-format.ts";
import { decode, splitSignature } from "../../src/wire/heartbeat/envelope.ts";
import {
  decodeGreeting,
  decodeMessage,
  GREETING_LENGTH,
  signedPart,
} from "../../src/wire/push/frame.ts";
import { ROOT } from "../support/sources.ts";
import { baton } from "./cli/capture.ts";

const FOLDER = join(ROOT, "test/fixtures/versions");
const RECORDED = readdirSync(FOLDER).filter((name) =>
  existsSync(join(FOLDER, name, "heartbeats.hex")),
);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "baton-versions-"));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(root, { recursive: true, force: true });
});

const textOf = (version: string, name: string): string =>
  readFileSync(join(FOLDER, version, name), "utf8");

/** Puts a recorded file where a daemon looks for it. */
function put(version: string, name: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(join(FOLDER, version, name), path);
}

test("every format of this version was recorded", () => {
  expect(RECORDED.length).toBeGreaterThan(0);
});

describe.each(RECORDED)("baton %s", (version) => {
  const secrets = parseSecrets(textOf(version, "heartbeat.key"), "heartbeat.key");

  test("what it kept is taken up", async () => {
    const at = places(root);
    put(version, "state.json", at.state);
    put(version, "beat", at.beat);
    put(version, "admin.json", at.admin);
    put(version, "config.json", at.configCache);
    put(version, "configs.json", join(at.configs, "index.json"));
    vi.useFakeTimers({ now: Date.parse("2026-11-28T10:02:00Z"), toFake: ["Date"] });
    await expect(refuseLaterState(at)).resolves.toBeUndefined();
    expect(await readRunState(at.state)).toMatchObject({ director: "lb1", level: true });
    expect(await readBeat(at.beat)).toBeGreaterThan(0);
    const decided = await readDecisions(at, instant(0));
    expect(decided.map(({ action, address }) => `${action} ${address}`)).toEqual([
      "enable 192.168.60.137",
      "drain 192.168.60.136",
    ]);
    expect(await configurationOfLastRun(at)).toMatchObject({ digest: expect.any(String) });
    expect((await openPastConfigurations(at)).list()).toHaveLength(2);
  });

  test("its file is a file", () => {
    expect(parse(textOf(version, "baton.yaml"))).toMatchObject({ kind: "valid" });
  });

  test("its heartbeats are believed, of every kind that it said", () => {
    const said = textOf(version, "heartbeats.hex").trim().split("\n");
    const kinds = said.map((hex) => {
      const { signed, signature } = splitSignature(Buffer.from(hex, "hex"));
      const [secret] = secrets;
      expect(secret && verify(signed, secret.key, signature)).toBe(true);
      return decode(signed);
    });
    const seen = new Set(kinds.map(({ kind }) => kind));
    expect([...seen]).toEqual(expect.arrayContaining(["hello", "claim", "handover"]));
    expect(kinds.flatMap(({ instances }) => instances.map(({ routerId }) => routerId))).toContain(
      51,
    );
  });

  test("its words on the push channel are understood, and their signatures hold", () => {
    const ways = (JSON.parse(textOf(version, "push.json")) as string[]).map((hex) =>
      Buffer.from(hex, "hex"),
    );
    const greets = (bytes: Buffer): boolean => bytes.subarray(0, 4).toString() === "BPSH";
    const from = ways.find(greets) ?? Buffer.alloc(0);
    const asked = decodeMessage(ways.find((bytes) => !greets(bytes)) ?? Buffer.alloc(0));
    const greeting = decodeGreeting(from.subarray(0, GREETING_LENGTH));
    const reply = decodeMessage(from.subarray(GREETING_LENGTH));
    const signatureOf = (kind: "request" | "reply", message: typeof asked): string =>
      createHmac("sha256", secrets[0]?.key ?? "")
        .update(signedPart(kind, greeting, message))
        .digest("hex");
    for (const [kind, message] of [
      ["request", asked],
      ["reply", reply],
    ] as const) {
      expect(Buffer.from(message.signature).toString("hex")).toBe(signatureOf(kind, message));
    }
    expect(JSON.parse(Buffer.from(asked.text).toString())).toMatchObject({ ask: "journal" });
  });

  test("its journal is told, line by line", async () => {
    const lines = textOf(version, "journal.jsonl").trim().split("\n");
    for (const line of lines) expect(lineText(JSON.parse(line) as Line)).not.toBe("");
    put(version, "journal.jsonl", join(places(root).journal, "journal-000001.jsonl"));
    const { out, code } = await baton("--root", root, "history", "--local", "--since", "9999d");
    expect(code).toBe(0);
    expect(out).toMatch(/root drains 192\.168\.60\.136 for 2h, said on lb1: new disks/);
    expect(out).not.toContain("are not shown");
  });

  test("its status is shown", () => {
    const snapshot = JSON.parse(textOf(version, "status.json")) as Snapshot;
    const text = renderStatus(snapshot, [], styleOf(false)).join("\n");
    expect(text).toMatch(/web: BACKUP/);
  });
});

describe("of a version to come", () => {
  const [version = ""] = RECORDED.slice(-1);

  test("a heartbeat is refused under a reason of its own, which names both", () => {
    const [hex = ""] = textOf(version, "heartbeats.hex").split("\n");
    const bytes = Buffer.from(hex, "hex");
    bytes[4] = 2;
    expect(() => splitSignature(bytes)).toThrow(
      expect.objectContaining({ reason: "version 2, not 1" }),
    );
  });

  test("lines of the journal are counted, and the rest is told", async () => {
    const file = join(places(root).journal, "journal-000001.jsonl");
    put(version, "journal.jsonl", file);
    const later = { time: "2026-11-28T10:00:00.000Z", at: 1, director: "lb1", kind: "dreamt" };
    writeFileSync(file, `${JSON.stringify(later)}\n`, { flag: "a" });
    const { out } = await baton("--root", root, "history", "--local", "--since", "9999d");
    expect(out).toContain("1 lines are not shown: another version wrote them");
    expect(out).toContain("root drains");
  });

  test("a status is refused in words that name both", async () => {
    const socket = join(root, "socket");
    const told = JSON.stringify({ format: 2, baton: "9.9.9" });
    const server = createServer((_, response) => response.end(told));
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    await expect(askStatus(socket)).rejects.toThrow(/format 2, of baton 9\.9\.9; this baton .* 1/);
    server.close();
  });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { instant, ms, seconds } from "../../../src/base/units.ts";
import { step } from "../../../src/core/director/step.ts";
import type { DirectorEvent, DirectorState } from "../../../src/core/director/types.ts";
import type { Line } from "../../../src/core/journal/types.ts";
import { type Journal, openJournal } from "../../../src/daemon/journal.ts";
import { journalFiles, readJournal } from "../../../src/os/journal-files.ts";
import { readRecording } from "../../../src/os/recording-files.ts";
import { directorWith, STARTED } from "../../support/directors.ts";
import { scenarioOf } from "../../support/recording.ts";

let folder: string;
const places = () => ({ journal: folder, recordings: join(folder, "recordings") });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-journal-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const linesIn = async (): Promise<readonly Line[]> =>
  ((await readJournal(folder)) ?? []).map((line) => JSON.parse(line) as Line);

/** A director alone: it takes over after its first silence. */
function takeover(journal: Journal): DirectorState {
  let state = directorWith({ priorities: [150, 100] });
  const tell = (at: number, event: DirectorEvent): void => {
    const result = step(state, event, instant(at));
    const { effects } = result;
    journal.stepped({ before: state, after: result.state, event, effects, at: instant(at) });
    state = result.state;
  };
  tell(0, STARTED);
  for (let at = 100; at < 2000; at += 100) tell(at, { kind: "deadline" });
  tell(2000, { kind: "vipsOn", instance: "i0" });
  return state;
}

describe("the journal of a takeover", () => {
  test("has its lines, and a recording that replays to the same state", async () => {
    const troubles: string[] = [];
    const journal = openJournal(places(), (sentence) => troubles.push(sentence));
    journal.begin();
    const state = takeover(journal);
    await journal.close(seconds(5));
    const lines = await linesIn();
    expect(lines.map(({ kind }) => kind)).toEqual([
      "started",
      "transition",
      "transition",
      "event",
      "told",
      "stopped",
    ]);
    const moved = lines.find((line) => line.kind === "transition" && line.to === "master");
    const name = moved?.kind === "transition" ? moved.recording : undefined;
    const file = join(folder, "recordings", `${name}.jsonl.gz`);
    const { differences, after } = await scenarioOf(file);
    expect(differences).toEqual([]);
    expect(after).toEqual(state);
    expect(troubles).toEqual([]);
    const whole = readFileSync(file);
    whole[whole.length >> 1] = (whole[whole.length >> 1] ?? 0) ^ 1;
    writeFileSync(file, whole);
    expect(await readRecording(file)).toMatchObject({ kind: "refused" });
  });
});

describe("a disk", () => {
  test("that takes nothing costs lines, told once, and the gap is written down", async () => {
    const troubles: string[] = [];
    const files = journalFiles(folder);
    let full = true;
    const journal = openJournal(places(), (sentence) => troubles.push(sentence), {
      append: async (text) => {
        if (full) throw new Error("ENOSPC: no space left on device");
        await files.append(text);
      },
    });
    for (const what of ["one", "two", "three"]) journal.note({ kind: "repair", what });
    await journal.close(seconds(5));
    expect(journal.problem()).toBe("the journal loses lines: ENOSPC: no space left on device");
    journal.note({ kind: "repair", what: "four" });
    await journal.close(seconds(5));
    full = false;
    await journal.close(seconds(5));
    expect(troubles).toEqual([
      "the journal loses lines: ENOSPC: no space left on device",
      "the journal is written again; 6 lines are missing in it",
    ]);
    expect(journal.problem()).toBeUndefined();
    expect(
      (await linesIn()).map(({ at: _at, time: _time, director: _by, ...body }) => body),
    ).toEqual([{ kind: "lost", lines: 6 }, { kind: "stopped" }]);
  });

  test("whose folder is another one, or none, is written to again once that is mended", async () => {
    const troubles: string[] = [];
    const journal = openJournal(places(), (sentence) => troubles.push(sentence));
    journal.note({ kind: "repair", what: "one" });
    await journal.close(seconds(5));
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "a file in the folder's place");
    journal.note({ kind: "repair", what: "two" });
    await journal.close(seconds(5));
    expect(journal.problem()).toMatch(/^the journal loses lines: E(NOTDIR|EXIST)/);
    rmSync(folder);
    journal.note({ kind: "repair", what: "three" });
    await journal.close(seconds(5));
    expect(troubles).toHaveLength(2);
    expect((await linesIn()).map(({ kind }) => kind)).toEqual(["lost", "repair", "stopped"]);
  });

  test("has its recording once there is room for it, and says so until then", async () => {
    const troubles: string[] = [];
    const journal = openJournal(places(), (sentence) => troubles.push(sentence));
    writeFileSync(places().recordings, "a file in the folder's place");
    journal.begin();
    takeover(journal);
    const told = (): boolean => journal.problem()?.startsWith("the recording ") ?? false;
    await vi.waitUntil(told, { timeout: 8000 });
    rmSync(places().recordings);
    await vi.waitUntil(() => journal.problem() === undefined, { timeout: 8000 });
    expect(readdirSync(places().recordings)).toHaveLength(1);
    expect(troubles).toHaveLength(1);
    await journal.close(seconds(5));
  });

  test("is spared a line that can not be written, and the director goes on", async () => {
    const troubles: string[] = [];
    const journal = openJournal(places(), (sentence) => troubles.push(sentence));
    journal.note({ kind: "repair", what: 1n as unknown as string });
    await journal.close(seconds(5));
    expect(troubles[0]).toMatch(/^the journal loses lines: .*BigInt/);
    expect((await linesIn()).map(({ kind }) => kind)).toEqual(["lost", "stopped"]);
  });

  test("that hangs holds nobody up, and the memory stays bounded", async () => {
    const troubles: string[] = [];
    const journal = openJournal(places(), (sentence) => troubles.push(sentence), {
      append: () => new Promise(() => undefined),
    });
    const what = "x".repeat(5000);
    const began = performance.now();
    for (let i = 0; i < 900; i++) journal.note({ kind: "repair", what });
    await journal.close(ms(20));
    for (let i = 0; i < 2000; i++) journal.note({ kind: "repair", what });
    await journal.close(ms(20));
    expect(performance.now() - began).toBeLessThan(1000);
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toMatch(
      /^the journal loses lines: (the disk is too slow|they come too fast)$/,
    );
  });

  test("gets files of a bounded size, a bounded number of them", async () => {
    const files = journalFiles(folder);
    const line = `${"y".repeat(300_000)}\n`;
    for (let i = 0; i < 40; i++) await files.append(line);
    const names = readdirSync(folder).sort();
    expect(names).toHaveLength(8);
    expect(names.at(-1)).toBe("journal-000014.jsonl");
    // Another process goes on where this one ended.
    await journalFiles(folder).append("{}\n");
    expect((await readJournal(folder))?.at(-1)).toBe("{}");
  });
});

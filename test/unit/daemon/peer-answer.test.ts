import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { places } from "../../../src/base/places.ts";
import type { Lately } from "../../../src/control/api.ts";
import { answerTo, questionIn } from "../../../src/daemon/peer-answer.ts";
import { journalTail } from "../../../src/os/journal-files.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "baton-answer-"));
});
const LATELY: Lately = {
  history: [],
  serverHistory: [],
  decisions: [],
  repairs: [{ agoMs: 7, what: "a VIP" }],
};
const known = () => ({ places: places(root), lately: () => LATELY });
afterEach(() => rmSync(root, { recursive: true, force: true }));

test("a question is told from an offer, and from nonsense", () => {
  expect(questionIn({ cluster: "c", director: "lb1", ask: "journal" })).toEqual({ ask: "journal" });
  expect(questionIn({ ask: "lately" })).toEqual({ ask: "lately" });
  expect(questionIn({ ask: "client", client: "10.0.0.1" })).toMatchObject({ client: "10.0.0.1" });
  for (const said of [{}, { ask: "client" }, { ask: "files" }, { text: "instances:" }]) {
    expect(questionIn(said)).toBeUndefined();
  }
});

test("the journal is answered as far as its newest lines go, whole ones", async () => {
  const { journal } = places(root);
  expect(await answerTo({ ask: "journal" }, known())).toMatchObject({ done: true, text: "" });
  mkdirSync(journal, { recursive: true });
  writeFileSync(join(journal, "journal-000001.jsonl"), "old\nolder\n");
  writeFileSync(join(journal, "journal-000002.jsonl"), "äöü\nnew\n");
  expect(await journalTail(journal, 1000)).toBe("old\nolder\näöü\nnew\n");
  expect(await journalTail(journal, 14)).toBe("äöü\nnew\n");
  expect(await journalTail(journal, 9)).toBe("new\n");
  const answer = await answerTo({ ask: "journal" }, known());
  expect(answer).toMatchObject({ done: true, text: "old\nolder\näöü\nnew\n" });
  expect(Math.abs(answer.now - Date.now())).toBeLessThan(60_000);
});

test("what happened lately is told as it is known", async () => {
  const { text } = await answerTo({ ask: "lately" }, known());
  expect(JSON.parse(text ?? "")).toEqual(LATELY);
});

test("what can not be answered is refused in words", async () => {
  const answer = await answerTo({ ask: "client", client: "web" }, known());
  expect(answer).toMatchObject({ done: false, sentence: "web is no address", text: undefined });
});

/** The full resync on a real kernel: what an empty director learns, and what lives on by it. */
import { beforeAll, describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../src/base/bytes.ts";
import { decodeMessage, encodeMessages } from "../../src/wire/sync/message.ts";
import { bootLab, type LabResult } from "./boot.ts";

const TIMEOUT = 170_000;

let lab: LabResult;
beforeAll(async () => {
  lab = await bootLab({ script: "./guest/resync.ts", timeout: TIMEOUT });
}, TIMEOUT + 10_000);

function event<T>(kind: string): T {
  const found = lab.events.find((each) => each.kind === kind);
  if (!found) throw new Error(`no event ${kind}: ${JSON.stringify(lab.events.at(-1))}`);
  return found as unknown as T;
}

it("the story came to its end", () => {
  const failed = lab.events.filter(({ kind }) => kind === "failed");
  expect(failed, lab.output).toEqual([]);
  expect(lab, lab.output).toMatchObject({ code: 0, timedOut: false });
});

const words = (asked: number, word: string): object => ({ word, asked, answered: asked, lost: [] });

describe.each(["dr", "nat"])("%s", (variant) => {
  it("what the kernel sends is what the codec reads and writes", () => {
    const { messages } = event<{ messages: string[] }>(`${variant} begin`);
    expect(messages.length).toBeGreaterThan(0);
    for (const hex of messages) {
      const { syncId, records } = decodeMessage(fromHex(hex));
      expect(syncId).toBe(51);
      const [again] = encodeMessages(syncId, records, 1500);
      expect(again && toHex(again)).toBe(hex);
    }
  });

  it("a machine that was empty has every connection of the master's", () => {
    const { before, ours, theirs, took } = event<{
      before: string[];
      ours: string[];
      theirs: string[];
      took: number;
    }>(`${variant} level`);
    expect(before).toEqual([]);
    expect(ours.length).toBeGreaterThan(40);
    expect(theirs).toEqual(expect.arrayContaining(ours.filter((line) => !isPassing(line))));
    console.log(`${variant}: level ${took} ms after its start`);
  });

  it("quiet connections live over the loss of the master that taught them", () => {
    expect(event<{ asked: object }>(`${variant} return`).asked).toEqual(words(40, "ask"));
  });

  it("connections of a moment ago live over a planned handover, there and back", () => {
    const { replies } = event<{ replies: object[] }>(`${variant} young`);
    expect(replies).toMatchObject([
      { from: "lb2", reply: { done: true }, asked: words(60, "ask") },
      { from: "lb1", reply: { done: true }, asked: words(80, "ask") },
    ]);
  });
});

/** A column of /proc/net/ip_vs_conn as an address. */
const spelt = (hex = ""): string => [...fromHex(hex)].join(".");

describe("a client", () => {
  it("is on the servers that the kernel has for it, and goes where the hash says", () => {
    const { kernel, said } = event<{ kernel: string[]; said: string }>("client");
    const to82 = kernel.map((line) => line.split(" ")).find((parts) => parts[4] === "0052");
    const server = `${spelt(to82?.[5]?.toLowerCase())}:82`;
    expect(server).toMatch(/^192\.168\.60\.13[67]:82$/);
    expect(said).toMatch(new RegExp(`on lb1:\n[^]* hash +${server} +1 connection [^]*on lb2:`));
    expect(said).toContain(`a new connection to hash goes to ${server}, by the hash`);
    expect(said).toMatch(
      / stay +192\.168\.60\.13[67]:81 +every new connection too, by persistence/,
    );
    expect(said).toMatch(/ http +192\.168\.60\.136:80 +20 connections \(/);
  });

  it("and what both directors did are told from both journals", () => {
    const { history, why } = event<{ history: string; why: string }>("told");
    expect(history).toMatch(/ lb2 +web is master/);
    expect(history).toMatch(/ lb1 +web is master/);
    expect(history).toMatch(/lb2's clock is .*, by \d+ heartbeats in both journals/);
    expect(why).toMatch(/web on lb1 went from backup to master/);
    expect(why).toMatch(/web on lb2 went from (master|leaving) to/);
    expect(why).not.toContain("missing");
  });
});

/** On its way to be forgotten while the two tables are read. */
const isPassing = (line: string): boolean =>
  /TIME_WAIT|CLOSE|FIN_WAIT|SYN_RECV|LAST_ACK/.test(line);

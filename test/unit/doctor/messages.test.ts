/** Old messages are recognised as they stand in logs. */
import { describe, expect, test } from "vitest";
import { findMessage, MESSAGES } from "../../../src/doctor/messages/match.ts";

const textOf = (said: string): string | undefined => {
  const match = findMessage(said);
  return match.kind === "found" ? match.message.text : undefined;
};

test.each(MESSAGES.map(({ text }) => text))("%s", (text) => {
  const filled = text.replaceAll("…", "192.168.60.7");
  const line = `Nov 27 10:11:12 lb1 Program[4711]: (VI_1) ${filled.toUpperCase()}`;
  expect(textOf(line)).toBe(text);
  expect(textOf(filled)).toBe(text);
});

test("every message is there once, and says something", () => {
  expect(new Set(MESSAGES.map(({ text }) => text)).size).toBe(MESSAGES.length);
  for (const { meant, causes, baton } of MESSAGES) {
    expect([meant, baton].every((text) => text.length > 10)).toBe(true);
    expect(causes.length).toBeGreaterThan(0);
  }
});

describe("as people paste them", () => {
  test.each([
    ["pulse dead but subsys locked", "pulse dead but subsys locked"],
    ["running as root", "cannot create heartbeat socket. running as root?"],
    ["pulse[812]: partner dead: activating lvs", "partner dead: activating lvs"],
    [
      "2026-05-01T12:00:00+02:00 lb1 Keepalived_vrrp[9]: (web) Received advert from 10.0.0.2 with lower priority 90, ours 100, forcing new election",
      "Received advert from … with lower priority …, ours …, forcing new election",
    ],
    [
      "[inactive] shutting down 10.1.1.1:80 due to connection failure",
      "[inactive] shutting down … due to connection failure",
    ],
    [
      "nanny for child 10.0.0.1/80 died! shutting down lvs",
      "nanny for child … died! shutting down lvs",
    ],
  ])("%s", (said, expected) => {
    expect(textOf(said)).toBe(expected);
  });

  test("one that nobody knows, with those that are like it", () => {
    const match = findMessage("pulse ded but subsis is locked");
    expect(match).toMatchObject({ kind: "unknown" });
    expect(match.kind === "unknown" && match.nearest[0]?.text).toBe("pulse dead but subsys locked");
    expect(findMessage("the moon is blue")).toEqual({ kind: "unknown", nearest: [] });
    expect(findMessage("")).toEqual({ kind: "unknown", nearest: [] });
  });
});

import { describe, expect, test } from "vitest";
import { instant } from "../../../../src/base/units.ts";
import { learn } from "../../../../src/core/resync/learning.ts";
import { beginPass, endPass } from "../../../../src/core/resync/passes.ts";
import { passText } from "../../../../src/core/resync/text.ts";
import { NO_RESYNC, type PassResult } from "../../../../src/core/resync/types.ts";

const at = instant;
const result = (changes: Partial<PassResult> = {}): PassResult => ({
  pass: 1,
  kind: "full",
  complete: true,
  sent: 10,
  counts: { web: 9 },
  skipped: {},
  tookMs: 41,
  problem: undefined,
  ...changes,
});

describe("the owner's passes", () => {
  const begun = beginPass(NO_RESYNC, "full", at(0)) ?? NO_RESYNC;

  test("one at a time, and a second of rest; a handover's comes first", () => {
    expect(begun).toMatchObject({ started: 1, sent: 0, running: { pass: 1 } });
    expect(beginPass(begun, "full", at(1))).toBeUndefined();
    expect(beginPass(begun, "before", at(1))).toMatchObject({ started: 2, running: { pass: 2 } });
    const done = endPass(begun, result(), at(50));
    expect(beginPass(done, "full", at(1049))).toBeUndefined();
    expect(beginPass(done, "full", at(1050))).toMatchObject({ started: 2 });
  });

  test("a pass of a large table has its ten minutes; one that never ends is given up", () => {
    expect(beginPass(begun, "full", at(10 * 60_000))).toBeUndefined();
    expect(beginPass(begun, "full", at(30 * 60_000))).toMatchObject({ started: 2 });
  });

  test("only a complete one counts as sent, and only the newest is heard", () => {
    expect(endPass(begun, result(), at(9))).toMatchObject({ sent: 1, counts: { web: 9 } });
    const broken = endPass(begun, result({ complete: false }), at(9));
    expect(broken).toMatchObject({ sent: 0, counts: {}, running: undefined });
    expect(endPass(begun, result({ pass: 7 }), at(9))).toBe(begun);
  });

  test("a pass in words", () => {
    expect(passText(result())).toBe("resync 1 (full): 10 records sent in 41ms");
    const skipped = { "server gone": 2 } as const;
    expect(passText(result({ skipped, problem: "the role has moved" }))).toBe(
      "resync 1 (full): 10 records sent in 41ms; skipped: 2 server gone; not complete: the role has moved",
    );
  });
});

describe("a master that is killed in the middle of a pass", () => {
  test("starts its count anew, and teaches from the beginning", () => {
    const asked = learn(
      undefined,
      "lb2",
      { started: 1, sent: 0, count: 0 },
      { own: 0, now: at(0) },
    );
    const learning = asked.kind === "learning" ? asked.learning : undefined;
    const anew = learn(learning, "lb2", { started: 0, sent: 0, count: 0 }, { own: 9, now: at(9) });
    expect(anew).toMatchObject({ kind: "learning", learning: { base: 0, since: 9 } });
    const taught = { started: 1, sent: 1, count: 9 };
    const again = anew.kind === "learning" ? anew.learning : undefined;
    expect(learn(again, "lb2", taught, { own: 9, now: at(20) })).toEqual({ kind: "level" });
  });
});

describe("a second backup that asks while the first one is taught", () => {
  test("waits for a pass that begins after it asked", () => {
    const running = { started: 1, sent: 0, count: 0 };
    const asked = learn(undefined, "lb2", running, { own: 0, now: at(0) });
    const learning = asked.kind === "learning" ? asked.learning : undefined;
    const context = { own: 9, now: at(9) };
    expect(learn(learning, "lb2", { started: 1, sent: 1, count: 9 }, context).kind).toBe(
      "learning",
    );
    expect(learn(learning, "lb2", { started: 2, sent: 2, count: 9 }, context).kind).toBe("level");
  });

  test("a table without connections is level after one pass", () => {
    const asked = { from: "lb2", since: at(0), base: 0 };
    const empty = { started: 1, sent: 1, count: 0 };
    expect(learn(asked, "lb2", empty, { own: 0, now: at(9) }).kind).toBe("level");
  });
});

describe("the backup's lesson", () => {
  const now = at(5000);
  const context = (own: number) => ({ own, now });
  const asked = { from: "lb2", since: at(0), base: 3 };

  test("begins with the passes that its master had begun", () => {
    const progress = learn(undefined, "lb2", { started: 3, sent: 3, count: 0 }, context(0));
    expect(progress).toEqual({ kind: "learning", learning: { from: "lb2", since: now, base: 3 } });
  });

  test("begins anew with another master, or where the same one starts anew", () => {
    const anew = { kind: "learning", learning: { since: now, base: 1 } };
    const teaching = { started: 1, sent: 1, count: 0 };
    expect(learn(asked, "lb3", teaching, context(0))).toMatchObject(anew);
    expect(learn(asked, "lb2", teaching, context(0))).toMatchObject(anew);
  });

  test.each([
    ["no pass since it asked", { sent: 3, own: 1000 }, "learning"],
    ["one, and as many connections", { sent: 4, own: 1000 }, "level"],
    ["one, and one of a hundred is missing", { sent: 4, own: 990 }, "level"],
    ["one, and more are missing", { sent: 4, own: 989 }, "learning"],
    ["two, whatever is missing", { sent: 5, own: 1 }, "level"],
  ] as const)("%s", (_, { sent, own }, kind) => {
    const teaching = { started: 5, sent, count: 1000 };
    expect(learn(asked, "lb2", teaching, context(own)).kind).toBe(kind);
  });
});

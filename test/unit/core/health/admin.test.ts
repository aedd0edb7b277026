import { describe, expect, test } from "vitest";
import { hasRoom, MAX_ENTRIES, withEntry } from "../../../../src/core/health/admin.ts";
import type { AdminAction, AdminEntry } from "../../../../src/core/health/types.ts";

const entry = (version: number, action: AdminAction): AdminEntry => ({
  service: undefined,
  address: `10.0.${version >> 8}.${version & 255}`,
  port: undefined,
  action,
  version,
  director: "lb1",
  who: "root",
  reason: "",
  time: "2026-11-28T12:00:00.000Z",
  until: undefined,
});

const entries = (count: number, action: (version: number) => AdminAction): readonly AdminEntry[] =>
  Array.from({ length: count }, (_, version) => entry(version, action(version))).reduce<
    readonly AdminEntry[]
  >(withEntry, []);

describe("more decisions than are remembered", () => {
  const oneEnabled = entries(MAX_ENTRIES, (version) => (version === 100 ? "enable" : "drain"));
  const full = entries(MAX_ENTRIES, () => "drain");
  const next = entry(MAX_ENTRIES, "disable");

  test("an enable goes first, so that no drained server serves again unasked", () => {
    const kept = withEntry(oneEnabled, next);
    expect(kept).toHaveLength(MAX_ENTRIES);
    expect(kept.map(({ version }) => version)).not.toContain(100);
    expect(kept.map(({ version }) => version)).toContain(0);
    expect(hasRoom(oneEnabled, next)).toBe(true);
  });

  test("where all are drained the next has no room, but what stands can be enabled", () => {
    expect(hasRoom(full, next)).toBe(false);
    expect(hasRoom(full, { ...next, action: "enable" })).toBe(false);
    const back = { ...entry(7, "enable"), version: MAX_ENTRIES };
    expect(hasRoom(full, back)).toBe(true);
    expect(withEntry(full, back)).toHaveLength(MAX_ENTRIES);
  });
});

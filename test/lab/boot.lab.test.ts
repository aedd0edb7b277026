/** The lab itself: a kernel with IPVS that balances a client's connections. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TrafficReport } from "../support/traffic.ts";
import { bootLab, type LabResult } from "./boot.ts";
import type { GuestEvent } from "./marks.ts";

describe("ip_vs in the guest", () => {
  let result: LabResult;
  beforeAll(async () => {
    result = await bootLab({ script: "./guest/boot.ts" });
  });
  afterAll(() => {
    expect(result).toMatchObject({ code: 0, timedOut: false });
  });
  const event = (kind: string): GuestEvent => {
    const found = result.events.find((each) => each.kind === kind);
    if (!found) throw new Error(`no event ${kind}: ${JSON.stringify(result)}`);
    return found;
  };

  test.each(["dr", "nat"])("spreads connections over two real servers through %s", (variant) => {
    const { table, report } = event(variant);
    expect(table).toMatch(variant === "dr" ? /136:80 +Route/ : /136:80 +Masq/);
    const { held, short } = report as TrafficReport;
    const both = new Set(["rs1", "rs2"]);
    expect(new Set(held.map(({ server }) => server))).toEqual(both);
    expect(held.every(({ answers, lost }) => answers > 5 && lost === undefined)).toBe(true);
    expect(new Set(short.map(({ by }) => by))).toEqual(both);
  });

  test("the console carries long events and plain lines", () => {
    expect(event("large")["text"]).toHaveLength(200_000);
    expect(result.output).toContain("plain line");
  });
});

test("a guest that hangs is ended", async () => {
  const started = Date.now();
  const result = await bootLab({ script: "./guest/hang.ts", timeout: 8_000 });
  expect(result).toMatchObject({ code: undefined, timedOut: true });
  expect(result.events.map(({ kind }) => kind)).toContain("hanging");
  expect(Date.now() - started).toBeLessThan(12_000);
});

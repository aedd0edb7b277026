/** The lab itself: a kernel with IPVS that balances a client's connections. */
import { expect, test } from "vitest";
import { bootLab } from "./boot.ts";

test("ip_vs in the guest spreads connections over two real servers through dr", async () => {
  const result = await bootLab({ script: "./guest/boot.ts" });
  const event = (kind: string): Record<string, unknown> =>
    result.events.find((each) => each.kind === kind) ?? { missing: result.output };
  expect(result.events.filter(({ kind }) => kind === "failed")).toEqual([]);
  expect(event("table")["text"]).toContain("192.168.60.136:80");
  const { held, short } = event("traffic")["report"] as {
    held: { server: string; answers: number; lost?: unknown }[];
    short: { by?: string; error?: string }[];
  };
  expect(new Set(held.map(({ server }) => server))).toEqual(new Set(["rs1", "rs2"]));
  expect(held.every(({ answers, lost }) => answers > 5 && lost === undefined)).toBe(true);
  expect(new Set(short.map(({ by }) => by))).toEqual(new Set(["rs1", "rs2"]));
  expect(event("large")["text"]).toHaveLength(200_000);
  expect(result.output).toContain("plain line");
  expect(result).toMatchObject({ code: 0, timedOut: false });
});

test("a guest that hangs is ended", async () => {
  const started = Date.now();
  const result = await bootLab({ script: "./guest/hang.ts", timeout: 8_000 });
  expect(result).toMatchObject({ code: undefined, timedOut: true });
  expect(result.events.map(({ kind }) => kind)).toContain("hanging");
  expect(Date.now() - started).toBeLessThan(12_000);
});

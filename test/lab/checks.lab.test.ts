/** Checked servers on a real IPVS kernel: what becomes of clients when one dies or is drained. */
import { beforeAll, describe, expect, it } from "vitest";
import { bootLab, type LabResult } from "./boot.ts";

const TIMEOUT = 170_000;

let lab: LabResult;
beforeAll(async () => {
  lab = await bootLab({ script: "./guest/checks.ts", timeout: TIMEOUT });
}, TIMEOUT + 10_000);

function event<T = Record<string, unknown>>(kind: string): T {
  const found = lab.events.find((each) => each.kind === kind);
  if (!found) throw new Error(`no event ${kind}: ${JSON.stringify(lab.events.at(-1))}`);
  return found as unknown as T;
}

it("the story came to its end", () => {
  const failed = lab.events.filter(({ kind }) => kind === "failed");
  expect(failed, lab.output).toEqual([]);
  expect(lab, lab.output).toMatchObject({ code: 0, timedOut: false });
});

it("both directors check, and fill their tables with what answers", () => {
  expect(event("begin")).toMatchObject({
    servers: [
      { state: "up", checks: [{ kind: "tcp", verdict: "up" }] },
      { state: "up", checks: [{ kind: "tcp", verdict: "up" }] },
    ],
    sysctls: "1\n1\n",
  });
});

interface Death {
  readonly removedAfter: number;
  readonly held: readonly {
    readonly server: string;
    readonly lost?: { readonly why: string; readonly after: number };
  }[];
  readonly later: readonly { readonly by?: string; readonly error?: string }[];
  readonly before: { readonly rs2: number };
  readonly after: { readonly rs2: number };
  readonly table: string;
  readonly log: string;
}

describe("a server that dies without a word", () => {
  it("leaves the table within an interval and a time-out", () => {
    // 500 ms each; the guest's processor is one, and busy.
    expect(event<Death>("death").removedAfter).toBeLessThan(3000);
  });

  it("takes its clients' connections with it, so that they open others", () => {
    const { held } = event<Death>("death");
    const gone = held.filter(({ server }) => server === "rs1");
    expect(gone.length).toBeGreaterThan(5);
    for (const { lost } of gone) {
      expect(lost?.why).toMatch(/ECONNRESET|closed/);
      expect(lost?.after).toBeLessThan(2500);
    }
  });

  it("does not touch the connections of the other one, nor anything else in the table", () => {
    const { held, before, after, table } = event<Death>("death");
    const rest = held.filter(({ server }) => server === "rs2");
    expect(rest.length).toBeGreaterThan(5);
    expect(rest.filter(({ lost }) => lost)).toEqual([]);
    expect(after.rs2).toBeGreaterThan(before.rs2);
    expect(table).toContain("-A -t 10.9.9.9:99 -s rr");
    expect(table).toContain("-a -u 192.168.60.100:53 -r 192.168.60.136:53");
  });

  it("gets no new clients", () => {
    const { later } = event<Death>("death");
    expect(later.length).toBeGreaterThan(10);
    expect(later.filter(({ error }) => error)).toEqual([]);
    expect(new Set(later.map(({ by }) => by))).toEqual(new Set(["rs2"]));
  });

  it("is told of, with the reason in words", () => {
    expect(event("death")).toMatchObject({
      server: {
        state: "down",
        reason: expect.stringMatching(/no connection within 500ms|reached/),
      },
      alarms: expect.arrayContaining(["http: 1 of 2 servers are down"]),
      log: expect.stringMatching(/server 192\.168\.60\.136:80 of http is down: /),
    });
  });

  it("comes back by itself, and the counters of the other go on", () => {
    const { rs2 } = event<{ rs2: number }>("returning");
    expect(rs2).toBeGreaterThanOrEqual(event<Death>("death").after.rs2);
  });
});

interface Drain {
  readonly tables: readonly (readonly string[])[];
  readonly held: readonly { readonly server: string; readonly lost?: unknown }[];
  readonly later: readonly { readonly by?: string; readonly error?: string }[];
}

describe("a server that is drained", () => {
  const DRAINED = ["192.168.60.136:80 0", "192.168.60.137:80 1"];

  it("has weight 0 on both directors, also after a failover and a restart", () => {
    const { tables } = event<Drain>("drain");
    expect(tables.map((table) => table.toSorted())).toEqual([DRAINED, DRAINED]);
    const { restarted } = event<{ restarted: readonly string[] }>("enabled");
    expect(restarted.toSorted()).toEqual(DRAINED);
  });

  it("keeps its connections, and gets no new ones", () => {
    const { held, later } = event<Drain>("drain");
    expect(held.filter(({ server }) => server === "rs1").length).toBeGreaterThan(5);
    expect(held.filter(({ lost }) => lost)).toEqual([]);
    expect(later.length).toBeGreaterThan(5);
    expect(new Set(later.flatMap(({ by }) => by ?? []))).toEqual(new Set(["rs2"]));
  });

  it("shows who said so, why, and for how long", () => {
    expect(event("drain")).toMatchObject({
      said: expect.stringContaining("192.168.60.136:80 drains for 1h (http)"),
      server: { admin: { action: "drain", reason: "new disks", by: "lb1" } },
    });
    expect(event("enabled")["enabled"]).toContain("192.168.60.136:80 is enabled");
  });
});

describe("a master that alone does not see the servers", () => {
  it("hands over to the one that does, and neither table is emptied", () => {
    const { why, tables, served, failed } = event<{
      why: string;
      tables: readonly (readonly string[])[];
      served: number;
      failed: readonly unknown[];
    }>("local");
    expect(why).toMatch(/lb1/);
    expect(tables[0]).toHaveLength(2);
    expect(tables[1]).toHaveLength(1);
    expect(served).toBeGreaterThan(5);
    expect(failed).toEqual([]);
  });
});

describe("a server that is taken out of the file, where removal says drain", () => {
  it("is told of by the plan, and can not be enabled", () => {
    expect(event("removal")).toMatchObject({
      plan: expect.stringMatching(
        /192\.168\.60\.136:80 is removed: it drains, its \d+ connections/,
      ),
      enabled: expect.stringContaining("is not in the file any more, and drains (http)"),
    });
  });

  it("keeps its connections over a restart, and gets no new ones", () => {
    const { held, later } = event<Drain>("removal");
    expect(event("removal")).toMatchObject({ left: ["up", "leaving"] });
    expect(held.filter(({ server }) => server === "rs1").length).toBeGreaterThan(5);
    expect(held.filter(({ lost }) => lost)).toEqual([]);
    expect(later.length).toBeGreaterThan(5);
    expect(new Set(later.flatMap(({ by }) => by ?? []))).toEqual(new Set(["rs2"]));
  });

  it("leaves when its connections have ended, and serves again when it is back in the file", () => {
    expect(event("back")).toBeDefined();
  });
});

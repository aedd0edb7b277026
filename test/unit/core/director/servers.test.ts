/** Two directors and their servers: what one is told the other follows, what one sees the other says. */
import { describe, expect, it } from "vitest";
import { instant, ms } from "../../../../src/base/units.ts";
import type { AdminEntry, ProbeResult } from "../../../../src/core/health/types.ts";
import { TwoDirectors } from "../../../support/directors.ts";
import { destination, type Fleet, fleet } from "../../../support/health.ts";

const SERVERS = 4;

/** Both ask every server once a second; each sees what it sees. */
class Watched extends TwoDirectors {
  readonly sees: Record<string, Set<number>> = {
    lb1: new Set(Array.from({ length: SERVERS }, (_, i) => i)),
    lb2: new Set(Array.from({ length: SERVERS }, (_, i) => i)),
  };
  readonly #runs = new Map<string, { ok: boolean; run: number }>();

  constructor(of: Fleet = fleet(SERVERS)) {
    super(of);
    this.watch(5000);
  }

  watch(duration: number): void {
    this.pass(duration, () => {
      if (this.at % 1000 === 10) this.#ask("lb1");
      if (this.at % 1000 === 510) this.#ask("lb2");
    });
  }

  #ask(host: string): void {
    const results = Array.from({ length: SERVERS }, (_, probe) => this.#answer(host, probe));
    this.tell(host, { kind: "probed", results });
  }

  #answer(host: string, probe: number): ProbeResult {
    const ok = this.sees[host]?.has(probe) ?? false;
    const key = `${host} ${probe}`;
    const before = this.#runs.get(key);
    const run = before?.ok === ok ? before.run + 1 : 1;
    this.#runs.set(key, { ok, run });
    const rest = { warning: undefined, weight: undefined, latency: ms(1), at: instant(this.at) };
    return { probe, ok, run, reason: ok ? "" : "refused", ...rest };
  }

  table(host: string): string {
    const [service] = this.state(host).health.table;
    return (service?.destinations ?? [])
      .map(({ address, weight }) => `${address.slice(-1)}*${weight}`)
      .join(" ");
  }
}

const FULL = "1*1 2*1 3*1 4*1";

const entry = (changes: Partial<AdminEntry> = {}): AdminEntry => ({
  service: undefined,
  address: "10.0.0.1",
  port: 80,
  action: "drain",
  version: 1,
  director: "lb1",
  who: "eve",
  reason: "new disks",
  time: "2026-01-01T00:00:00.000Z",
  until: undefined,
  ...changes,
});

describe("a decision", () => {
  it("is followed by both, and comes back to a director that has forgotten it", () => {
    const pair = new Watched();
    pair.tell("lb1", { kind: "decided", entry: entry() });
    pair.watch(1000);
    expect([pair.table("lb1"), pair.table("lb2")]).toEqual(["1*0 2*1 3*1 4*1", "1*0 2*1 3*1 4*1"]);
    expect(pair.state("lb2").health.admin).toEqual(pair.state("lb1").health.admin);
    pair.restart("lb1");
    pair.watch(4000);
    expect(pair.table("lb1")).toBe("1*0 2*1 3*1 4*1");
    expect(pair.state("lb1").health.admin).toMatchObject([{ who: "eve", reason: "new disks" }]);
  });

  it("gives way to a newer one, whichever director heard it", () => {
    const pair = new Watched();
    pair.tell("lb1", { kind: "decided", entry: entry({ version: 4 }) });
    pair.watch(1000);
    pair.tell("lb2", {
      kind: "decided",
      entry: entry({ action: "enable", version: 5, director: "lb2" }),
    });
    pair.watch(1000);
    expect([pair.table("lb1"), pair.table("lb2")]).toEqual([FULL, FULL]);
  });

  it("ends on both by itself", () => {
    const pair = new Watched();
    pair.tell("lb1", { kind: "decided", entry: entry({ until: instant(pair.at + 3000) }) });
    pair.watch(2000);
    expect(pair.table("lb2")).toBe("1*0 2*1 3*1 4*1");
    pair.watch(2000);
    expect([pair.table("lb1"), pair.table("lb2")]).toEqual([FULL, FULL]);
    expect(pair.state("lb2").health.admin).toEqual([]);
  });

  it("is heard among many, one after the other", () => {
    const pair = new Watched();
    for (let version = 1; version <= 20; version++) {
      const address = `10.9.9.${version}`;
      pair.tell("lb1", { kind: "decided", entry: entry({ address, version }) });
    }
    pair.restart("lb2");
    pair.watch(10_000);
    expect(pair.state("lb2").health.admin).toHaveLength(20);
  });
});

describe("servers that fail", () => {
  it("for one director alone: it hands over, and empties nothing", () => {
    const pair = new Watched();
    expect(pair.master).toBe("lb1");
    pair.sees["lb1"]?.clear();
    pair.watch(10_000);
    expect(pair.master).toBe("lb2");
    expect(pair.table("lb2")).toBe(FULL);
    expect(pair.table("lb1")).toBe("3*1 4*1");
    expect(pair.state("lb2").instances["i0"]?.cause).toMatchObject({ kind: "handover" });
  });

  it("for the backup alone: the master stays", () => {
    const pair = new Watched();
    pair.sees["lb2"]?.clear();
    pair.watch(10_000);
    expect(pair.master).toBe("lb1");
    expect(pair.table("lb1")).toBe(FULL);
  });

  it("for both: they go out, at once and without a handover", () => {
    const pair = new Watched(fleet(SERVERS, {}, { fallback: [destination(9)] }));
    pair.sees["lb1"]?.clear();
    pair.sees["lb2"]?.clear();
    pair.watch(5000);
    expect([pair.table("lb1"), pair.table("lb2")]).toEqual(["9*1", "9*1"]);
    expect(pair.master).toBe("lb1");
  });

  // The better one finds out half a second before the other, or after it.
  it.each([
    ["lb1", 60],
    ["lb1", 254],
    ["lb2", 254],
  ])(
    "below the quorum for both, %s first: nobody sees more, nothing moves (%i)",
    (first, penalty) => {
      const pair = new Watched(fleet(SERVERS, { quorum: 3, penalty, share: 1 }));
      const moves = (): unknown[] =>
        pair.effects.filter(({ effect }) => effect.kind === "transition");
      const before = moves().length;
      if (first === "lb2") pair.watch(500);
      pair.sees["lb1"] = new Set([0]);
      pair.sees["lb2"] = new Set([0]);
      pair.watch(10_000);
      expect(pair.master).toBe("lb1");
      expect(moves()).toHaveLength(before);
    },
  );

  it("below the quorum cost priority: a director that sees more goes first", () => {
    const pair = new Watched(fleet(SERVERS, { quorum: 3, penalty: 60, share: 1 }));
    pair.sees["lb1"] = new Set([0]);
    pair.watch(6000);
    expect(pair.master).toBe("lb2");
    // It stays there when all is well again: nobody preempts.
    pair.sees["lb1"] = new Set([0, 1, 2, 3]);
    pair.watch(6000);
    expect(pair.master).toBe("lb2");
    expect(pair.table("lb1")).toBe(FULL);
  });
});

import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Config } from "../../../src/config/types.ts";
import type { PassResult } from "../../../src/core/resync/types.ts";
import { createResync, type ResyncOptions } from "../../../src/daemon/resync.ts";
import type { Connection } from "../../../src/wire/ipvs/connection.ts";
import { decodeMessage } from "../../../src/wire/sync/message.ts";
import { simConfig } from "../../sim/config.ts";
import { POLICY } from "../../support/health.ts";
import * as some from "../../support/ipvs.ts";
import { eventually } from "../../support/process.ts";

const SERVER = { ...some.destinationAt("10.0.0.9", 80), forward: "dr" as const };
const CONFIG: Config = {
  ...simConfig({ priorities: [2, 1], sync: true }),
  services: [
    {
      name: "http",
      instance: "i0",
      service: some.serviceAt("tcp", "10.1.0.1", 80),
      servers: [SERVER],
      checks: [[]],
      own: [],
      fallback: [],
      health: POLICY,
    },
  ],
};

const connection = (clientPort: number): Connection => ({
  protocol: "TCP",
  client: some.ip("10.9.9.9"),
  clientPort,
  virtual: some.ip("10.1.0.1"),
  virtualPort: 80,
  destination: SERVER.address,
  destinationPort: 80,
  state: "ESTABLISHED",
  expires: 100,
  engine: undefined,
});

interface Harness {
  readonly results: PassResult[];
  readonly ports: number[];
  begin(pass: number, passKind?: "full" | "before"): void;
}

function harness(steps: number, changes: Partial<ResyncOptions> = {}): Harness {
  const results: PassResult[] = [];
  const ports: number[] = [];
  async function* read(): AsyncGenerator<readonly Connection[], void> {
    for (let i = 0; i < steps; i++) {
      await sleep(1);
      yield Array.from({ length: 40 }, (_, n) => connection(1 + i * 40 + n));
    }
  }
  const resync = createResync({
    config: CONFIG,
    tables: () => [],
    ownAddresses: () => [],
    owns: () => true,
    onEnd: (result) => results.push(result),
    read,
    open: () =>
      Promise.resolve({
        send: (bytes) => {
          ports.push(...decodeMessage(bytes).records.map((record) => record.clientPort));
          return Promise.resolve();
        },
        close: () => undefined,
      }),
    ...changes,
  });
  const begin: Harness["begin"] = (pass, passKind = "full") =>
    resync.begin({ pass, passKind, instances: ["i0"] });
  return { results, ports, begin };
}

const ended = (found: Harness, count = 1): Promise<boolean> =>
  eventually("the pass ends", async () => found.results.length >= count);

describe("a pass", () => {
  test("sends every connection once, and counts them", async () => {
    const found = harness(25);
    found.begin(1);
    await ended(found);
    expect(found.results).toMatchObject([
      { pass: 1, complete: true, sent: 1000, counts: { i0: 1000 }, skipped: {} },
    ]);
    expect(found.ports).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
  });

  test("stops when the role is gone", async () => {
    let owns = true;
    const found = harness(1000, { owns: () => owns });
    found.begin(1);
    await eventually("it sends", async () => found.ports.length > 40);
    owns = false;
    await ended(found);
    expect(found.results).toMatchObject([{ complete: false, problem: "the role has moved" }]);
  });

  test("of a handover ends after a second, whatever is left", async () => {
    const found = harness(1000);
    found.begin(1, "before");
    await ended(found);
    expect(found.results).toMatchObject([{ complete: false, problem: "the time was over" }]);
    expect(found.results[0]?.tookMs).toBeLessThan(1400);
  });

  test("is given up for the next one, and only that one is told of", async () => {
    const found = harness(30);
    found.begin(1);
    await sleep(5);
    found.begin(2, "before");
    await ended(found);
    await sleep(60);
    expect(found.results.map(({ pass }) => pass)).toEqual([2]);
  });

  test("that fails says why", async () => {
    const found = harness(1, { open: () => Promise.reject(new Error("eth1 has no address")) });
    found.begin(1);
    await ended(found);
    expect(found.results).toMatchObject([{ complete: false, problem: "eth1 has no address" }]);
  });
});

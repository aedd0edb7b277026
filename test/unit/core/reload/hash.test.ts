/** Where `sh` sends a client. What the kernel itself chooses is compared in the lab. */
import { describe, expect, test } from "vitest";
import { serverByHash } from "../../../../src/core/reload/hash.ts";
import { ip } from "../../../support/ipvs.ts";

const server = (name: string, weight: number) => ({ address: ip(name), port: 80, weight });
const clients = Array.from({ length: 500 }, (_, i) => ip(`10.7.${i >> 8}.${i & 255}`));
const [A, B, C] = ["10.0.0.2", "10.0.0.3", "10.0.0.4"];

const shares = (servers: readonly ReturnType<typeof server>[], fallback: boolean) => {
  const counts: Record<string, number> = {};
  for (const client of clients) {
    const name = serverByHash(client, servers, fallback) ?? "nobody";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};

describe("a source hash", () => {
  test("spreads clients by weight, and each goes to the same one again", () => {
    const counts = shares([server(A, 3), server(B, 1)], false);
    expect(counts[`${A}:80`]).toBeGreaterThan(330);
    expect(counts[`${B}:80`]).toBeGreaterThan(80);
    expect(shares([server(A, 3), server(B, 1)], false)).toEqual(counts);
  });

  test("leaves clients of a server without weight to nobody, with sh-fallback to the others", () => {
    const servers = [server(A, 1), server(B, 0), server(C, 1)];
    expect(shares(servers, false)["nobody"]).toBeGreaterThan(100);
    const counts = shares(servers, true);
    expect(Object.keys(counts).sort()).toEqual([`${A}:80`, `${C}:80`]);
    const kept = clients.filter((one) => serverByHash(one, servers, false) === `${A}:80`);
    for (const one of kept) expect(serverByHash(one, servers, true)).toBe(`${A}:80`);
  });

  test("has nowhere to send anybody where no server takes any", () => {
    expect(serverByHash(ip("10.7.0.1"), [], true)).toBeUndefined();
    expect(serverByHash(ip("fd00::7"), [server(A, 0)], true)).toBeUndefined();
  });
});

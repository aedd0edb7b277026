/** `baton explain CLIENT`: this host has no IPVS, the other director tells what its kernel has. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { places } from "../../../src/base/places.ts";
import type { PeerQuestion, PeersReply } from "../../../src/control/api.ts";
import { type ControlServer, serve } from "../../../src/control/server.ts";
import type { ClientBindings } from "../../../src/os/bindings.ts";
import { handlersWith } from "../../support/handlers.ts";
import { baton, type Said } from "./capture.ts";

vi.mock("../../../src/os/ipvs.ts", () => ({
  openIpvs: () => Promise.reject(new Error("no IPVS here")),
}));

const HTTP = "tcp 192.168.60.100:80";
const DNS = "udp 192.168.60.100:53";
const server = (last: number, weight: number) =>
  ({ address: `10.0.0.${last}`, port: 53, weight }) as ClientBindings["services"][0]["hashed"][0];

const FOUND: ClientBindings = {
  bindings: [
    {
      listen: HTTP,
      server: "192.168.60.136:80",
      by: "connection",
      count: 3,
      states: { ESTABLISHED: 2, TIME_WAIT: 1 },
      longestMs: 840_000,
    },
    {
      listen: HTTP,
      server: "192.168.60.136:80",
      by: "persistence",
      count: 1,
      states: { NONE: 1 },
      longestMs: 300_000,
    },
  ],
  services: [
    { listen: HTTP, scheduler: "wlc", flags: 0, persistent: true, hashed: [] },
    { listen: DNS, scheduler: "sh", flags: 0, persistent: false, hashed: [server(2, 1)] },
    { listen: "mark 7", scheduler: "rr", flags: 0, persistent: false, hashed: [] },
  ],
};

let root: string;
let control: ControlServer;
let asked: PeerQuestion[];
let found: ClientBindings | undefined;
/** What a third director has; it is there where this is. */
let other: ClientBindings | undefined;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "baton-client-"));
  asked = [];
  found = FOUND;
  other = undefined;
  const peers = (question: PeerQuestion): Promise<PeersReply> => {
    asked.push(question);
    const text = found && JSON.stringify(found);
    const answer = { director: "lb2", done: true, sentence: "it broke off", text, aheadMs: 0 };
    const third = { ...answer, director: "lb3", text: JSON.stringify(other) };
    const answers = other ? [answer, third] : [answer];
    return Promise.resolve({ done: true, sentence: "", answers });
  };
  control = await serve(handlersWith({ peers }), places(root).socket);
});
afterEach(async () => {
  await control.close();
  rmSync(root, { recursive: true, force: true });
});

const call = (...argv: readonly string[]): Promise<Said> =>
  baton("--root", root, "explain", "10.1.2.3", ...argv);

describe("a client", () => {
  test("is found on the other director, with what binds it, and where it would go", async () => {
    const { code, out } = await call();
    expect({ code, asked }).toEqual({ code: 0, asked: [{ ask: "client", client: "10.1.2.3" }] });
    expect(out.split("\n").slice(0, -1)).toEqual([
      "10.1.2.3",
      "  on lb1: not known, no IPVS here",
      "  on lb2:",
      expect.stringMatching(
        /^ {4}http +192\.168\.60\.136:80 +3 connections \(2 ESTABLISHED, 1 TIME_WAIT\), known for 14 m/,
      ),
      expect.stringMatching(/^ {4}http +192\.168\.60\.136:80 +every new connection too, by persi/),
      `  a new connection to ${DNS} goes to 10.0.0.2:53, by the hash of the address (sh)`,
      "  a new connection goes where the scheduler puts it: mark 7 (rr)",
    ]);
  });

  test("is told of two kernels that were given the servers in another order", async () => {
    const services = (hashed: ClientBindings["services"][0]["hashed"]) =>
      FOUND.services.map((one) => (one.scheduler === "sh" ? { ...one, hashed } : one));
    found = { ...FOUND, services: services([server(2, 1), server(3, 1)]) };
    other = { ...FOUND, services: services([server(3, 1), server(2, 1)]) };
    const { out } = await call();
    const ways = /goes to (\S+) by lb2's table, to (\S+) by lb3's table, by the hash/.exec(out);
    expect(ways?.slice(1).toSorted()).toEqual(["10.0.0.2:53", "10.0.0.3:53"]);
  });

  test("is not asked of others with --local", async () => {
    expect(await call("--local")).toMatchObject({ code: 1 });
    expect(asked).toEqual([]);
  });

  test("is told of in one service, and for programs", async () => {
    expect((await call("--service", "mark 7")).out).toMatch(/^10\.1\.2\.3 has no connection\n/);
    const { directors } = JSON.parse((await call("--json")).out);
    expect(directors).toMatchObject([{ director: "lb1" }, { director: "lb2", found: FOUND }]);
  });

  test("whom no kernel was asked for is an error", async () => {
    found = undefined;
    expect(await call()).toMatchObject({ code: 1, err: expect.stringContaining("no IPVS here") });
  });
});

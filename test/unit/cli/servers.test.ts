/** `baton explain`, `drain`, `disable`, `enable`, against a control socket. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { places } from "../../../src/base/places.ts";
import type { ServerRequest } from "../../../src/control/api.ts";
import { type ControlServer, serve } from "../../../src/control/server.ts";
import type { Snapshot } from "../../../src/core/director/snapshot-types.ts";
import { handlersWith } from "../../support/handlers.ts";
import { SNAPSHOT } from "../../support/snapshot.ts";
import { baton, type Said } from "./capture.ts";

let root: string;
let server: ControlServer;
let snapshot: Snapshot;
let asked: ServerRequest[];

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "baton-servers-"));
  snapshot = SNAPSHOT;
  asked = [];
  const unwanted = (): never => {
    throw new Error("not asked for");
  };
  const handlers = handlersWith({
    status: () => snapshot,
    server: (request: ServerRequest) => {
      asked.push(request);
      return Promise.resolve({ done: true, sentence: `${request.server}: ${request.action}` });
    },
  });
  server = await serve(handlers, places(root).socket, { onProblem: unwanted });
});

afterEach(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const call = (...argv: readonly string[]): Promise<Said> => baton("--root", root, ...argv);

describe("explain", () => {
  test("says the state and its changes, the last one first", async () => {
    const { code, out } = await call("explain", "192.168.60.136:80");
    expect(code).toBe(0);
    expect(out).toMatch(/^192\.168\.60\.136:80 of http: /);
    const [, last, before] = out.trim().split("\n");
    expect(last).toMatch(/2026-05-01 15:11:55 +5\.0 s ago +down to up +takes connections/);
    expect(before).toMatch(/1 m 5 s ago +up to down +no connection within 500ms/);
  });

  test("takes an address for all ports, and knows what it does not know", async () => {
    expect((await call("explain", "192.168.60.136", "--json")).code).toBe(0);
    expect(await call("explain", "10.0.0.1:80")).toMatchObject({
      code: 1,
      err: expect.stringContaining("no server 10.0.0.1"),
    });
    await server.close();
    expect((await call("explain", "10.0.0.1:80")).err).toContain("BATON_NOT_RUNNING");
  });

  test("takes a service's name", async () => {
    const { code, out } = await call("explain", "http");
    expect(code).toBe(0);
    expect(out).toMatch(/^http: tcp .*, moves with web\n/);
    expect(out).toMatch(/192\.168\.60\.136:80 +down to up/);
  });
});

describe("drain", () => {
  test("says who, why and for how long", async () => {
    const argv = ["drain", "10.0.0.1:80", "--service", "http", "--for", "2h", "--reason", "disks"];
    expect(await call(...argv)).toMatchObject({ code: 0, out: "10.0.0.1:80: drain\n" });
    expect(asked).toMatchObject([
      {
        server: "10.0.0.1:80",
        action: "drain",
        service: "http",
        forMs: 7_200_000,
        reason: "disks",
      },
    ]);
    expect(asked[0]?.who).toMatch(/./);
  });

  test("waits until no connection is left, then disables on demand", async () => {
    const { code, out } = await call("drain", "10.9.9.9:80", "--wait", "--remove");
    expect(code).toBe(0);
    expect(out).toBe(
      "10.9.9.9:80: drain\n10.9.9.9:80: no connection is left\n10.9.9.9:80: disable\n",
    );
  });

  test("does not take an old reading of the table for an empty server", async () => {
    const unread = { problem: undefined, readAgoMs: undefined };
    for (const ipvs of [unread, { problem: undefined, readAgoMs: 60_000 }]) {
      snapshot = { ...SNAPSHOT, ipvs };
      const said = await call("drain", "10.9.9.9:80", "--wait", "--deadline", "1s");
      expect(said).toMatchObject({ code: 1, err: expect.stringContaining("is not known") });
    }
  });

  test("waits for the server that is meant, however its address is written", async () => {
    const [service] = SNAPSHOT.services;
    const busy = service?.servers.map((one) => ({
      ...one,
      address: "2001:db8::1",
      activeConnections: 7,
    }));
    snapshot = { ...SNAPSHOT, services: service && busy ? [{ ...service, servers: busy }] : [] };
    const argv = ["drain", "[2001:DB8:0::1]:80", "--wait", "--deadline", "1s"];
    expect((await call(...argv)).err).toMatch(/\d+ connections are left/);
  });

  test.each(["web:80", "10.0.0.1:99999", "[fd00::1"])("%s is no server", async (name) => {
    for (const command of ["drain", "explain"]) {
      expect(await call(command, name)).toMatchObject({
        code: 2,
        err: expect.stringContaining("BATON_USAGE"),
      });
    }
  });

  test.each([
    [["--remove"], "--remove says how a wait ends"],
    [["--deadline", "5m"], "--deadline says how a wait ends"],
    [["--for", "5"], "Write a duration with its unit"],
  ])("%j alone is wrong", async (words, sentence) => {
    const { code, err } = await call("drain", "10.0.0.1", ...words);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
    expect(asked).toEqual([]);
  });

  test("gives up at the deadline, with what is left", async () => {
    const [service] = SNAPSHOT.services;
    const busy = service?.servers.map((one) => ({ ...one, activeConnections: 7 })) ?? [];
    snapshot = { ...SNAPSHOT, services: service ? [{ ...service, servers: busy }] : [] };
    const said = await call("drain", "192.168.60.136:80", "--wait", "--deadline", "1s");
    expect(said.code).toBe(1);
    expect(said.err).toMatch(/\d+ connections are left/);
  });
});

/** Programs of single servers: at which change, with what, as whom. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ServerKind } from "../../../src/core/health/types.ts";
import { createChecks } from "../../../src/daemon/checks.ts";
import type { Log } from "../../../src/daemon/log.ts";
import { simConfig } from "../../sim/config.ts";
import { eventually } from "../../support/process.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-checks-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const silent = new Proxy({}, { get: () => () => undefined }) as unknown as Log;

test("run when it is down, and when it is up again", async () => {
  const file = join(folder, "told");
  const says = (word: string): readonly string[] => [
    "/bin/sh",
    "-c",
    `echo ${word} "$BATON_SERVICE $BATON_SERVER $BATON_STATE $BATON_WHY" >>${file}`,
  ];
  const notify = { up: says("came"), down: says("went"), user: undefined };
  const service = {
    name: "http",
    servers: [
      { address: "10.0.0.1", port: 80 },
      { address: "10.0.0.2", port: 80 },
    ],
    checks: [],
    own: [
      { onFailure: undefined, notify: { up: [], down: [], user: undefined } },
      { onFailure: undefined, notify },
    ],
  } as never;
  const config = { ...simConfig({ priorities: [150] }), services: [service] };
  const checks = createChecks({ config, log: silent, onResults: () => undefined });
  const change = (server: string, from: ServerKind, to: ServerKind): void =>
    checks.changed({ kind: "server", service: "http", server, from, to, why: "so it is" });
  change("10.0.0.2:80", "checking", "up");
  change("10.0.0.1:80", "up", "down");
  change("10.0.0.2:80", "up", "doubted");
  change("10.0.0.2:80", "doubted", "down");
  change("10.0.0.2:80", "down", "up");
  const told = (): string => {
    try {
      return readFileSync(file, "utf8");
    } catch {
      return "";
    }
  };
  await eventually("two lines", () => told().split("\n").length === 3);
  expect(told()).toBe("went http 10.0.0.2:80 down so it is\ncame http 10.0.0.2:80 up so it is\n");
  checks.close();
});

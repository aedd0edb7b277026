/** Programs that are told, where more is to be told than they can take. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createHooks } from "../../../src/daemon/hooks.ts";
import type { Log } from "../../../src/daemon/log.ts";

test("what came last is told, whatever was left out before", async () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-hooks-"));
  const said: string[] = [];
  const log = { info: () => undefined, error: (text: string) => said.push(text) };
  const hooks = createHooks(log as unknown as Log);
  const file = join(folder, "told");
  for (let i = 0; i < 70; i++) {
    hooks.run(["/bin/sh", "-c", `echo ${i} >>${file}`], {});
  }
  await hooks.settled();
  expect(readFileSync(file, "utf8").trimEnd().split("\n").slice(-2)).toEqual(["68", "69"]);
  expect(said).toEqual(Array.from({ length: 5 }, () => "/bin/sh was left out: too many wait"));
  rmSync(folder, { recursive: true, force: true });
});

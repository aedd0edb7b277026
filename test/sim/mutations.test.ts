import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { compileFunction } from "node:vm";
import { build, type Plugin } from "esbuild";
import { describe, expect, test } from "vitest";
import { ROOT } from "../support/sources.ts";
import { MUTANTS, type Mutant } from "./mutants.ts";
import type { SCENARIOS } from "./scenarios.ts";

type Scenarios = typeof SCENARIOS;

/** The scenarios on a core with `patches` applied, bundled in memory. */
async function mutate({ patches }: Mutant): Promise<Scenarios> {
  const texts = new Map<string, string>();
  for (const { file, from, to } of patches) {
    const path = join(ROOT, "src/core", file);
    const text = texts.get(path) ?? readFileSync(path, "utf8");
    expect(text.split(from).length - 1, `places in ${file} that read: ${from}`).toBe(1);
    texts.set(
      path,
      text.replace(from, () => to),
    );
  }
  const plugin: Plugin = {
    name: "mutate",
    setup: (bundle) => {
      bundle.onLoad({ filter: /\/src\/core\// }, ({ path }) => {
        const contents = texts.get(path);
        return contents === undefined ? undefined : { contents, loader: "ts" };
      });
    },
  };
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, "test/sim/scenarios.ts")],
    bundle: true,
    platform: "node",
    format: "cjs",
    write: false,
    logLevel: "silent",
    plugins: [plugin],
  });
  const module: { exports: { SCENARIOS?: Scenarios } } = { exports: {} };
  const load = compileFunction(outputFiles[0]?.text ?? "", ["module", "exports", "require"]);
  load(module, module.exports, createRequire(import.meta.url));
  return module.exports.SCENARIOS ?? {};
}

function scenarioOf(scenarios: Scenarios, name: string): () => void {
  const found = Object.values(scenarios).flatMap((group) => (group[name] ? [group[name]] : []));
  expect(found, `scenarios that are called: ${name}`).toHaveLength(1);
  return found[0] ?? (() => undefined);
}

describe("every mutant is noticed", () => {
  test.each(MUTANTS)("$name", async (mutant) => {
    const scenarios = await mutate(mutant);
    expect(scenarioOf(scenarios, mutant.killedBy), `not noticed: ${mutant.killedBy}`).toThrow();
  });
});

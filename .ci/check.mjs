/** `npm run check`: what is quick to judge; with `--static` without tests. About a minute. */
import { spawnSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const FAST_TESTS = ["run", "--config", "test/vitest.config.ts", "--passWithNoTests"];

const STATIC = [
  ["format", "biome", ["check", "--config-path", "test", "src", "test", ".ci"]],
  ["lint", "oxlint", ["-c", "test/oxlint.json", "--type-aware", "--deny-warnings", "src", "test"]],
  ["types", "tsc", ["-p", "."]],
  ["the page's types", "tsc", ["-p", "src/page"]],
  ["the browser tests' types", "tsc", ["-p", "test/browser"]],
  ["dead code", "knip", ["--config", "test/knip.json"]],
];
/** What builds packages or mutates the machine is for `npm test`. */
const LONG = ["test/unit/package/deb.test.ts", "test/sim/mutations.test.ts"];
const LEFT_OUT = LONG.flatMap((file) => ["--exclude", file]);
const PROJECTS = ["--project", "unit", "--project", "sim"];
const TESTS = [["tests", "vitest", [...FAST_TESTS, ...PROJECTS, ...LEFT_OUT]]];
/** Of the simulated chaos: a tenth of what `npm test` takes. */
const env = { BATON_SIM_SEEDS: "150", ...process.env };

const steps = process.argv.includes("--static") ? STATIC : [...STATIC, ...TESTS];
const results = steps.map(([name, command, args]) => {
  const start = Date.now();
  const bin = join(ROOT, "node_modules", ".bin", command);
  const stdio = ["ignore", "inherit", "inherit"];
  const { status } = spawnSync(bin, args, { cwd: ROOT, stdio, env });
  return { name, ok: status === 0, seconds: (Date.now() - start) / 1000 };
});
for (const { name, ok, seconds } of results) {
  console.log(`check: ${ok ? "ok    " : "FAILED"} ${name} (${seconds.toFixed(1)} s)`);
}
process.exit(results.every(({ ok }) => ok) ? 0 : 1);

/** `npm run bench [-- --quick] [SECTION ...]`: builds baton as it is and measures it. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { pathWithSystem, setup } from "./setup.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const BENCH = join(ROOT, "test", "bench");

if (!setup().modules) process.exit(1);
if (process.getuid() !== 0) {
  console.error("The bench builds network namespaces: run it as root.");
  process.exit(1);
}
const { bundle } = await import("./bundle.mjs");
const outdir = mkdtempSync(join(tmpdir(), "baton-bench-"));
try {
  const baton = join(outdir, "baton.js");
  await bundle({ entries: { baton: "src/bin/baton.ts" }, outdir, splitting: true });
  writeFileSync(join(outdir, "package.json"), '{ "type": "module" }\n');
  chmodSync(baton, 0o755);
  const args = ["--import", join(BENCH, "typescript.mjs"), join(BENCH, "main.ts")];
  const { status } = spawnSync(process.execPath, [...args, ...process.argv.slice(2)], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, PATH: pathWithSystem(), BATON_TEST_PROGRAM: baton },
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(outdir, { recursive: true, force: true });
}

/** `npm run bench [-- --quick] [SECTION ...]`: builds baton as it is and measures it. */
import { spawnSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { pathWithSystem, setup } from "./setup.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const BENCH = join(ROOT, "test", "bench");

const { packages, modules } = setup();
if (!packages || !modules) process.exit(1);
if (process.getuid() !== 0) {
  console.error("The bench builds network namespaces: run it as root.");
  process.exit(1);
}
const args = ["--import", join(BENCH, "typescript.mjs"), join(BENCH, "main.ts")];
const { status } = spawnSync(process.execPath, [...args, ...process.argv.slice(2)], {
  cwd: ROOT,
  stdio: ["ignore", "inherit", "inherit"],
  env: { ...process.env, PATH: pathWithSystem() },
});
process.exit(status ?? 1);

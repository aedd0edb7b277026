/** Lets the lab's kernel boot on processors whose register state is wider than it knows. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const SOURCE = join(ROOT, "test", "lab", "wide-xstate.c");
const LIBRARY = join(ROOT, ".lab", "wide-xstate.so");

/** AMX: 8 KiB of tiles behind all that Debian 12's User-Mode Linux has room for. */
export function hasWideState() {
  const path = "/proc/cpuinfo";
  return existsSync(path) && /^flags\b.* amx_tile\b/m.test(readFileSync(path, "utf8"));
}

const isBuilt = () => existsSync(LIBRARY) && statSync(LIBRARY).mtimeMs > statSync(SOURCE).mtimeMs;

/** Compiles it where this processor needs it; false where that fails. */
export function buildWideState() {
  if (!hasWideState() || isBuilt()) return true;
  mkdirSync(dirname(LIBRARY), { recursive: true });
  const made = `${LIBRARY}.${process.pid}`;
  const options = ["-O2", "-shared", "-fPIC", "-nostdlib", "-o", made, SOURCE];
  if (spawnSync("gcc", options, { stdio: "inherit" }).status !== 0) return false;
  renameSync(made, LIBRARY);
  return true;
}

/** What the lab's kernel wants in its environment. */
export const kernelEnvironment = () => (hasWideState() ? { LD_PRELOAD: LIBRARY } : {});

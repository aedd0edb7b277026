/** Builds dist/ from src/: the program, and the types of its library. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildProgram } from "./program.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const DIST = join(ROOT, "dist");
const TYPES = join(DIST, "types");

function tsc(...args) {
  const command = join(ROOT, "node_modules", ".bin", "tsc");
  const { status } = spawnSync(command, args, { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

/** The types of what other programs import: declarations name their files as they lie in dist/. */
function writeTypes() {
  tsc("-p", join(ROOT, "tsconfig.types.json"), "--outDir", TYPES);
  for (const file of readdirSync(TYPES, { recursive: true })) {
    const path = join(TYPES, file);
    if (!path.endsWith(".d.ts")) continue;
    writeFileSync(path, readFileSync(path, "utf8").replace(/(from "\..*)\.ts"/g, '$1.js"'));
  }
}

const checked = !process.argv.includes("--no-check");
if (checked) tsc("-p", ROOT);
rmSync(DIST, { recursive: true, force: true });
await buildProgram(DIST, { sourcemap: true });
if (checked) writeTypes();

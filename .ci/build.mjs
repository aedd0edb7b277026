/** Builds dist/ from src/: one bundle an entry of src/bin, native parts and licences beside them. */
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const DIST = join(ROOT, "dist");
const TYPES = join(DIST, "types");
const BIN = join(ROOT, "src", "bin");

function check() {
  const tsc = join(ROOT, "node_modules", ".bin", "tsc");
  const { status } = spawnSync(tsc, ["-p", ROOT], { stdio: "inherit" });
  if (status !== 0) process.exit(1);
}

/** The types of what other programs import: declarations name their files as they lie in dist/. */
function writeTypes() {
  const tsc = join(ROOT, "node_modules", ".bin", "tsc");
  const args = ["-p", join(ROOT, "tsconfig.types.json"), "--outDir", TYPES];
  const { status } = spawnSync(tsc, args, { stdio: "inherit" });
  if (status !== 0) process.exit(1);
  for (const file of readdirSync(TYPES, { recursive: true })) {
    const path = join(TYPES, file);
    if (!path.endsWith(".d.ts")) continue;
    writeFileSync(path, readFileSync(path, "utf8").replace(/(from "\..*)\.ts"/g, '$1.js"'));
  }
}

function writeLicences(packages) {
  const texts = packages.map((name) => {
    const folder = join(ROOT, "node_modules", name);
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    return `${name}\n\n${file ? readFileSync(join(folder, file), "utf8") : "see its package"}`;
  });
  writeFileSync(join(DIST, "THIRD-PARTY.txt"), texts.join("\n\n========\n\n"));
}

if (!process.argv.includes("--no-check")) check();
const files = existsSync(BIN) ? readdirSync(BIN).filter((file) => file.endsWith(".ts")) : [];
const entries = Object.fromEntries(
  files.map((file) => [file.replace(/\.ts$/, ""), `src/bin/${file}`]),
);
if (files.length === 0) throw new Error("src/bin holds no entry");
rmSync(DIST, { recursive: true, force: true });
const options = { outdir: DIST, splitting: true, sourcemap: true };
// Code that the command line shares would be cut into many small files, and each costs the start
// of the daemon half a millisecond.
const daemon = await bundle({ entries: { daemon: "src/daemon/main.ts" }, ...options });
const others = await bundle({ entries, ...options, apart: { "daemon/main.ts": "./daemon.js" } });
// A thread of its own, which needs neither the foreign functions nor the schema.
await bundle({ entries: { probe: "src/probe/worker.ts" }, outdir: DIST, sourcemap: true });
const packages = [...new Set([...daemon.packages, ...others.packages])].sort();
for (const name of Object.keys(entries)) chmodSync(join(DIST, `${name}.js`), 0o755);
writeLicences(packages);
if (!process.argv.includes("--no-check")) writeTypes();
// Without it Node has to guess the module system of a copied dist/, at every start.
writeFileSync(join(DIST, "package.json"), '{ "type": "module" }\n');

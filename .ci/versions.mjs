/** `npm run soak -- versions [COMMIT]`, `formats`: this baton beside an older one, and for later ones. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { pathWithSystem, setup } from "./setup.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const BENCH = join(ROOT, "test", "bench");
/** Where the formats of the last version were recorded, with its commit. */
const RECORDED = join(ROOT, "test", "fixtures", "versions", "0.1.0", "about.json");

function must(command, args, options = {}) {
  const limits = { encoding: "utf8", maxBuffer: 2 ** 28, ...options };
  const { status, stdout, stderr, error } = spawnSync(command, args, limits);
  if (status === 0) return stdout;
  throw new Error(`${command} ${args.join(" ")}: ${error ?? stderr}`);
}

/** The source of a commit, built with the packages that are installed here. */
function buildOf(commit, folder) {
  const source = must("git", ["-C", ROOT, "archive", commit], { encoding: "buffer" });
  must("tar", ["-x", "-C", folder], { input: source });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  must(process.execPath, [".ci/build.mjs", "--no-check"], { cwd: folder });
  return join(folder, "dist", "baton.js");
}

export function versions([wanted] = []) {
  const { packages, modules } = setup();
  if (!packages || !modules) return 1;
  if (process.getuid() !== 0) {
    console.error("Two versions of baton meet in network namespaces: run it as root.");
    return 1;
  }
  const ref = wanted ?? JSON.parse(readFileSync(RECORDED, "utf8")).commit;
  const commit = must("git", ["-C", ROOT, "rev-parse", "--short", `${ref}^{commit}`]).trim();
  const folder = mkdtempSync(join(tmpdir(), "baton-versions-"));
  try {
    console.log(`building ${commit}, and what is here`);
    const older = buildOf(commit, folder);
    must(process.execPath, [".ci/build.mjs", "--no-check"], { cwd: ROOT });
    const newer = join(ROOT, "dist", "baton.js");
    const args = ["--import", join(BENCH, "typescript.mjs"), join(BENCH, "versions.ts")];
    const { status } = spawnSync(process.execPath, [...args, older, newer], {
      cwd: ROOT,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, PATH: pathWithSystem() },
    });
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** At a release: what this version keeps and says, for the tests of all versions to come. */
export function formats() {
  const { packages, modules } = setup();
  if (!packages || !modules) return 1;
  const args = ["--import", join(BENCH, "typescript.mjs"), join(BENCH, "formats.ts")];
  const { status } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, PATH: pathWithSystem() },
  });
  return status ?? 1;
}

/** Makes the package of a tree: checksums, control, dpkg-deb. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { control, DEBIAN_ARCHITECTURE } from "./texts.mjs";
import { makeTree } from "./tree.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const SCRIPTS = ["postinst", "prerm", "postrm"];

/** Returns the path of the package that was made. */
export async function makePackage({ runtime = false, out = join(ROOT, "packages"), version } = {}) {
  const own = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).version;
  const node = process.version.slice(1);
  const base = version ?? own;
  const full = runtime ? `${base}+node${node}` : base;
  const epoch = buildTime();
  const work = mkdtempSync(join(tmpdir(), "baton-package-"));
  try {
    const options = { version: base, arch: process.arch, runtime, epoch };
    await makeTree(work, options);
    writeControl(work, { ...options, version: full, runtime: runtime && node });
    mkdirSync(out, { recursive: true });
    const file = join(out, `baton_${full}_${DEBIAN_ARCHITECTURE[process.arch]}.deb`);
    dpkgDeb(work, file, options);
    return file;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Seconds: of the last commit where nobody says otherwise. */
function buildTime() {
  const said = process.env.SOURCE_DATE_EPOCH;
  if (said !== undefined) return Number(said);
  const args = ["-C", ROOT, "log", "-1", "--format=%ct"];
  const { status, stdout } = spawnSync("git", args, { encoding: "utf8" });
  if (status === 0) return Number(stdout);
  return Math.floor(statSync(join(ROOT, "package.json")).mtimeMs / 1000);
}

function writeControl(work, options) {
  const files = readdirSync(work, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const sums = files.map((file) => {
    const sum = createHash("md5").update(readFileSync(file)).digest("hex");
    return `${sum}  ${relative(work, file)}\n`;
  });
  const kilobytes = files.reduce((sum, file) => sum + Math.ceil(statSync(file).size / 1024), 0);
  const folder = join(work, "DEBIAN");
  mkdirSync(folder, { mode: 0o755 });
  writeFileSync(join(folder, "control"), control({ ...options, kilobytes }));
  writeFileSync(join(folder, "md5sums"), sums.join(""));
  for (const name of SCRIPTS) copyFileSync(join(ROOT, ".ci", "deb", name), join(folder, name));
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    chmodSync(file, SCRIPTS.includes(name) ? 0o755 : 0o644);
    lutimesSync(file, options.epoch, options.epoch);
  }
  chmodSync(folder, 0o755);
  for (const path of [folder, work]) lutimesSync(path, options.epoch, options.epoch);
}

/** One thread: with several the compressor's octets depend on their number. */
function dpkgDeb(work, file, { epoch, runtime }) {
  // A whole Node takes 80 s of a processor at the usual level, and gets a tenth smaller by it.
  const level = runtime ? "-z2" : "-z6";
  const options = ["--root-owner-group", "-Zxz", level, "--threads-max=1"];
  const { status, error } = spawnSync("dpkg-deb", [...options, "--build", work, file], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
  });
  if (error) throw new Error(`dpkg-deb: ${error.message}; it comes with Debian's package dpkg`);
  if (status !== 0) throw new Error(`dpkg-deb ended with ${status}`);
}

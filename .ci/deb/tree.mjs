/** The files of the package, as they lie on a director. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { bundle } from "../bundle.mjs";
import { buildProgram } from "../program.mjs";
import { copyright, debianChangelog } from "./texts.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const PROGRAM = "usr/lib/baton";
const SHARED = "usr/share/baton";
const DOC = "usr/share/doc/baton";
/** What Node may need of the system, so that it runs on another one. */
const COMMON_LIBRARIES =
  /^(linux-vdso|ld-linux[-\w]*|libc|libm|libdl|libpthread|librt|libgcc_s|libstdc\+\+|libatomic)\.so/;

/** Fills an empty folder. `options`: version, arch, runtime (a Node of its own), epoch (seconds). */
export async function makeTree(folder, options) {
  const put = (path, content) => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  };
  const thirdParty = await program(folder, options);
  const words = await generate(options);
  for (const [name, text] of Object.entries(words.pages)) {
    put(`usr/share/man/man${name.at(-1)}/${name}.gz`, packed(text));
  }
  const { bash, zsh, fish } = words.completions;
  put("usr/share/bash-completion/completions/baton", bash);
  put("usr/share/zsh/vendor-completions/_baton", zsh);
  put("usr/share/fish/vendor_completions.d/baton.fish", fish);
  for (const unit of readdirSync(join(ROOT, "systemd"))) {
    put(`usr/lib/systemd/system/${unit}`, readFileSync(join(ROOT, "systemd", unit)));
  }
  configuration(put);
  mkdirSync(join(folder, "etc/baton"), { recursive: true });
  const changelog = readFileSync(join(ROOT, "CHANGELOG.md"), "utf8");
  put(`${DOC}/changelog.gz`, packed(debianChangelog(changelog, options)));
  put(`${DOC}/README.md.gz`, packed(readFileSync(join(ROOT, "README.md"))));
  put(`${DOC}/copyright`, copyright(thirdParty, options.runtime && `/${DOC}/node.LICENSE.gz`));
  if (options.runtime) put(`${DOC}/node.LICENSE.gz`, packed(nodeLicence()));
  put("usr/share/lintian/overrides/baton", overrides(options));
  settle(folder, options.epoch);
}

/** What is meant: Node's options stand in the first line, and a carried Node has its libraries. */
const overrides = ({ runtime }) =>
  ["unusual-interpreter *", ...(runtime ? ["embedded-library *", "hardening-no-pie *"] : [])]
    .map((tag) => `baton: ${tag}\n`)
    .join("");

const packed = (text) => gzipSync(text, { level: 9 });

/** Returns the licences of what the bundle contains. */
async function program(folder, { version, arch, runtime }) {
  const outdir = join(folder, PROGRAM);
  await buildProgram(outdir, { version });
  const licences = readFileSync(join(outdir, "THIRD-PARTY.txt"), "utf8");
  rmSync(join(outdir, "THIRD-PARTY.txt"));
  const native = join(outdir, "native");
  for (const file of readdirSync(native)) {
    if (!file.endsWith(`-${arch}.node`)) rmSync(join(native, file));
    else chmodSync(join(native, file), 0o644);
  }
  for (const name of ["koffi", "netlink"]) {
    const file = join(native, `${name}-${arch}.node`);
    if (!existsSync(file)) {
      throw new Error(`${name} is not here for ${arch}: build the package on such a machine`);
    }
    strip(file);
  }
  const node = runtime ? `/${PROGRAM}/node` : "/usr/bin/node";
  if (runtime) carryNode(join(outdir, "node"));
  // A Node that somebody has in his PATH for other work is not for a director.
  const entry = join(outdir, "baton.js");
  const text = readFileSync(entry, "utf8");
  if (!text.startsWith("#!/usr/bin/env -S node "))
    throw new Error("baton.js has another first line");
  writeFileSync(entry, text.replace("env -S node ", `env -S ${node} `));
  chmodSync(join(outdir, "ipvs.js"), 0o644);
  mkdirSync(join(folder, "usr/bin"), { recursive: true });
  symlinkSync("../lib/baton/baton.js", join(folder, "usr/bin/baton"));
  return licences;
}

function carryNode(file) {
  const node = realpathSync(process.execPath);
  const { stdout } = spawnSync("ldd", [node], { encoding: "utf8" });
  const needed = stdout
    .trim()
    .split("\n")
    .map((line) => basename(line.trim().split(" ", 1)[0]));
  const foreign = needed.filter((name) => !COMMON_LIBRARIES.test(name));
  if (needed.length === 0 || foreign.length > 0) {
    throw new Error(
      `${node} needs ${foreign.join(", ")}: it does not run elsewhere. ` +
        "Build with a Node of nodejs.org or NodeSource.",
    );
  }
  copyFileSync(node, file);
  strip(file);
  chmodSync(file, 0o755);
}

/** Debian wants no symbols in there. */
function strip(file) {
  const { error } = spawnSync("strip", ["--strip-unneeded", file], { stdio: "inherit" });
  if (error) throw new Error("strip is missing; it comes with Debian's package binutils");
}

function nodeLicence() {
  const prefix = join(dirname(realpathSync(process.execPath)), "..");
  const places = ["LICENSE", "share/doc/nodejs/LICENSE", "share/doc/node/LICENSE"];
  const found = places.map((place) => join(prefix, place)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`no licence of Node in ${prefix}`);
  return readFileSync(found, "utf8");
}

/** Manual pages and completions are made by the sources that they describe. */
async function generate({ version, epoch }) {
  const folder = mkdtempSync(join(tmpdir(), "baton-words-"));
  try {
    await bundle({ entries: { words: "src/cli/manual/words.ts" }, outdir: folder, version });
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
    const { words } = await import(pathToFileURL(join(folder, "words.js")).href);
    return words(new Date(epoch * 1000).toISOString().slice(0, 10));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function configuration(put) {
  const etc = join(ROOT, "etc");
  for (const name of readdirSync(etc, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    const file = join(name.parentPath, name.name);
    const path = file.slice(etc.length + 1);
    const own = path === "baton.yaml" || path === "baton.schema.json";
    const text = readFileSync(file, "utf8").replace(
      /(\$schema=)\S*(baton\.schema\.json)/,
      `$1/${SHARED}/$2`,
    );
    put(own ? `${SHARED}/${path}` : `${DOC}/${path}`, text);
  }
}

/** The same modes and times whoever builds it, wherever and whenever. */
function settle(folder, epoch) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isSymbolicLink()) {
      const runs = entry.isDirectory() || (statSync(path).mode & 0o100) !== 0;
      chmodSync(path, runs ? 0o755 : 0o644);
    }
    lutimesSync(path, epoch, epoch);
  }
  chmodSync(folder, 0o755);
  lutimesSync(folder, epoch, epoch);
}

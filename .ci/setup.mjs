/** Brings a fresh machine to where `npm test` and `npm run demo` can run; says what it installs. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync, utimesSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { buildWideState, hasWideState } from "./xstate.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const SYSTEM_PATH = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];

/** Debian package → a file or command that it brings, and what baton's tests want it for. */
const PACKAGES = {
  "user-mode-linux": { has: "linux.uml", why: "the lab's kernel with IPVS" },
  kmod: { has: "depmod", why: "modules in the lab" },
  iproute2: { has: "ip", why: "network namespaces" },
  "iputils-ping": { has: "ping", why: "probes" },
  tcpdump: { has: "tcpdump", why: "looking at the wire" },
  nftables: { has: "nft", why: "one-way cuts" },
  procps: { has: "sysctl", why: "kernel settings" },
  binutils: { has: "strip", why: "the Debian package" },
  "groff-base": { has: "groff", why: "judging the manual pages" },
  busybox: { has: "busybox", why: "switching the lab off" },
  keepalived: { has: "keepalived", why: "the peer to be compatible with" },
  ipvsadm: { has: "ipvsadm", why: "reading the IPVS table independently" },
  chromium: { has: "chromium", why: "looking at the web page" },
  systemd: { has: "systemd-analyze", why: "checking the unit" },
  mmdebstrap: { has: "mmdebstrap", why: "whole hosts with a systemd of their own" },
  ...(hasWideState() && {
    gcc: { has: "gcc", why: "the lab's kernel on a processor with AMX (test/lab/wide-xstate.c)" },
  }),
};

/** For what runs after the set-up: root's PATH may lack sbin. */
export const pathWithSystem = () =>
  [...new Set([...(process.env.PATH ?? "").split(":"), ...SYSTEM_PATH])].join(":");

const onPath = (command) =>
  pathWithSystem()
    .split(":")
    .some((dir) => existsSync(join(dir, command)));

/** The Debian packages of which nothing is found on this machine. */
export const missingPackages = () =>
  Object.keys(PACKAGES).filter((name) => !onPath(PACKAGES[name].has));

const isRoot = () => process.getuid?.() === 0;
const say = (text) => console.log(`setup: ${text}`);

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", cwd: ROOT, ...options });
  return error ? 1 : (status ?? 1);
}

/** Milliseconds; 0 where there is nothing. */
const mtime = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function newest(folder) {
  if (!existsSync(folder)) return 0;
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return Math.max(0, ...files.map((file) => mtime(join(folder, file))));
}

function installModules() {
  const stamp = join(ROOT, "node_modules", ".package-lock.json");
  const lockfile = join(ROOT, "package-lock.json");
  if (mtime(stamp) >= mtime(lockfile)) return true;
  say("npm packages of the lockfile, into node_modules (npm ci)");
  if (run("npm", ["ci", "--no-audit", "--no-fund"]) !== 0) {
    say("npm ci failed: is the npm registry reachable?");
    return false;
  }
  // The stamp carries the time of the archive with some versions of npm.
  const now = new Date();
  utimesSync(stamp, now, now);
  return true;
}

function build() {
  if (newest(join(ROOT, "src", "bin")) === 0) {
    say("src/bin is empty: nothing to build");
    return true;
  }
  const inputs = [
    newest(join(ROOT, "src")),
    newest(join(ROOT, ".ci")),
    mtime(join(ROOT, "package.json")),
  ];
  if (mtime(join(ROOT, "dist", "baton.js")) >= Math.max(...inputs)) return true;
  say("dist/ from src/ (npm run build)");
  return run(process.execPath, [".ci/build.mjs", "--no-check"]) === 0;
}

function explain(missing) {
  for (const name of missing)
    say(`missing: ${name} (${PACKAGES[name].has}: ${PACKAGES[name].why})`);
  const sudo = isRoot() ? "" : "sudo ";
  say(`install with: ${sudo}apt-get update && ${sudo}apt-get install ${missing.join(" ")}`);
}

function installPackages() {
  const missing = missingPackages();
  if (missing.length === 0) return true;
  if (!onPath("apt-get")) say("this is no Debian: apt-get is not here");
  else if (!isRoot()) say("Debian packages are missing, and only root may install them");
  else if (aptInstall(missing)) return true;
  explain(missingPackages());
  return false;
}

function aptInstall(missing) {
  for (const name of missing) say(`Debian package ${name}: ${PACKAGES[name].why}`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = ["-y", "-qq", "-o", "Dpkg::Use-Pty=0", "--no-install-recommends"];
  const quiet = { env, stdio: ["ignore", "ignore", "inherit"] };
  run("apt-get", ["update", "-qq"], quiet);
  if (run("apt-get", ["install", ...options, ...missing], quiet) === 0) return true;
  // One that cannot be had must not keep the others away.
  for (const name of missing) run("apt-get", ["install", ...options, name], quiet);
  return missingPackages().length === 0;
}

/** Everything that can be set up here; false where something stays missing. */
export function setup() {
  const packages = installPackages() && buildWideState();
  return { packages, modules: installModules() && build() };
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { packages, modules } = setup();
  if (packages && modules) say("ready");
  process.exit(packages && modules ? 0 : 1);
}

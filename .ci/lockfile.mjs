/**
 * Completes package-lock.json after a change of dependencies: a registry that lacks the builds for
 * other systems makes npm leave them out, and `npm ci` then refuses the whole lockfile.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const FILE = join(ROOT, "package-lock.json");
const SYSTEMS = /(?:^|[/-])(android|darwin|freebsd|linux|openbsd|openharmony|sunos|win32)(?:-|$)/;
const PROCESSORS = /-(arm64|arm|ia32|loong64|ppc64|riscv64|s390x|x64)(?:-|$)/;

const lock = JSON.parse(readFileSync(FILE, "utf8"));
const added = [];
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const path = `node_modules/${name}`;
    const os = SYSTEMS.exec(name)?.[1];
    const cpu = PROCESSORS.exec(name)?.[1];
    if (path in lock.packages || !os || !cpu || !/^\d/.test(version)) continue;
    // Its system and processor keep npm from wanting it anywhere else.
    const libc = os === "linux" ? { libc: [name.includes("musl") ? "musl" : "glibc"] } : {};
    const dev = entry.dev ? { dev: true } : {};
    lock.packages[path] = { version, cpu: [cpu], ...dev, ...libc, optional: true, os: [os] };
    added.push(path);
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
writeFileSync(FILE, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${added.length} added`);

/**
 * `npm run soak`: the chaos simulation with BATON_SIM_SEEDS seeds, a million unless said otherwise.
 * `npm run soak -- versions [COMMIT]`: two versions of baton in one pair.
 * `npm run soak -- formats`: records what this version keeps and says (test/fixtures/versions).
 * `npm run soak -- hosts`: two whole hosts, fault after fault (test/soak).
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";
import { obstacle } from "./capabilities.mjs";
import { pathWithSystem, setup } from "./setup.mjs";
import { formats, versions } from "./versions.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const [subject, ...args] = process.argv.slice(2);
if (subject === "hosts") process.exit(soakHosts());
if (subject === "versions") process.exit(versions(args));
if (subject === "formats") process.exit(formats());
if (subject !== undefined) {
  console.error(
    `soak: ${subject}: there are the simulation, without an argument, hosts, versions, formats`,
  );
  process.exit(2);
}

function soakHosts() {
  const ready = setup();
  const why = obstacle("hosts");
  if (why !== undefined) console.error(`soak: the hosts can not boot here: ${why}`);
  if (why !== undefined || !ready.modules) return 1;
  const loader = join(ROOT, "test", "bench", "typescript.mjs");
  const main = join(ROOT, "test", "soak", "main.ts");
  const { status } = spawnSync(process.execPath, ["--import", loader, main, ...args], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, PATH: pathWithSystem() },
  });
  return status ?? 130;
}

const SEEDS = Number(process.env.BATON_SIM_SEEDS ?? 1_000_000);
const FIRST = Number(process.env.BATON_SIM_SEED ?? 1);
/** A process ends after so many seeds, so that nothing can pile up. */
const STRETCH = 500;
const MEMORY_MB = 512;
const MAX_FAILURES = 10;
const TELL_EVERY_MS = 10_000;

if (![SEEDS, FIRST].every((number) => Number.isSafeInteger(number) && number > 0)) {
  console.error("BATON_SIM_SEEDS and BATON_SIM_SEED are whole numbers above 0");
  process.exit(2);
}

const outdir = mkdtempSync(join(tmpdir(), "baton-soak-"));
const children = new Set();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(outdir, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(130));
await bundle({ entries: { soak: join(ROOT, "test", "bench", "soak.ts") }, outdir });
writeFileSync(join(outdir, "package.json"), '{ "type": "module" }\n');

const began = performance.now();
const failures = [];
let next = FIRST;
let done = 0;
let crashed;

/** One stretch in a process of its own; a process that dies is a failure as well. */
function runStretch(first, count) {
  const flags = [`--max-old-space-size=${MEMORY_MB}`, join(outdir, "soak.js")];
  const child = spawn(process.execPath, [...flags, String(first), String(count)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.add(child);
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { seed, problems } = JSON.parse(line);
    failures.push(seed);
    console.log(`seed ${seed}: ${problems.join("; ")}`);
  });
  return new Promise((finish) => {
    child.on("close", (code, signal) => {
      children.delete(child);
      if (code !== 0) crashed ??= `seeds from ${first}: exit ${code ?? signal}`;
      done += count;
      finish();
    });
  });
}

async function worker() {
  while (next < FIRST + SEEDS && failures.length < MAX_FAILURES && crashed === undefined) {
    const first = next;
    const count = Math.min(STRETCH, FIRST + SEEDS - first);
    next += count;
    await runStretch(first, count);
  }
}

function tell() {
  const seconds = (performance.now() - began) / 1000;
  const rate = done / seconds;
  const left = rate > 0 ? Math.round((SEEDS - done) / rate / 60) : "?";
  const share = ((100 * done) / SEEDS).toFixed(1);
  console.log(
    `${done} of ${SEEDS} seeds (${share} %), ${Math.round(rate)} a second, ` +
      `about ${left} min left, ${failures.length} failed`,
  );
}

const timer = setInterval(tell, TELL_EVERY_MS);
await Promise.all(Array.from({ length: availableParallelism() }, worker));
clearInterval(timer);
tell();
if (crashed !== undefined) console.error(crashed);
if (failures.length > 0) console.error(`failed seeds: ${failures.join(", ")}`);
process.exit(failures.length > 0 || crashed !== undefined ? 1 : 0);

/** `npm test`: sets up, then runs the tiers one after another, each against its budget. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { obstacle } from "./capabilities.mjs";
import { pathWithSystem, setup } from "./setup.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const CI = process.env.CI === "true";

/** A run fails beyond twice its budget. */
const OVERRUN = 2;
const TIERS = [
  { name: "fast", projects: ["unit", "sim", "fuzz"], budget: 80, serial: false },
  { name: "netns", projects: ["netns"], budget: 100, serial: false },
  { name: "timed", projects: ["timed"], budget: 200, serial: true },
  { name: "browser", projects: ["browser"], budget: 30, serial: true },
  { name: "lab", projects: ["lab"], budget: 300, serial: true },
  { name: "hosts", projects: ["hosts"], budget: 240, serial: true },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !TIERS.some((tier) => tier.name === name));
if (unknown.length > 0) {
  console.error(
    `no such tier: ${unknown.join(", ")}; there are ${TIERS.map((t) => t.name).join(", ")}`,
  );
  process.exit(2);
}

function vitest(tier, report) {
  const args = ["run", "--config", "test/vitest.config.ts", "--passWithNoTests"];
  for (const project of tier.projects) args.push("--project", project);
  if (tier.serial) args.push("--no-file-parallelism");
  args.push("--reporter=default", "--reporter=json", `--outputFile.json=${report}`);
  const command = join(ROOT, "node_modules", "vitest", "vitest.mjs");
  return spawnSync(process.execPath, [command, ...args], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, PATH: pathWithSystem() },
    // A tier that hangs is ended, and then fails: no report.
    timeout: tier.budget * OVERRUN * 2 * 1000,
  }).status;
}

/** The skipped tests of a report, by full name. */
const skippedIn = (report) =>
  report.testResults.flatMap((file) =>
    file.assertionResults
      .filter(({ status }) => status !== "passed" && status !== "failed")
      .map(({ fullName }) => fullName),
  );

function runTier(tier) {
  const why = obstacle(tier.name);
  if (why !== undefined) {
    return { ...tier, seconds: 0, passed: 0, failed: CI ? 1 : 0, problems: [`skipped: ${why}`] };
  }
  const folder = mkdtempSync(join(tmpdir(), "baton-test-"));
  const file = join(folder, "report.json");
  const start = Date.now();
  const status = vitest(tier, file);
  const seconds = (Date.now() - start) / 1000;
  const report = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  rmSync(folder, { recursive: true, force: true });
  return judge(tier, { status, seconds, report });
}

function judge(tier, { status, seconds, report }) {
  const problems = [];
  const passed = report?.numPassedTests ?? 0;
  let failed = report?.numFailedTests ?? 0;
  const fail = (problem) => {
    problems.push(problem);
    failed++;
  };
  if (!report) fail("no report: the run was ended or died");
  else if (status !== 0 && failed === 0) fail("vitest failed outside of any test");
  else if (passed + failed === 0) fail("no test was found");
  for (const name of report ? skippedIn(report) : []) {
    if (CI) fail(`skipped: ${name}`);
    else problems.push(`skipped: ${name}`);
  }
  if (seconds > tier.budget * OVERRUN) fail(`more than twice its budget of ${tier.budget} s`);
  return { ...tier, seconds, passed, failed, problems };
}

function print(results) {
  console.log("\ntier       time    budget   passed  failed");
  for (const { name, seconds, budget, passed, failed, problems } of results) {
    const columns = [
      name.padEnd(7),
      `${seconds.toFixed(1)} s`.padStart(8),
      `${budget} s`.padStart(8),
      String(passed).padStart(8),
      String(failed).padStart(7),
    ];
    console.log(columns.join(" "));
    for (const problem of problems) console.log(`        ${problem}`);
  }
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
  // Alone on its line, for whoever counts.
  console.log(`\n${total("passed")} passed, ${total("failed")} failed`);
  return total("failed") === 0 && total("passed") > 0;
}

const ready = setup();
if (!ready.modules) process.exit(1);
const chosen = TIERS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
process.exit(print(chosen.map(runTier)) ? 0 : 1);

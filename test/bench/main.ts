/** `npm run bench [-- --quick] [SECTION ...]`: baton beside keepalived and ipvsadm, in one run. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../support/sources.ts";
import { describeMachine, machineLine } from "./machine.ts";
import { FULL, QUICK, type Results, SECTIONS, type Section } from "./plan.ts";
import { report } from "./report.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false } },
});
const names = Object.keys(SECTIONS) as Section[];
const unknown = positionals.filter((name) => !names.includes(name as Section));
if (unknown.length > 0) {
  console.error(`no such section: ${unknown.join(", ")}; there are ${names.join(", ")}`);
  process.exit(2);
}

const effort = values.quick ? QUICK : FULL;
const began = performance.now();
const tell = (what: string): void => {
  const seconds = Math.round((performance.now() - began) / 1000);
  console.error(`[${String(seconds).padStart(4)} s] ${what}`);
};

const results: Results = {};
const failures: string[] = [];
for (const name of names) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  try {
    Object.assign(results, await SECTIONS[name](effort, tell));
  } catch (error) {
    // One section that fails must not cost the figures of the others.
    failures.push(name);
    console.error(error);
  }
}
tell("done");

const machine = await describeMachine();
const folder = join(ROOT, "bench-results");
mkdirSync(folder, { recursive: true });
const stamp = new Date().toISOString().replaceAll(":", "").slice(0, 15);
const file = join(folder, `${stamp}${values.quick ? "-quick" : ""}.json`);
writeFileSync(file, `${JSON.stringify({ machine, effort, results }, null, 1)}\n`);
console.log(`\n${machineLine(machine)}\n\n${report(results)}`);
console.log(`Every run: ${file}`);
if (failures.length > 0) console.error(`failed: ${failures.join(", ")}`);
process.exit(failures.length > 0 ? 1 : 0);

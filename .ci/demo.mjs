/** `npm run demo [-- --json FILE]`: two directors in the lab, ten acts, and a report of them. */
import { register } from "node:module";
import { parseArgs } from "node:util";
import { obstacle } from "./capabilities.mjs";
import { pathWithSystem, setup } from "./setup.mjs";

const USAGE = "usage: npm run demo [-- --json FILE]";

function readOptions() {
  try {
    return parseArgs({ options: { json: { type: "string" } } }).values;
  } catch (error) {
    console.error(`demo: ${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

const options = readOptions();
const ready = setup();
const why = obstacle("lab");
if (why !== undefined) console.error(`demo: the lab can not boot here: ${why}`);
if (!ready.modules) console.error("demo: baton could not be built: see above");
if (why !== undefined || !ready.modules) process.exit(1);

process.env.PATH = pathWithSystem();
// What follows shares its code with the tests, which are TypeScript.
register("../test/bench/typescript.mjs", import.meta.url);
const { demo } = await import("../test/demo/demo.ts");
process.exit(await demo(options));

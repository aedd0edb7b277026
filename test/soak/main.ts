/** `npm run soak -- hosts`: two whole hosts with the package, fault after fault. */
import { parseArgs } from "node:util";
import { soakHosts } from "./hosts.ts";

const USAGE = `usage: npm run soak -- hosts [OPTIONS] [FAULT ...]
  --minutes N      after each fault once, random ones until so many minutes have gone (default 0)
  --seed N         of the random ones (default: printed)
  --keepalived     the same faults on a pair of keepalived
  --packages DIR   baton's two packages are taken from there; made there if it has none
  --json FILE      every outcome
  --beside FILE    what another run wrote there stands beside, in the table
  FAULT            only those whose names have this in them`;

function readOptions(): Parameters<typeof soakHosts>[0] | undefined {
  const { values, positionals: only } = parseArgs({
    allowPositionals: true,
    options: {
      minutes: { type: "string", default: "0" },
      seed: { type: "string", default: String(Date.now() % 1_000_000) },
      keepalived: { type: "boolean", default: false },
      json: { type: "string" },
      packages: { type: "string" },
      beside: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return undefined;
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (!(minutes >= 0) || !Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError("--minutes and --seed are numbers, not below 0");
  }
  const { keepalived, json, packages, beside } = values;
  return { minutes, seed, keepalived, only, json, packages, beside };
}

try {
  const options = readOptions();
  if (options) process.exitCode = await soakHosts(options);
  else console.log(USAGE);
} catch (error) {
  const wrong = error instanceof RangeError || error instanceof TypeError;
  console.error(wrong ? `soak: ${error.message}\n${USAGE}` : error);
  process.exitCode = wrong ? 2 : 1;
}
process.exit();

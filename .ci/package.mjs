/** `npm run package`: a Debian package of baton, the same octets for the same source. */
import { statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { makePackage } from "./deb/make.mjs";
import { tryPackage } from "./deb/try.mjs";

const USAGE = `usage: npm run package [-- OPTIONS]
  --with-runtime   carry this machine's Node instead of depending on Debian's
  --out DIR        where the package goes (default: packages)
  --version TEXT   instead of package.json's
  --try RELEASE    install, upgrade, remove and purge it in a fresh Debian (bookworm, trixie)`;

function readOptions() {
  try {
    return parseArgs({
      options: {
        "with-runtime": { type: "boolean" },
        out: { type: "string" },
        version: { type: "string" },
        try: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    console.error(`package: ${error.message}\n${USAGE}`);
    process.exit(2);
  }
}

async function main() {
  const { "with-runtime": runtime, out, version, try: release, help } = readOptions();
  if (help) return console.log(USAGE);
  if (release !== undefined) return tryPackage(release, { runtime });
  const file = await makePackage({ runtime, version, ...(out && { out: resolve(out) }) });
  const megabytes = (statSync(file).size / 1e6).toFixed(1);
  console.log(`${relative(process.cwd(), file)} (${megabytes} MB)`);
}

await main();

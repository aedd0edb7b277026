/** What runs: one bundle an entry of src/bin, native parts and licences beside them. */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "./bundle.mjs";
import { buildPage } from "./page.mjs";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** `version` stands where another than package.json's is to be told. */
export async function buildProgram(outdir, { sourcemap = false, version } = {}) {
  const options = { outdir, sourcemap, version };
  // Code that the command line shares would be cut into many small files, and each costs the start
  // of the daemon half a millisecond.
  const daemon = await bundle({
    entries: { daemon: "src/daemon/main.ts" },
    splitting: true,
    ...options,
  });
  // Scripts call it again and again.
  const ipvsadm = await bundle({
    entries: { ipvsadm: "src/cli/ipvsadm.ts" },
    common: true,
    ...options,
  });
  const apart = { "daemon/main.ts": "./daemon.js", "/ipvsadm.ts": "./ipvsadm.cjs" };
  const others = await bundle({
    entries: { program: "src/cli/program.ts", ipvs: "src/bin/ipvs.ts" },
    splitting: true,
    apart,
    ...options,
  });
  await bundle({
    entries: { baton: "src/bin/baton.ts" },
    apart: { ...apart, "cli/program.ts": "./program.js" },
    ...options,
  });
  // A thread of its own, which needs neither the foreign functions nor the schema.
  await bundle({ entries: { probe: "src/probe/worker.ts" }, ...options });
  // Waits for mail servers and webhooks beside the daemon's loop.
  const courier = await bundle({
    entries: { courier: "src/courier/worker.ts" },
    splitting: true,
    ...options,
  });
  // Reads files beside the daemon's loop: the schema is in there.
  await bundle({ entries: { reader: "src/daemon/read-thread.ts" }, ...options });
  await buildPage(join(outdir, "page"));
  chmodSync(join(outdir, "baton.js"), 0o755);
  const packages = [
    ...new Set([...daemon.packages, ...ipvsadm.packages, ...courier.packages, ...others.packages]),
  ].sort();
  writeFileSync(join(outdir, "THIRD-PARTY.txt"), licences(packages));
  // Without it Node has to guess the module system of a copied dist/, at every start.
  writeFileSync(join(outdir, "package.json"), '{ "type": "module" }\n');
}

function licences(packages) {
  const texts = packages.map((name) => {
    const folder = join(ROOT, "node_modules", name);
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
    return `${name}\n\n${file ? readFileSync(join(folder, file), "utf8") : "see its package"}`;
  });
  return texts.join("\n\n========\n\n");
}

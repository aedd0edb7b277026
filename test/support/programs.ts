/** The small programs that hosts of a test network run, bundled. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { bundle as Bundle } from "../../.ci/bundle.mjs";

const NAMES = ["echo", "prober", "server", "client", "quiet", "injector", "flood", "sync"] as const;

/** Where they lie already: set in the lab's guest. */
export const PROGRAMS_VARIABLE = "BATON_TEST_PROGRAMS";

/** Where the built program lies: the guest's own files are elsewhere. */
export const BATON_VARIABLE = "BATON_TEST_PROGRAM";

/** The built `baton`, for hosts to run with Node; `npm test` builds it first. */
export const batonFile = (): string =>
  process.env[BATON_VARIABLE] ?? fileURLToPath(new URL("../../dist/baton.js", import.meta.url));

/** Output name → source, for `bundle`. */
export const programEntries = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    NAMES.map((name) => [name, fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url))]),
  );

let folder: Promise<string> | undefined;

/** The path of a program that Node can run. */
export async function programFile(name: (typeof NAMES)[number]): Promise<string> {
  folder ??= prepare();
  return join(await folder, `${name}.js`);
}

async function prepare(): Promise<string> {
  const ready = process.env[PROGRAMS_VARIABLE];
  if (ready !== undefined) return ready;
  const outdir = mkdtempSync(join(tmpdir(), "baton-programs-"));
  process.on("exit", () => rmSync(outdir, { recursive: true, force: true }));
  // By a computed name: a bundled guest must not take the bundler along.
  const bundler = new URL("../../.ci/bundle.mjs", import.meta.url).href;
  const { bundle } = (await import(bundler)) as { readonly bundle: typeof Bundle };
  await bundle({ entries: programEntries(), outdir });
  return outdir;
}

/** Builds the web page: one module for the browser, and the files beside it. */
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const SOURCES = join(ROOT, "src", "page");

export async function buildPage(outdir) {
  mkdirSync(outdir, { recursive: true });
  for (const file of ["page.html", "page.css", "icon.svg"]) {
    copyFileSync(join(SOURCES, file), join(outdir, file));
  }
  await esbuild.build({
    absWorkingDir: ROOT,
    entryPoints: [{ in: join(SOURCES, "main.ts"), out: "page" }],
    outdir,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: "warning",
  });
}

/** The npm package: its list of files, and that its names lead to files. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "../../support/sources.ts";

interface Manifest {
  readonly bin: { readonly baton: string };
  readonly exports: { readonly "./ipvs": { readonly types: string; readonly default: string } };
}

const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
const library = manifest.exports["./ipvs"];
const NAMED = [manifest.bin.baton, library.types, library.default].map((path) =>
  path.replace(/^\.\//, ""),
);

test("npm packs what runs, its types and its texts, and neither sources nor maps", () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-npm-"));
  try {
    // As after a build, but in no time: npm goes by names.
    const built = [...NAMED, "dist/baton.js.map", "dist/native/koffi-x64.node"];
    for (const path of [...built, "src/bin/baton.ts", "test/x.ts", "etc/baton.yaml", "README.md"]) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), "");
    }
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    const args = ["pack", "--dry-run", "--json", "--ignore-scripts", "--offline"];
    const { stdout, status } = spawnSync("npm", args, { cwd: folder, encoding: "utf8" });
    expect(status).toBe(0);
    const [{ files }] = JSON.parse(stdout) as [{ files: readonly { path: string }[] }];
    expect(files.map(({ path }) => path).sort()).toEqual(
      [
        ...NAMED,
        "README.md",
        "dist/native/koffi-x64.node",
        "etc/baton.yaml",
        "package.json",
      ].sort(),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the sources of what it names are there", () => {
  expect(NAMED).toEqual(["dist/baton.js", "dist/types/bin/ipvs.d.ts", "dist/ipvs.js"]);
  for (const source of ["baton", "ipvs"]) {
    expect(existsSync(join(ROOT, `src/bin/${source}.ts`))).toBe(true);
  }
});

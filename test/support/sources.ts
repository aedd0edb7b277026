/** Reads the project's own files, for the tests that judge them. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Source {
  /** Relative to the repository, e.g. `src/base/ip.ts`. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

export interface Import {
  readonly line: number;
  readonly specifier: string;
  /** `import type` and `export type`: nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

/** All files under `folder` whose names match, sorted by path. */
export function readSources(folder: string, name: RegExp): readonly Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && name.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .toSorted()
    .map((path) => {
      const text = readFileSync(join(ROOT, path), "utf8");
      return { path, text, lines: text.trimEnd().split("\n") };
    });
}

const IMPORT =
  /^[ \t]*(?:import|export)\s(?:(type)\s)?(?:[^"'();]*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;

/** Static imports, re-exports and `import()` with a literal; `typeof import()` counts as a value. */
export function importsOf(source: Source): readonly Import[] {
  return [...withoutComments(source.text).matchAll(IMPORT)].map((match) => ({
    line: source.text.slice(0, match.index).split("\n").length,
    specifier: match[2] ?? match[3] ?? "",
    typeOnly: match[1] !== undefined,
  }));
}

/** Comments become blanks of the same length, so that positions stay. */
export const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, " "));

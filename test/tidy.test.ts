/** The rules of the house that a machine can judge: layers, numbers, words. */
import { spawnSync } from "node:child_process";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { importsOf, ROOT, readSources, type Source, withoutComments } from "./support/sources.ts";

interface Layer {
  /** Folders whose values may be imported; the own folder always may. */
  readonly values: readonly string[];
  /** Folders of which only types may be imported. */
  readonly types?: readonly string[];
  readonly packages?: RegExp;
  readonly node: boolean;
}

const ZOD_YAML = /^(zod|yaml)(\/|$)/;
const PURE_NETLINK = /^netlink\/dist\/(structs|constants)/;

/** src/ARCHITECTURE.md says why. `bin` may import anything. */
const LAYERS: Readonly<Record<string, Layer>> = {
  base: { values: [], node: false },
  wire: { values: ["base"], packages: PURE_NETLINK, node: false },
  config: { values: ["base"], types: ["wire"], packages: ZOD_YAML, node: false },
  core: { values: ["base"], types: ["wire", "config"], node: false },
  os: {
    values: ["base", "wire"],
    packages: /^(koffi|netlink\/dist\/.+|@network-utils\/arp-lookup)$/,
    node: true,
  },
  probe: { values: ["base", "os"], types: ["config", "core", "wire"], node: true },
  courier: {
    values: ["base"],
    types: ["config", "core"],
    packages: /^nodemailer$/,
    node: true,
  },
  control: { values: ["base", "os"], types: ["config", "core", "wire"], node: true },
  page: { values: [], types: ["core", "control"], node: false },
  daemon: {
    values: ["base", "wire", "config", "core", "os", "probe", "courier", "control"],
    packages: /^(pino|prom-client)$/,
    node: true,
  },
  cli: {
    values: ["base", "wire", "config", "core", "os", "probe", "control", "ipvsadm", "doctor"],
    packages: /^commander$/,
    node: true,
  },
  ipvsadm: { values: ["base", "wire", "os"], node: true },
  doctor: {
    values: ["base", "wire", "config", "os", "control"],
    types: ["core"],
    node: true,
  },
};

const FILE_HARD = 400;
const FILE_NORM = 300;
/** Files between the norm and the hard limit: one in so many. */
const LONG_FILES_ONE_IN = 10;
const COLUMNS = 100;
const BIN_LINES = 20;

const src = readSources("src", /\.ts$/);
const tests = readSources("test", /\.ts$/);
const scripts = readSources(".ci", /./);
const folderOf = (path: string): string => path.split("/")[1] ?? "";

/** What is wrong with one import, or undefined. */
function complaint(path: string, specifier: string, typeOnly: boolean): string | undefined {
  const folder = folderOf(path);
  const layer = LAYERS[folder];
  if (folder === "bin") return undefined;
  if (!layer) return `src/${folder} is in no layer`;
  if (specifier.startsWith("node:")) return layer.node ? undefined : "may not import node:";
  if (!specifier.startsWith(".")) {
    if (specifier === "koffi" && path !== "src/os/sys.ts") return "only src/os/sys.ts knows koffi";
    return layer.packages?.test(specifier) ? undefined : `may not import ${specifier}`;
  }
  if (!specifier.endsWith(".ts")) return `${specifier} lacks .ts`;
  const target = folderOf(posix.join(posix.dirname(path), specifier));
  if (target === folder || layer.values.includes(target)) return undefined;
  if (typeOnly && layer.types?.includes(target)) return undefined;
  return `may not import ${layer.types?.includes(target) ? "values" : "anything"} of ${target}`;
}

const complaints = (sources: readonly Source[]): readonly string[] =>
  sources.flatMap((source) =>
    importsOf(source).flatMap(({ line, specifier, typeOnly }) => {
      const problem = complaint(source.path, specifier, typeOnly);
      return problem === undefined ? [] : [`${source.path}:${line} ${problem}`];
    }),
  );

/** `path:line` of every line for which `wrong` holds. */
const linesWhere = (sources: readonly Source[], wrong: (line: string) => boolean): string[] =>
  sources.flatMap(({ path, lines }) =>
    lines.flatMap((line, i) => (wrong(line) ? [`${path}:${i + 1} ${line.trim()}`] : [])),
  );

const fake = (path: string, text: string): Source => ({ path, text, lines: text.split("\n") });

describe("layers", () => {
  test("imports go downwards only", () => {
    expect(complaints(src)).toEqual([]);
  });

  test("the judge sees what is wrong", () => {
    const wrong = [
      fake("src/core/a.ts", 'import { x } from "../wire/b.ts";'),
      fake("src/core/a.ts", 'import {\n  type A,\n  b,\n} from "../config/types.ts";'),
      fake("src/wire/a.ts", 'export * from "../core/b.ts";'),
      fake("src/base/a.ts", 'import "node:fs";'),
      fake("src/os/a.ts", 'import koffi from "koffi";'),
      fake("src/cli/a.ts", 'const run = await import("../daemon/main.ts");'),
      fake("src/daemon/a.ts", 'import { z } from "zod";'),
      fake("src/os/a.ts", 'import { x } from "./b";'),
    ];
    expect(complaints(wrong)).toHaveLength(wrong.length);
    const right = [
      fake("src/core/a.ts", 'import type { A } from "../wire/b.ts";'),
      fake("src/os/sys.ts", 'import koffi from "koffi";'),
      fake("src/core/a.ts", '// import "node:fs"\nimport { b } from "./b.ts";'),
    ];
    expect(complaints(right)).toEqual([]);
  });

  test("core waits for nothing", () => {
    const core = src.filter(({ path }) => folderOf(path) === "core");
    const bare = core.map(({ path, text }) => fake(path, withoutComments(text)));
    expect(linesWhere(bare, (line) => /\b(async|await|Promise)\b/.test(line))).toEqual([]);
  });

  test("bin holds no logic", () => {
    const long = src.filter(
      ({ path, lines }) => folderOf(path) === "bin" && lines.length > BIN_LINES,
    );
    expect(long.map(({ path }) => path)).toEqual([]);
  });
});

describe("numbers", () => {
  test(`files have at most ${FILE_HARD} lines, few more than ${FILE_NORM}`, () => {
    const over = (limit: number): string[] =>
      [...src, ...tests, ...scripts].flatMap(({ path, lines }) =>
        lines.length > limit ? [`${path} ${lines.length}`] : [],
      );
    expect(over(FILE_HARD)).toEqual([]);
    expect(over(FILE_NORM).length).toBeLessThanOrEqual(src.length / LONG_FILES_ONE_IN);
  });

  test(`lines have at most ${COLUMNS} columns`, () => {
    // A literal alone on its line is what it is: a sentence, a vector; so is a title.
    const literal = /^\s*(["'`/].*["'`/]\w*( \+|[,;)]*)|[\w$]+: ["'`].*["'`],?)$/;
    const title = /^\s*(it|test|describe)\b.*=> \{$/;
    const wrong = (line: string): boolean =>
      line.length > COLUMNS && !literal.test(line) && !title.test(line);
    expect(linesWhere([...src, ...tests, ...scripts], wrong)).toEqual([]);
  });

  test("functions and parameter lists are short", () => {
    const oxlint = join(ROOT, "node_modules/.bin/oxlint");
    const { stdout } = spawnSync(oxlint, ["-c", "test/oxlint.json", "-f", "json", "src", "test"], {
      cwd: ROOT,
      encoding: "utf8",
    });
    const report = JSON.parse(stdout) as {
      diagnostics: { code: string; filename: string; message: string }[];
    };
    const long = report.diagnostics.filter(({ code }) => code.includes("max-"));
    expect(long.map(({ filename, message }) => `${filename}: ${message}`)).toEqual([]);
  });
});

describe("words", () => {
  test("every file begins with its purpose", () => {
    const silent = src.filter(({ text }) => !/^(#!.*\n)?\/\*\*/.test(text));
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  test("nothing is left to do", () => {
    expect(linesWhere(src, (line) => /\b(TODO|FIXME|XXX|HACK)\b/.test(line))).toEqual([]);
  });

  test("no path of the machine that it was written on", () => {
    const homes = ["work", "root", "home"].map((name) => `/${name}/`);
    const wrong = (line: string): boolean => homes.some((home) => line.includes(home));
    const pages = readSources("src", /\.md$/);
    expect(linesWhere([...src, ...tests, ...scripts, ...pages], wrong)).toEqual([]);
  });
});

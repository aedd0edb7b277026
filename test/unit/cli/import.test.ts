/** `baton import` from the command line to its last word. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "../../../src/config/load.ts";
import { instance } from "../config/import/read.ts";
import { baton } from "./capture.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-import-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const PAIR = ["--director", "lb1=192.168.60.130", "--director", "lb2=192.168.60.131"];

describe("baton import", () => {
  test("prints the file on stdout and the account on stderr", async () => {
    const one = file("1.conf", instance("priority 150"));
    const two = file("2.conf", instance("priority 100"));
    const { code, out, err } = await baton("import", ...PAIR, one, two);
    expect(code).toBe(0);
    expect(parse(out).kind).toBe("valid");
    expect(err).toContain(`${one}\n     1  taken     vrrp_instance web\n`);
    expect(err).toMatch(/\n12 lines: 12 taken\n\nThen:\n/);
  });

  test("exits with 1 where something that matters is missing", async () => {
    const { code, out, err } = await baton("import", file("a.conf", instance("use_vmak")));
    expect(code).toBe(1);
    expect(out).toContain("# DECIDE: the address of lb1");
    expect(err).toContain("!    4  dropped   use_vmak\n");
    expect(err).toContain("did you mean use_vmac?");
  });

  test("--report and --json", async () => {
    const path = file("a.conf", instance("priority 150"));
    const report = join(folder, "report");
    const { err } = await baton("import", "--json", "--report", report, path);
    expect(err).toBe("");
    const account = JSON.parse(readFileSync(report, "utf8")) as Record<string, unknown>;
    expect(account).toMatchObject({ format: 1, whole: false, counts: { taken: 6, dropped: 0 } });
    expect(account["lines"]).toHaveLength(6);
  });

  test("exits with 2 where a file can not be read, with the place", async () => {
    const open = file("a.conf", "global_defs {\n");
    for (const [argv, expected] of [
      [[open], `baton: ${open}:1:1: the block that begins here is not closed`],
      [[join(folder, "none")], "none:1:1: there is no such file"],
      [[folder], "can not be read"],
      [["--director", "a b", open], "--director a b is neither NAME nor NAME=ADDRESS"],
      [["--report", join(folder, "no", "where"), file("b.conf", instance())], "--report"],
      [[], "missing required argument"],
    ] as const) {
      const { code, out, err } = await baton("import", ...argv);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toContain(expected);
    }
  });
});

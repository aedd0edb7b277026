/** `baton doctor` as it is called, and how it looks. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { fixesOf, forBoot } from "../../../src/cli/doctor/fix.ts";
import { renderFindings } from "../../../src/cli/doctor/render.ts";
import { styleOf } from "../../../src/cli/text.ts";
import { sortFindings } from "../../../src/doctor/examine.ts";
import { about, type Finding, sysctl } from "../../../src/doctor/finding.ts";
import { baton } from "./capture.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-doctor-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { ok, note, warning, error, unjudged } = about("routing");
const STRICT = sysctl("net.ipv4.conf.eth0.rp_filter", "2");
const FINDINGS = sortFindings([
  ok("fine", "this is fine"),
  note("odd", "this is odd", { why: "Because." }),
  about("peer").error("gone", "nobody is there", { why: "It is off.", remedy: "Switch it on." }),
  warning("rp-filter", "it is strict", { why: "Packets are dropped.", fix: STRICT }),
]);

const text = (findings: readonly Finding[], verbose: boolean): string =>
  renderFindings({ head: "baton doctor: lb1", findings, verbose }, styleOf(false)).join("\n");

describe("what a person reads", () => {
  test("by theme, the worst first, with the command that mends it", () => {
    expect(text(FINDINGS, false)).toBe(`baton doctor: lb1

peer
  error    nobody is there [gone]
           It is off.
           → Switch it on.

routing
  warning  it is strict [rp-filter]
           Packets are dropped.
           → sysctl -w net.ipv4.conf.eth0.rp_filter=2
  note     this is odd [odd]
           Because.

This host is not fit yet: 1 error, 1 warning, 1 note, 1 thing is fine (--verbose shows them).`);
  });

  test("--verbose shows what is fine", () => {
    expect(text(FINDINGS, true)).toContain("  ok       this is fine [fine]\n");
  });

  test("the verdict says how much was seen", () => {
    expect(text([ok("a", "a")], true)).toContain("This host is fit: 1 thing is fine.");
    expect(text([unjudged("b", "b", { why: "c" })], true)).toContain(
      "This host is fit as far as could be seen: 1 note, 0 things are fine.",
    );
  });
});

describe("--fix", () => {
  test("does each thing once, and nothing for what is fine", () => {
    const twice = error("again", "once more", { why: "So.", fix: { ...STRICT } });
    expect(fixesOf([...FINDINGS, twice])).toEqual([STRICT]);
  });

  test("prints what does the same at each boot, of what was done", () => {
    const module = { kind: "module", name: "ip_vs" } as const;
    const done = { command: "", problem: undefined };
    const lines = forBoot([
      { ...done, fix: STRICT },
      { ...done, fix: module },
      { command: "", fix: sysctl("net.ipv4.ip_forward", "1"), problem: "EROFS" },
    ]);
    expect(lines).toEqual([
      "For each boot, in /etc/sysctl.d/90-baton.conf:",
      "  net.ipv4.conf.eth0.rp_filter = 2",
      "For each boot, in /etc/modules-load.d/baton.conf:",
      "  ip_vs",
    ]);
  });

  test.skipIf(process.stdin.isTTY)("asks, and refuses where nobody can answer", async () => {
    const said = await baton("-c", join(folder, "none.yaml"), "doctor", "--fix");
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toContain("Say --yes as well.");
  });
});

describe("a file that can not be used", () => {
  test("its problems are listed as check lists them, the host is looked at all the same", async () => {
    const path = join(folder, "baton.yaml");
    writeFileSync(path, "directors: { lb1: { address: 192.168.60.130 } }\ninstance: {}\n");
    const said = await baton("-c", path, "doctor", "--listen", "0s");
    expect(said.code).toBe(2);
    expect(said.out).toContain(`${path}:2:1: instance: unknown key`);
    const json = await baton("-c", join(folder, "none.yaml"), "doctor", "--json");
    expect(json.code).toBe(2);
    const { findings } = JSON.parse(json.out) as { readonly findings: readonly Finding[] };
    expect(findings.map(({ code }) => code)).toContain("BATON_CONFIG");
    expect(findings.map(({ theme }) => theme)).toContain("host");
  });

  test("wrong words", async () => {
    const said = await baton("doctor", "--listen", "3");
    expect(said).toMatchObject({ code: 2, out: "" });
    expect(said.err).toContain("at most 60s");
  });
});

describe("--message", () => {
  test("one that is known", async () => {
    const said = await baton("doctor", "--message", "lb1 init: PULSE DEAD but subsys locked.");
    expect(said.code).toBe(0);
    expect(said.out).toMatch(/^pulse dead but subsys locked \(pulse's init script\)\n\n {2}meant /);
  });

  test("one that is not", async () => {
    const said = await baton("doctor", "--message", "pulse ded but subsis is locked");
    expect(said.code).toBe(1);
    expect(said.out).toContain("Is it one of these?\n  pulse dead but subsys locked");
    const json = await baton("doctor", "--json", "--message", "the moon is blue");
    expect(JSON.parse(json.out)).toEqual({ format: 1, known: false, messages: [] });
  });
});

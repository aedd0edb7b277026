/** The Debian package: what is in it, and that the same source makes the same octets. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makePackage } from "../../../.ci/deb/make.mjs";
import { program } from "../cli/words.ts";

const VERSION = "9.8.7";
const BUILD_LIMIT_MS = 60_000;
/** 0.6 MB on a day; what doubles it should be meant. */
const MOST_BYTES = 1_200_000;

let folder: string;
let file: string;
let tree: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "baton-deb-"));
  file = await makePackage({ out: join(folder, "first"), version: VERSION });
  tree = join(folder, "tree");
  dpkgDeb("-R", file, tree);
}, BUILD_LIMIT_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function dpkgDeb(...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("dpkg-deb", args, { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

const text = (path: string): string => readFileSync(join(tree, path), "utf8");
const unpacked = (path: string): string =>
  gunzipSync(readFileSync(join(tree, path))).toString("utf8");

test(
  "the same source makes the same octets, whatever the builder's umask",
  async () => {
    const before = process.umask(0o077);
    try {
      const again = await makePackage({ out: join(folder, "second"), version: VERSION });
      expect(readFileSync(again).equals(readFileSync(file))).toBe(true);
    } finally {
      process.umask(before);
    }
  },
  BUILD_LIMIT_MS,
);

test("it is small, root's own, and holds what runs alone", () => {
  expect(statSync(file).size).toBeLessThan(MOST_BYTES);
  const lines = dpkgDeb("-c", file).trim().split("\n");
  for (const line of lines) expect(line).toMatch(/^(-rw-r--r--|[-d]rwxr-xr-x|l\S+) root\/root /);
  expect(lines.filter((line) => /\.map$|\.d\.ts$|types\/$/.test(line))).toEqual([]);
  const executable = lines.filter((line) => line.startsWith("-rwx"));
  expect(executable.map((line) => line.split(" ").at(-1))).toEqual(["./usr/lib/baton/baton.js"]);
  expect(lines.at(-1)).toMatch(/ \.\/usr\/bin\/baton -> \.\.\/lib\/baton\/baton\.js$/);
});

test("nothing of Debian's ipvsadm is in the way", () => {
  expect(existsSync(join(tree, "usr/sbin"))).toBe(false);
});

test("the installed program tells the package's version, by Debian's Node", () => {
  const baton = join(tree, "usr/lib/baton/baton.js");
  expect(readFileSync(baton, "utf8")).toMatch(/^#!\/usr\/bin\/env -S \/usr\/bin\/node --/);
  const { stdout, status } = spawnSync(process.execPath, [baton, "--version"], {
    encoding: "utf8",
  });
  expect({ stdout, status }).toEqual({ stdout: `${VERSION}\n`, status: 0 });
});

test("control says what it is and needs", () => {
  const field = (name: string): string => dpkgDeb("-f", file, name).trim();
  expect(field("Package")).toBe("baton");
  expect(field("Version")).toBe(VERSION);
  expect(field("Depends")).toMatch(/^nodejs \(>= 20\.19\), libc6 /);
  expect(field("Depends")).toContain("iproute2");
  expect(text("DEBIAN/md5sums").trim().split("\n").length).toBeGreaterThan(50);
});

test("the configuration is no conffile: an upgrade asks nothing", () => {
  expect(existsSync(join(tree, "DEBIAN/conffiles"))).toBe(false);
  expect(readdirSync(join(tree, "etc/baton"))).toEqual([]);
  expect(text("usr/share/baton/baton.yaml")).toContain(
    "$schema=/usr/share/baton/baton.schema.json",
  );
});

test("pages, completion, units, examples", () => {
  for (const { name } of program.commands) {
    expect(unpacked(`usr/share/man/man8/baton-${name}.8.gz`)).toContain(`"baton ${VERSION}"`);
  }
  expect(unpacked("usr/share/man/man5/baton.yaml.5.gz")).toContain('.SS "heartbeat"');
  expect(text("usr/share/bash-completion/completions/baton")).toContain("complete -F _baton");
  expect(text("usr/share/zsh/vendor-completions/_baton")).toMatch(/^#compdef baton/);
  expect(text("usr/share/fish/vendor_completions.d/baton.fish")).toContain("complete -c baton");
  expect(readdirSync(join(tree, "usr/lib/systemd/system")).sort()).toEqual(
    readdirSync("systemd").sort(),
  );
  expect(readdirSync(join(tree, "usr/share/doc/baton/examples"))).toContain("dr.yaml");
});

test("changelog and copyright are as Debian reads them", () => {
  const changelog = unpacked("usr/share/doc/baton/changelog.gz");
  expect(changelog).toMatch(/^baton \(9\.8\.7\) unstable; urgency=medium\n\n {2}\* /);
  expect(changelog).toMatch(/\n -- .+ <.+@.+> {2}\w{3}, \d\d \w{3} \d{4} [\d:]{8} \+0000\n/);
  const copyright = text("usr/share/doc/baton/copyright");
  expect(copyright).toContain("/usr/share/common-licenses/Apache-2.0");
  for (const name of ["commander", "koffi", "netlink", "pino", "yaml", "zod"]) {
    expect(copyright).toMatch(new RegExp(`^${name}$`, "m"));
  }
});

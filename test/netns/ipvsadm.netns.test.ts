/** The built program by the name ipvsadm, beside the other one, where IPVS may not be used. */
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "../support/process.ts";
import { batonFile } from "../support/programs.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-ipvsadm-"));
  symlinkSync(batonFile(), join(folder, "ipvsadm"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What modprobe says by itself is its own. */
const withoutModprobe = (text: string): string => text.replace(/^modprobe: .*\n/gm, "");

test.each([["-h"], ["-L"], ["nonsense"], []])("%j ends as there", async (...words) => {
  // Root of a user namespace may not use IPVS, whatever this host's kernel has.
  const inside = ["unshare", "--net", "--user", "--map-root-user"];
  const [theirs, ours, command] = await Promise.all([
    run([...inside, "ipvsadm", ...words]),
    run([...inside, process.execPath, join(folder, "ipvsadm"), ...words]),
    run([...inside, process.execPath, batonFile(), "ipvsadm", ...words]),
  ]);
  expect(theirs.code).toBe(2);
  for (const one of [ours, command]) {
    expect(one).toMatchObject({ code: theirs.code, stdout: theirs.stdout });
    expect(one.stderr).toBe(withoutModprobe(theirs.stderr));
  }
});

/** Whom programs run as: what names stand for, and what a program then is. */
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lookAtFile } from "../../../src/os/look-at-file.ts";
import { beginProgram, runProgram } from "../../../src/os/process.ts";
import { findUser } from "../../../src/os/users.ts";

let folder: string;
/** To become another takes root. */
const asRoot = process.getuid?.() === 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-users-"));
  writeFileSync(
    join(folder, "passwd"),
    "www:x:3301:3302:Web:/:/bin/false\nroot:x:0:0::/:/bin/sh\n",
  );
  writeFileSync(join(folder, "group"), "root:x:0:\nteam:x:3303:www\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ["www", 3301, 3302],
  ["www:team", 3301, 3303],
  ["3301", 3301, 3302],
  ["3301:77", 3301, 77],
  ["65999:65998", 65_999, 65_998],
])("%s", async (text, uid, gid) => {
  expect(await findUser(text, folder)).toEqual({ kind: "found", uid, gid });
});

test.each([
  ["nobody-here", "there is no user nobody-here"],
  ["www:nobody-here", "there is no group nobody-here"],
  ["65999", "user 65999 has no name and so no group: 65999:GROUP"],
])("%s is not there", async (text, why) => {
  expect(await findUser(text, folder)).toEqual({ kind: "missing", why });
});

describe.runIf(asRoot)("a program that runs as another", () => {
  const run = (command: readonly string[], user: string): ReturnType<typeof runProgram> =>
    runProgram(command, { user, limit: 5000 });

  test("is that user, of that group, and of no other", async () => {
    const { output } = await run(["id"], "nobody:4711");
    expect(output).toMatch(/^uid=65534\(nobody\) gid=4711 groups=4711\n$/);
  });

  test("can not read what root alone may", async () => {
    const path = join(folder, "secret");
    writeFileSync(path, "", { mode: 0o600 });
    chmodSync(folder, 0o755);
    expect(await run(["cat", path], "nobody")).toMatchObject({ kind: "ended", code: 1 });
    expect(await run(["cat", path], "root")).toMatchObject({ kind: "ended", code: 0 });
  });

  test("a user that is gone is a program that can not be run", async () => {
    expect(await run(["id"], "nobody-here")).toMatchObject({
      kind: "notRun",
      words: "can not be run: there is no user nobody-here",
    });
  });

  test("is ended before it began", async () => {
    const begun = beginProgram(["sleep", "60"], { user: "nobody" });
    begun.kill();
    expect(await begun.ending).toMatchObject({ kind: "killed" });
  });
});

describe.runIf(asRoot)("who may change a program", () => {
  const program = (name: string, mode: number, owner = 0, group = 0): string => {
    const path = join(folder, name);
    writeFileSync(path, "#!/bin/sh\n");
    chownSync(path, owner, group);
    chmodSync(path, mode);
    return path;
  };
  const exposed = async (path: string): Promise<string | undefined> => {
    const found = await lookAtFile(path);
    return found.kind === "present" ? found.exposed : "missing";
  };

  test("root alone, where nobody else has a part of its path", async () => {
    expect(await exposed(program("tight", 0o755))).toBeUndefined();
    expect(await exposed(program("wheel", 0o775))).toBeUndefined();
  });

  test.each([
    ["others", 0o757, 0, 0],
    ["a group", 0o775, 0, 34],
    ["its owner", 0o755, 33, 0],
  ])("%s", async (name, mode, owner, group) => {
    const path = program(name.replace(" ", "-"), mode, owner, group);
    expect(await exposed(path)).toBe(path);
  });

  test("who may write its folder, or that of what a link leads to", async () => {
    const open = join(folder, "open");
    mkdirSync(open);
    chmodSync(open, 0o777);
    writeFileSync(join(open, "up"), "");
    expect(await exposed(join(open, "up"))).toBe(open);
    symlinkSync(join(open, "up"), join(folder, "link"));
    expect(await exposed(join(folder, "link"))).toBe(open);
    chmodSync(open, 0o1777);
    expect(await exposed(join(open, "up"))).toBeUndefined();
  });
});

import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { acquireLock, readSecretFile, readText, writeAtomic } from "../../../src/os/files.ts";

let folder: string;
const path = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("files", () => {
  test("are written whole and leave nothing beside them", async () => {
    await writeAtomic(path("state"), "one");
    await writeAtomic(path("state"), "two", { durable: true, mode: 0o644 });
    expect(await readText(path("state"))).toBe("two");
    expect(readdirSync(folder)).toEqual(["state"]);
    expect(statSync(path("state")).mode & 0o777).toBe(0o644);
  });

  test("that cannot be put in place leave the old one, and no rest", async () => {
    await writeAtomic(path("state"), "old");
    await expect(writeAtomic(path("missing/state"), "x")).rejects.toThrow(/ENOENT/);
    await expect(writeAtomic(folder, "x")).rejects.toThrow(/EISDIR|EEXIST|ENOTEMPTY/);
    expect(readdirSync(folder)).toEqual(["state"]);
  });

  test("that are missing are undefined, those too large an error", async () => {
    expect(await readText(path("nothing"))).toBeUndefined();
    await writeAtomic(path("large"), "x".repeat(100));
    await expect(readText(path("large"), 99)).rejects.toThrow(/100 octets, at most 99/);
  });
});

describe("the secret file", () => {
  test.each([0o600, 0o400])("with mode %o is read", async (mode) => {
    writeFileSync(path("key"), "secret");
    chmodSync(path("key"), mode);
    expect(await readSecretFile(path("key"))).toBe("secret");
  });

  test.each([0o640, 0o604, 0o620])("with mode %o is refused", async (mode) => {
    writeFileSync(path("key"), "secret");
    chmodSync(path("key"), mode);
    await expect(readSecretFile(path("key"))).rejects.toMatchObject({
      code: "BATON_SECRET",
      message: `${path("key")} is readable by others: its mode is 0${mode.toString(8)}`,
    });
  });

  test("that is missing is said to be", async () => {
    await expect(readSecretFile(path("key"))).rejects.toThrow(/key is missing/);
  });
});

describe("the lock", () => {
  test("is held once, named by pid, and free again", async () => {
    const first = await acquireLock(path("run/owner.lock"));
    expect(first.kind).toBe("acquired");
    expect(await acquireLock(path("run/owner.lock"))).toEqual({ kind: "held", pid: process.pid });
    if (first.kind === "acquired") {
      first.release();
      first.release();
    }
    const second = await acquireLock(path("run/owner.lock"));
    expect(second.kind).toBe("acquired");
    if (second.kind === "acquired") second.release();
  });

  test("of a process that was killed is free, and its children do not keep it", async () => {
    const lock = path("owner.lock");
    const holder = spawn("flock", ["-n", lock, "sleep", "60"], { detached: true });
    await expect.poll(async () => (await acquireLockAndFree(lock)).kind).toBe("held");
    process.kill(-(holder.pid ?? 0), "SIGKILL");
    await expect.poll(async () => (await acquireLockAndFree(lock)).kind).toBe("acquired");
    const own = await acquireLock(lock);
    const child = spawn("sleep", ["60"]);
    if (own.kind === "acquired") own.release();
    expect((await acquireLockAndFree(lock)).kind).toBe("acquired");
    child.kill("SIGKILL");
  });

  async function acquireLockAndFree(lock: string): ReturnType<typeof acquireLock> {
    const result = await acquireLock(lock);
    if (result.kind === "acquired") result.release();
    return result;
  }
});

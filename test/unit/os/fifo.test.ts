/** The named pipe that gets a line at each change, beside whatever is found in its place. */
import { execFileSync } from "node:child_process";
import {
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFifo } from "../../../src/os/fifo.ts";
import { eventually } from "../../support/process.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-fifo-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("lines wait for a reader, in their order", async () => {
  const path = join(folder, "pipe");
  const troubles: string[] = [];
  const fifo = openFifo(path, (sentence) => troubles.push(sentence));
  fifo.write("one\n");
  fifo.write("two\n");
  let text = "";
  await eventually("the lines", () => {
    text += readSome(path);
    return text.endsWith("two\n");
  });
  fifo.close();
  expect({ text, troubles }).toEqual({ text: "one\ntwo\n", troubles: [] });
});

test("lines that nobody has read yet outlive a change of hands", async () => {
  const path = join(folder, "pipe");
  const before = openFifo(path, () => undefined);
  before.write("one\n");
  await eventually("the pipe", () => existsSync(path));
  before.close();
  const after = openFifo(path, () => undefined);
  after.write("two\n");
  let text = "";
  await eventually("both lines", () => {
    text += readSome(path);
    return text === "one\ntwo\n";
  });
  after.close();
});

test.each(["a file", "a link to a file"])(
  "%s in its place is told, and left as it is",
  async (kind) => {
    const path = join(folder, "pipe");
    const file = kind === "a file" ? path : join(folder, "file");
    writeFileSync(file, "precious");
    if (file !== path) symlinkSync(file, path);
    const troubles: string[] = [];
    const fifo = openFifo(path, (sentence) => troubles.push(sentence));
    fifo.write("one\n");
    await eventually("the trouble", () => troubles.length > 0);
    fifo.close();
    expect(troubles[0]).toContain(`${path}: is there, and is no named pipe`);
    expect(await readFile(file, "utf8")).toBe("precious");
  },
);

test("what can not be opened is told, and ends nothing", async () => {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [join(folder, "real")]);
  symlinkSync(join(folder, "real"), path);
  const troubles: string[] = [];
  const fifo = openFifo(path, (sentence) => troubles.push(sentence));
  await eventually("the trouble", () => troubles.length > 0);
  fifo.close();
  expect(troubles[0]).toContain("ELOOP");
});

function readSome(path: string): string {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const buffer = Buffer.alloc(4096);
    return buffer.toString("utf8", 0, readSync(fd, buffer));
  } catch {
    return "";
  }
}

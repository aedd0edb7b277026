/** The standard descriptors as they can be: full, empty for now, closed by the other end. */
import { readSync, writeSync } from "node:fs";
import { afterEach, expect, it, vi } from "vitest";
import { directInput, directOutput } from "../../../src/cli/direct-io.ts";

vi.mock("node:fs", () => ({ readSync: vi.fn(), writeSync: vi.fn() }));
afterEach(() => vi.resetAllMocks());

const failure = (code: string): Error => Object.assign(new Error(code), { code });

/** Takes 1000 octets at a time; each time it is full first. */
function slowPipe(): { readonly texts: Record<number, string> } {
  const texts: Record<number, string> = {};
  let full = true;
  vi.mocked(writeSync).mockImplementation(((fd: number, bytes: Buffer, at: number) => {
    full = !full;
    if (!full) throw failure("EAGAIN");
    const part = bytes.subarray(at, at + 1000);
    texts[fd] = (texts[fd] ?? "") + part.toString("latin1");
    return part.length;
  }) as unknown as typeof writeSync);
  return { texts };
}

it("everything is written, in its order, in UTF-8", () => {
  const { texts } = slowPipe();
  const io = directOutput();
  const lines = Array.from({ length: 3000 }, (_, i) => `line ${i} of many, é\n`);
  const long = "x".repeat(70_000);
  for (const line of lines) io.out(line);
  io.out(long);
  io.flush();
  expect(Buffer.from(texts[1] ?? "", "latin1").toString()).toBe(lines.join("") + long);
});

it("an error is said behind what was said before it", () => {
  const { texts } = slowPipe();
  const io = directOutput();
  io.out("before");
  expect(texts).toEqual({});
  io.err("wrong");
  expect(texts).toEqual({ 1: "before", 2: "wrong" });
});

it("who stops reading is nobody's error", () => {
  vi.mocked(writeSync).mockImplementation(() => {
    throw failure("EPIPE");
  });
  const io = directOutput();
  io.out("text");
  io.flush();
  expect(writeSync).toHaveBeenCalledTimes(1);
});

it("what comes is given out as it comes, until the end", () => {
  const steps = ["first", undefined, "second", ""];
  vi.mocked(readSync).mockImplementation(((_fd: number, buffer: Buffer) => {
    const step = steps.shift();
    if (step === undefined) throw failure("EAGAIN");
    return buffer.write(step);
  }) as typeof readSync);
  expect([...directInput()].length).toBe(2);
  expect(readSync).toHaveBeenCalledTimes(4);
});

it("what can not be read is empty, as to ipvsadm", () => {
  vi.mocked(readSync).mockImplementation(() => {
    throw failure("EISDIR");
  });
  expect([...directInput()]).toEqual([]);
});

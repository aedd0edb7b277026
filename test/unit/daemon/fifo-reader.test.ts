/** A program that reads a pipe: begun with the daemon, started anew, ended with it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { type FifoReader, startFifoReader } from "../../../src/daemon/fifo-reader.ts";
import type { Log } from "../../../src/daemon/log.ts";
import { createNotifier } from "../../../src/daemon/notifier.ts";
import { simConfig } from "../../sim/config.ts";

const folder = mkdtempSync(join(tmpdir(), "reader-"));
afterAll(() => rmSync(folder, { recursive: true }));

const silent = new Proxy({}, { get: () => () => undefined }) as unknown as Log;
const WAIT = { timeout: 8000, interval: 20 };

test("gets the pipe's path after its own words, and every line", async () => {
  const [pipe, out] = [join(folder, "pipe"), join(folder, "out")];
  const words = 'echo "$1 $2" > "$1"; cat "$2" >> "$1"; echo end >> "$1"';
  const notifier = createNotifier(
    {
      ...simConfig({ priorities: [150] }),
      notifyFifo: pipe,
      notifyFifoScript: { command: ["/bin/sh", "-c", words, "reader", out], user: undefined },
    },
    silent,
  );
  const read = (): string => readFileSync(out, "utf8");
  notifier.tell({ instance: "i0", state: "MASTER", priority: 150, why: "" });
  await vi.waitFor(() => expect(read()).toBe(`${out} ${pipe}\nINSTANCE "i0" MASTER 150\n`), WAIT);
  // The pipe's end is the program's.
  notifier.close();
  await vi.waitFor(() => expect(read()).toMatch(/end\n$/), WAIT);
});

test("the next one on a pipe begins when the one before has ended", async () => {
  const out = join(folder, "order");
  const reader = (words: string): FifoReader =>
    startFifoReader(
      { command: ["/bin/sh", "-c", `${words} >> ${out}`], user: undefined },
      { pipe: "no pipe", prepared: Promise.resolve(), log: silent },
    );
  const first = reader("sleep 0.2; echo first");
  await new Promise((resolve) => setTimeout(resolve, 50));
  first.close();
  const second = reader("echo second");
  await vi.waitFor(() => expect(readFileSync(out, "utf8")).toBe("first\nsecond\n"), WAIT);
  second.close();
});

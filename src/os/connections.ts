/** The kernel's IPVS connections, read in steps: the whole list at once would hold up the adverts. */
import { readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { type Connection, parseConnection } from "../wire/ipvs/connection.ts";

const TABLE = "/proc/net/ip_vs_conn";
/** seq_file hands out one page a read, whatever is asked for; each read walks from the start. */
const STEP = 4096;

/** A turn of reading without a thread's help, which costs more than a short read does. */
const TURN_MS = 1;
/** A read that takes longer is a thread's work: it walks a long way before it finds its page. */
const LONG_READ_MS = 2;

/** Some dozens of connections a step, or what a turn can read; its parsing a fraction of a ms. */
export async function* readConnections(path = TABLE): AsyncGenerator<readonly Connection[], void> {
  const file = await open(path, "r");
  try {
    yield* stepsOf(file);
  } finally {
    await file.close();
  }
}

async function* stepsOf(file: FileHandle): AsyncGenerator<readonly Connection[], void> {
  const buffer = Buffer.alloc(STEP);
  let rest = "";
  let long = false;
  for (;;) {
    const began = performance.now();
    let ended = false;
    do {
      const before = performance.now();
      // Without a position: the kernel goes on where the last read ended.
      const read = long
        ? (await file.read(buffer, 0, STEP, null)).bytesRead
        : readSync(file.fd, buffer, 0, STEP, null);
      long ||= performance.now() - before > LONG_READ_MS;
      ended = read === 0;
      rest += buffer.toString("latin1", 0, read);
    } while (!ended && !long && performance.now() - began < TURN_MS);
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    yield lines.flatMap((line) => parseConnection(line) ?? []);
    if (ended) return;
    await setImmediate();
  }
}

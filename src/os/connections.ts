/** The kernel's IPVS connections, read in steps: the whole list at once would hold up the adverts. */
import { readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setImmediate, setTimeout } from "node:timers/promises";
import { type Connection, parseConnection } from "../wire/ipvs/connection.ts";

const TABLE = "/proc/net/ip_vs_conn";
/** seq_file hands out one page a read, whatever is asked for. Kernels before 6.14 walk to it from
 * the start of the table each time, later ones go on where the last read ended. */
const STEP = 4096;

/** A turn of reading without a thread's help, which costs more than a short read does. */
const TURN_MS = 1;
/** A turn that leaves the loop enough time as it is. */
const SHORT_TURN_MS = 2;
/** Reads that take longer are a thread's work, which costs the walk twice. */
const LONG_READ_MS = 8;
/** So many in a row: one alone is a busy machine's. */
const LONG_READS = 3;

interface Reading {
  /** How long a read may hold up the loop, in milliseconds; who says so has other work as well, and
   * reads for half of the time at most.
   */
  readonly longest?: number;
}

/** Some dozens of connections a step, or what a turn can read; its parsing a fraction of a ms. */
export async function* readConnections({
  longest,
}: Reading = {}): AsyncGenerator<readonly Connection[], void> {
  const file = await open(TABLE, "r");
  try {
    yield* stepsOf(file, longest);
  } finally {
    await file.close();
  }
}

async function* stepsOf(
  file: FileHandle,
  longest: number | undefined,
): AsyncGenerator<readonly Connection[], void> {
  const buffer = Buffer.alloc(STEP);
  const limit = Math.min(longest ?? LONG_READ_MS, LONG_READ_MS);
  let rest = "";
  let longOnes = 0;
  for (;;) {
    const began = performance.now();
    const long = longOnes >= LONG_READS;
    let ended = false;
    do {
      const before = performance.now();
      // Without a position: the kernel goes on where the last read ended.
      const read = long
        ? (await file.read(buffer, 0, STEP, null)).bytesRead
        : readSync(file.fd, buffer, 0, STEP, null);
      if (!long) longOnes = performance.now() - before > limit ? longOnes + 1 : 0;
      ended = read === 0;
      rest += buffer.toString("latin1", 0, read);
    } while (!ended && !long && performance.now() - began < TURN_MS);
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    yield lines.flatMap((line) => parseConnection(line) ?? []);
    if (ended) return;
    const took = performance.now() - began;
    if (longest === undefined || long || took < SHORT_TURN_MS) await setImmediate();
    else await setTimeout(took);
  }
}

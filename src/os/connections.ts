/** The kernel's IPVS connections, read in steps: the whole list at once would hold up the adverts. */
import { type FileHandle, open } from "node:fs/promises";
import { type Connection, parseConnection } from "../wire/ipvs/connection.ts";

const TABLE = "/proc/net/ip_vs_conn";
/** seq_file hands out one page a read, whatever is asked for; each read walks from the start. */
const STEP = 4096;

/** Some dozens of connections a step; a step is a thread's work, its parsing a fraction of a ms. */
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
  for (;;) {
    // Without a position: the kernel goes on where the last read ended.
    const { bytesRead } = await file.read(buffer, 0, STEP, null);
    if (bytesRead === 0) return;
    const lines = (rest + buffer.toString("latin1", 0, bytesRead)).split("\n");
    rest = lines.pop() ?? "";
    yield lines.flatMap((line) => parseConnection(line) ?? []);
  }
}

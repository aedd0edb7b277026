/** Whether a daemon lives, without asking it: whoever holds the lock is one. */
import { readFile } from "node:fs/promises";
import type { Places } from "../base/places.ts";
import { readText } from "../os/files.ts";

/**
 * Its process id; undefined where none lives. Read from the kernel's list of locks: to try the lock
 * would keep a daemon that is just starting from getting it.
 */
export async function livingDaemon({ lock }: Places): Promise<number | undefined> {
  const text = await readText(lock).catch(() => undefined);
  const pid = Number.parseInt(text ?? "", 10);
  if (Number.isNaN(pid)) return undefined;
  const locks = await readFile("/proc/locks", "utf8").catch(() => "");
  // e.g. `1: FLOCK  ADVISORY  WRITE 812 00:19:2471 0 EOF`
  return new RegExp(`FLOCK\\s+ADVISORY\\s+WRITE\\s+${pid}\\s`).test(locks) ? pid : undefined;
}

/** Processes that share this network: those of containers and other namespaces are not meant. */
import { readdir, readFile, readlink } from "node:fs/promises";
import type { ProcessFact } from "../facts.ts";

export async function readProcesses(): Promise<readonly ProcessFact[]> {
  const own = await readlink("/proc/self/ns/net").catch(() => undefined);
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(pids.map((pid) => readProcess(pid, own)));
  return found.flatMap((one) => one ?? []);
}

async function readProcess(pid: string, own: string | undefined): Promise<ProcessFact | undefined> {
  try {
    const name = (await readFile(`/proc/${pid}/comm`, "utf8")).trimEnd();
    const words = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").filter(Boolean);
    // Threads of the kernel have no words.
    if (words.length === 0) return undefined;
    // Only root may see where somebody else's process is; then it counts.
    const its = await readlink(`/proc/${pid}/ns/net`).catch(() => own);
    return its === own ? { pid: Number(pid), name, words } : undefined;
  } catch {
    // It ended meanwhile.
    return undefined;
  }
}

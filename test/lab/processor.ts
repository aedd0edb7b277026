/** Keeps a guest on one processor: User-Mode Linux is several processes that hand over to each
 * other at every system call, and from one idle processor to another that costs four times as much.
 */
import { readFileSync } from "node:fs";

let turn = 0;

/** The command line as one that runs on a processor of its own, as far as there are enough. */
export function onOneProcessor(argv: readonly string[]): readonly string[] {
  const all = allowed();
  const processor = all[all.length - 1 - (turn++ % all.length)] ?? 0;
  return ["taskset", "-c", String(processor), ...argv];
}

/** e.g. `0-3,8`. */
function allowed(): readonly number[] {
  const status = readFileSync("/proc/self/status", "utf8");
  const list = /^Cpus_allowed_list:\s*(.*)$/m.exec(status)?.[1] ?? "0";
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

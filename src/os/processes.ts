/** Counts the processes of this host that go by a name or a command line. */
import { readdir, readFile } from "node:fs/promises";

export type ProcessPattern =
  /** As /proc/PID/comm has it. */
  | { readonly kind: "name"; readonly name: string }
  | {
      readonly kind: "command";
      /** As /proc/PID/cmdline has them. */
      readonly words: readonly string[];
      /** partial: more may follow; initial: the last word may go on as well. */
      readonly match: "exact" | "partial" | "initial";
    };

/** Looks no further once `enough` are found. Never rejects: a process may end while it is looked at. */
export async function countProcesses(pattern: ProcessPattern, enough: number): Promise<number> {
  const entries = await readdir("/proc").catch((): string[] => []);
  const pids = entries.filter((entry) => /^\d+$/.test(entry));
  let count = 0;
  for (const pid of pids) {
    if (count >= enough) break;
    if (await matches(pid, pattern)) count++;
  }
  return count;
}

async function matches(pid: string, pattern: ProcessPattern): Promise<boolean> {
  if (pattern.kind === "name") {
    return (await part(pid, "comm")).trimEnd() === pattern.name && !(await isZombie(pid));
  }
  const line = await part(pid, "cmdline");
  // Of a zombie, and of a thread of the kernel's, there is none.
  return line !== "" && isCommand(line.replace(/\0$/, "").split("\0"), pattern);
}

/** Its state follows its name, which may hold anything. */
const isZombie = async (pid: string): Promise<boolean> =>
  (await part(pid, "stat")).replace(/^.*\)/s, "").startsWith(" Z");

const part = (pid: string, name: "comm" | "cmdline" | "stat"): Promise<string> =>
  readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "");

/** `words` of a process against those of a pattern. */
export function isCommand(
  words: readonly string[],
  { words: wanted, match }: Extract<ProcessPattern, { kind: "command" }>,
): boolean {
  if (match === "exact" && words.length !== wanted.length) return false;
  const last = wanted.length - 1;
  return wanted.every((word, i) =>
    match === "initial" && i === last ? (words[i] ?? "").startsWith(word) : words[i] === word,
  );
}

/** The programs that read the pipes: each has a pipe of its own. */
import { error, type Problem } from "./report.ts";
import type { FileConfig } from "./schema.ts";
import type { Reader } from "./types.ts";

export function resolveReader(
  fifo: "notifyFifo" | "serviceFifo",
  file: FileConfig,
  problems: Problem[],
): Reader | undefined {
  const key = `${fifo}Script` as const;
  const script = file[key];
  if (script === undefined) return undefined;
  const complain = (message: string): void => void problems.push(error([key], message));
  if (!script.command[0]?.startsWith("/")) {
    problems.push(error([key, "command"], "needs a program by its absolute path"));
  }
  if (file[fifo] === undefined) complain(`there is no ${fifo} that it could read`);
  else if (key === "serviceFifoScript" && file.notifyFifoScript && file.notifyFifo === file[fifo]) {
    complain("notifyFifoScript reads this pipe: of two readers each gets some lines");
  }
  return { command: script.command, user: script.user };
}

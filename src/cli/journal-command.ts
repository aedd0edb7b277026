/** What `baton replay` takes. */
import type { Command } from "commander";
import type { Context } from "./context.ts";

export function addJournal(
  program: Command,
  carryOut: (run: (context: Context) => Promise<number>) => Promise<void>,
): void {
  program
    .command("replay")
    .description("run a recording of the journal through the core again, step by step")
    .argument("<file>", "of /var/lib/baton/journal/recordings; `baton history` tells which")
    .option("--json", "for programs")
    .action((file: string, options: { json?: true }) =>
      carryOut(async (context) =>
        (await import("./replay.ts")).replayFile(context, { file, ...options }),
      ),
    );
}

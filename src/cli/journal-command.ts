/** What `baton history` and `baton replay` take. */
import { type Command, InvalidArgumentError } from "commander";
import { parseDuration } from "../config/duration.ts";
import type { Context } from "./context.ts";
import type { HistoryOptions } from "./history.ts";

/** `history --config` has a word of its own: everywhere else `--config` names the file. */
export function ownConfig(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf("history");
  if (at < 0) return argv;
  return argv.map((word, i) => (i > at && word === "--config" ? "--configurations" : word));
}

interface HistoryCall extends HistoryOptions {
  readonly configurations?: true;
}

export function addJournal(
  program: Command,
  carryOut: (run: (context: Context) => Promise<number>) => Promise<void>,
): void {
  program
    .command("history")
    .description("what happened on both directors, on one clock")
    .option("--since <duration>", "so far back (default: 24h)", since)
    .option("--instance <name>", "of this one only")
    .option("--peer <path>", "another director's: a copy of its folder, or a file", collect)
    .option("--local", "this director's journal alone: the others are not asked")
    .option("--configurations", "(or --config) the last configurations instead, the oldest first")
    .option("--json", "for programs")
    .action((options: HistoryCall) =>
      carryOut(async (context) =>
        options.configurations
          ? (await import("./reload.ts")).history(context, options)
          : (await import("./history.ts")).timeline(context, options),
      ),
    );
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

const collect = (path: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  path,
];

function since(text: string): number {
  const value = parseDuration(text);
  if (value !== undefined && value > 0) return value;
  throw new InvalidArgumentError("Write a duration with its unit: 90s, 2h, 48h.");
}

/** What `baton doctor` takes. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { parseDuration } from "../../config/duration.ts";
import type { Context } from "../context.ts";

interface Words {
  readonly listen: number;
  readonly message?: string;
  readonly verbose?: true;
  readonly json?: true;
  readonly fix?: true;
  readonly yes?: true;
}

const LISTEN_MS = 3000;
const MAX_LISTEN_MS = 60_000;

export function addDoctor(
  program: Command,
  carryOut: (run: (context: Context) => Promise<number>) => Promise<void>,
): void {
  program
    .command("doctor")
    .description(
      "whether this host is fit to be a director, and what to do; exit 1 for warnings and errors",
    )
    .option("--verbose", "what is fine as well")
    .addOption(
      new Option("--listen <duration>", "for other virtual routers; 0s is not at all")
        .argParser(span)
        .default(LISTEN_MS, "3s"),
    )
    .option("--fix", "write the kernel parameters and load the modules that it names, after asking")
    .option("--yes", "with --fix: without asking")
    .option("--message <text>", "what a message of pulse, nanny or keepalived meant")
    .option("--json", "for programs")
    .action(({ message, ...options }: Words) =>
      carryOut(async (context) =>
        message === undefined
          ? (await import("../doctor.ts")).doctor(context, options)
          : (await import("../message.ts")).explainMessage(context, { message, ...options }),
      ),
    );
}

/** doctor is waited for. */
function span(text: string): number {
  const value = parseDuration(text);
  if (value !== undefined && value >= 0 && value <= MAX_LISTEN_MS) return value;
  throw new InvalidArgumentError("Write a duration with its unit, at most 60s: 3s, 500ms, 0s.");
}

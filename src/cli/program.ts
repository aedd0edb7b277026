/** The command line: which commands there are, what they take, and how they end. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { BatonError } from "../base/errors.ts";
import { VERSION } from "../base/version.ts";
import { parseDuration } from "../config/duration.ts";
import { FORMATS } from "../config/import/format-names.ts";
import { MAX_HOLD_MS } from "../control/api.ts";
import { addCompletion } from "./completion-command.ts";
import { type Context, EXIT, type GlobalOptions, makeContext } from "./context.ts";
import { addDoctor } from "./doctor/command.ts";
import { addExplain } from "./explain-command.ts";
import { failureCode, failureText } from "./failure.ts";
import type { ImportCall } from "./import.ts";
import { type Io, terminal } from "./io.ts";
import { addJournal, ownConfig } from "./journal-command.ts";
import { addReload } from "./reload-command.ts";
import type { ServerOptions } from "./server.ts";

type Run = (context: Context) => Promise<number>;

/** `argv` without the program's own name; resolves with the exit code. */
export async function main(argv: readonly string[], io: Io = terminal()): Promise<number> {
  let code: number = EXIT.done;
  const program = build(io, async (run) => {
    code = await run(makeContext(program.opts<GlobalOptions>(), io));
  });
  try {
    await program.parseAsync([...ownConfig(argv)], { from: "user" });
    return code;
  } catch (error) {
    // Commander has said what is wrong; asking for help is not.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrong;
    io.err(failureText(error));
    return failureCode(error);
  }
}

/** Every command with its options; `carryOut` runs what an action decides on. */
export function build(io: Io, carryOut: (run: Run) => Promise<void>): Command {
  const program = new Command("baton")
    .description("High-availability director for Linux Virtual Server.")
    .version(VERSION)
    .option("-c, --config <file>", "the configuration (default: /etc/baton/baton.yaml)")
    .option("--root <dir>", "prefix for /etc, /run and /var/lib (default: $BATON_ROOT)")
    .option("--as <name>", "which director this host is, instead of by its addresses")
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .configureHelp({ showGlobalOptions: true })
    .exitOverride();
  addDaemon(program);
  addLooking(program, carryOut);
  addMetrics(program, carryOut);
  addExplain(program, carryOut);
  addImport(program, carryOut);
  addDoctor(program, carryOut);
  addMoving(program, carryOut);
  addReload(program, carryOut);
  addJournal(program, carryOut);
  addServers(program, carryOut);
  addIpvsadm(program, carryOut);
  addCompletion(program, carryOut);
  return program;
}

/** The entry starts these two itself, before anything else is loaded. */
function addDaemon(program: Command): void {
  const early = (name: string, description: string): Command => {
    const command = program.command(name).description(description);
    return command.action(() =>
      command.error(`error: ${name} comes first: baton ${name} [options]`),
    );
  };
  early("run", "be a director, in the foreground; what systemd starts");
  early("release", "let go of what a dead daemon left behind: VIPs, services, sync daemon").option(
    "--if-leaving",
    "only where a daemon was stopped while it let go",
  );
}

function addLooking(program: Command, carryOut: (run: Run) => Promise<void>): void {
  program
    .command("check")
    .description("validate the configuration, and this host against it")
    .option("--no-host", "the file alone")
    .addOption(new Option("--successor", "and what the last daemon kept").hideHelp())
    .option("--json", "for programs")
    .action((options: { host: boolean; json?: true; successor?: true }) =>
      carryOut(async (context) => (await import("./check.ts")).check(context, options)),
    );
  program
    .command("status")
    .description(
      "both directors at a glance; exit 0 running, 1 left something behind, 3 not running",
    )
    .option("--json", "for programs; with --watch one document a line")
    .option("--watch", "again and again: drawn in place on a terminal, else one after the other")
    .option("--interval <duration>", "with --watch, from one to the next (default: 1s)", pace)
    .action((options: { json?: true; watch?: true; interval?: number }) =>
      carryOut(async (context) => lookAt(context, options)),
    );
}

function addMetrics(program: Command, carryOut: (run: Run) => Promise<void>): void {
  program
    .command("metrics")
    .description("what the daemon tells Prometheus, as text")
    .action(() => carryOut(async (context) => (await import("./metrics.ts")).metrics(context)));
}

async function lookAt(
  context: Context,
  { json, watch, interval }: { json?: true; watch?: true; interval?: number },
): Promise<number> {
  if (!watch && interval !== undefined) {
    throw new BatonError("BATON_USAGE", "--interval was given without --watch");
  }
  if (!watch) return (await import("./status.ts")).status(context, json ? { json } : {});
  const options = { intervalMs: interval ?? 1000, json: json ?? false };
  return (await import("./status/watch.ts")).watch(context, options);
}

function addImport(program: Command, carryOut: (run: Run) => Promise<void>): void {
  program
    .command("import")
    .description(
      "make a baton.yaml of another program's files, of one director or of both; the account of " +
        "every line goes to stderr; exit 1 when something that matters could not be taken",
    )
    .argument("<file...>", FORMATS.join(", "))
    .option(
      "--director <name[=address]>",
      "a director, in the order of the files; @id lines go by the names",
      collect,
    )
    .option("--interface <name>", "that holds the VIPs, where no file says it")
    .addOption(new Option("--format <format>", "where it is not plain").choices(FORMATS))
    .option("--report <file>", "the account goes there instead")
    .option("--json", "the account for programs")
    .action((files: readonly string[], options: Omit<ImportCall, "files">) =>
      carryOut(async (context) =>
        (await import("./import.ts")).importInto(context, { files, ...options }),
      ),
    );
}

const collect = (text: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  text,
];

function addMoving(program: Command, carryOut: (run: Run) => Promise<void>): void {
  program
    .command("failover")
    .description("hand the master role over now, and stay away for a while")
    .argument("[instance]", "default: every one that this director is master of")
    .option("--force", "let go although no other director is fit")
    .option("--hold <duration>", "how long to stay away (default: 10m, at most 168h)", hold)
    .action((instance: string | undefined, options: { force?: true; hold?: number }) =>
      carryOut(async (context) =>
        (await import("./failover.ts")).failover(context, { instance, ...options }),
      ),
    );
  program
    .command("resume")
    .description("end the hold that a failover left behind")
    .argument("[instance]", "default: every one")
    .action((instance: string | undefined) =>
      carryOut(async (context) => (await import("./failover.ts")).resume(context, instance)),
    );
  program
    .command("drill")
    .description("rehearse a handover and the way back, and measure the gap that clients see")
    .argument("[instance]", "may be left out where there is one only")
    .option("--max-gap <duration>", "fail beyond this (default: 100ms)", duration)
    .option("--stay", "leave the role where the first handover brings it, on hold for 10m")
    .option("--json", "for programs")
    .action(
      (instance: string | undefined, options: { maxGap?: number; stay?: true; json?: true }) =>
        carryOut(async (context) =>
          (await import("./drill.ts")).drill(context, { instance, ...options }),
        ),
    );
}

/** Reached only behind an option of baton's own: the program looks for this word first. */
function addIpvsadm(program: Command, carryOut: (run: Run) => Promise<void>): void {
  program
    .command("ipvsadm")
    .description("the command ipvsadm, option for option, on this host's kernel")
    .argument("[words...]", "as ipvsadm(8) has them")
    .helpOption(false)
    .allowUnknownOption()
    .action((words: readonly string[]) =>
      carryOut(async () => (await import("./ipvsadm.ts")).main(["ipvsadm", ...words])),
    );
}

function hold(text: string): number {
  const value = duration(text);
  if (value <= MAX_HOLD_MS) return value;
  throw new InvalidArgumentError("At most 168h: who stays away for good is better stopped.");
}

const SERVER_COMMANDS = {
  drain: "take a real server out gently: no new connections, those that it has go on",
  disable: "take a real server out of the table; its connections end",
  enable: "take a drained or disabled server back",
} as const;

/** Both directors follow, and remember it over restarts. */
function addServers(program: Command, carryOut: (run: Run) => Promise<void>): void {
  for (const action of ["drain", "disable", "enable"] as const) {
    const command = program
      .command(action)
      .description(SERVER_COMMANDS[action])
      .argument("<server>", "ADDRESS:PORT, or ADDRESS for all of its ports")
      .option("--service <name>", "in this service only")
      .option("--reason <text>", "shown in the status of both directors");
    if (action !== "enable") {
      command.option("--for <duration>", "it ends by itself then", duration);
    }
    if (action === "drain") {
      command
        .option("--wait", "until no connection is left")
        .option("--deadline <duration>", "wait no longer than this (default: 1h)", duration)
        .option("--remove", "with --wait: disable it in the end");
    }
    command.action((server: string, options: Omit<ServerOptions, "server" | "action">) =>
      carryOut(async (context) =>
        (await import("./server.ts")).server(context, { server, action, ...options }),
      ),
    );
  }
}

/** More often than this nobody can look, and the daemon has other things to do. */
const LEAST_PACE_MS = 100;
const MOST_PACE_MS = 3_600_000;

function pace(text: string): number {
  const value = duration(text);
  if (value >= LEAST_PACE_MS && value <= MOST_PACE_MS) return value;
  throw new InvalidArgumentError("From 100ms to 1h.");
}

function duration(text: string): number {
  const value = parseDuration(text);
  if (value === undefined || value <= 0) {
    throw new InvalidArgumentError("Write a duration with its unit: 250ms, 10s, 5m.");
  }
  return value;
}

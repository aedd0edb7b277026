/** `baton run` and `baton release`: their few options, read without the command line's libraries. */
import { parseArgs } from "node:util";
import { BatonError, messageOf } from "../base/errors.ts";
import { Refusal } from "./configuration.ts";

const EXIT = { done: 0, failed: 1, refused: 2 } as const;

const USAGE = `Usage: baton run     [-c FILE] [--root DIR] [--as NAME]
       baton release [-c FILE] [--root DIR] [--if-leaving]

  -c, --config FILE  the configuration (default: /etc/baton/baton.yaml)
  --root DIR         a prefix for /etc/baton, /run/baton and /var/lib/baton
  --if-leaving       release only where a daemon was stopped while it let go
  --as NAME          which director this is, where its addresses do not tell
`;

/** Resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const { command, help, ...options } = read(args);
    if (help) {
      process.stdout.write(USAGE);
      return EXIT.done;
    }
    if (command === "release") return await (await import("./release.ts")).release(options);
    if (options.rehearse) return await (await import("./rehearse.ts")).rehearse(options);
    return await (await import("./run.ts")).run(options);
  } catch (error) {
    return explain(error);
  }
}

function read(args: readonly string[]): {
  readonly command: string | undefined;
  readonly help: boolean;
  readonly config: string | undefined;
  readonly root: string;
  readonly as: string | undefined;
  readonly ifLeaving: boolean;
  readonly rehearse: boolean;
} {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: "string", short: "c" },
        root: { type: "string" },
        as: { type: "string" },
        "if-leaving": { type: "boolean" },
        rehearse: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
    const [command, extra] = positionals;
    if (extra !== undefined) throw new TypeError(`Unexpected argument '${extra}'`);
    const root = values.root ?? process.env["BATON_ROOT"] ?? "";
    const { help = false, config, as, "if-leaving": ifLeaving = false, rehearse = false } = values;
    return { command, help, config, root, as, ifLeaving, rehearse };
  } catch (error) {
    throw new BatonError("BATON_USAGE", messageOf(error), {
      remedy: `See \`baton ${args[0] ?? ""} --help\`.`,
    });
  }
}

/** What an operator reads; a crash keeps its stack for whoever mends it. */
async function explain(error: unknown): Promise<number> {
  if (error instanceof Refusal) {
    const { formatProblems } = await import("../config/report.ts");
    process.stderr.write(`${formatProblems(error.problems, error.file)}\n`);
    return EXIT.refused;
  }
  if (error instanceof BatonError) {
    process.stderr.write(`baton: ${error.message}\n    ${error.remedy} [${error.code}]\n`);
    return REFUSALS.has(error.code) ? EXIT.refused : EXIT.failed;
  }
  process.stderr.write(`baton: ${error instanceof Error ? error.stack : String(error)}\n`);
  return EXIT.failed;
}

/** Starting again would not help: the unit does not restart on 2. */
const REFUSALS: ReadonlySet<string> = new Set([
  "BATON_CONFIG",
  "BATON_USAGE",
  "BATON_ROOT",
  "BATON_ALIAS",
  "BATON_INTERFACE",
  "BATON_IDENTITY",
  "BATON_PORT",
  "BATON_IPVS",
  "BATON_SECRET",
  "BATON_RUNNING",
  "BATON_STATE",
]);

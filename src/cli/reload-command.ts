/** What `baton plan`, `reload`, `push`, `confirm` and `rollback` take. */
import { type Command, InvalidArgumentError } from "commander";
import { parseDuration } from "../config/duration.ts";
import { MAX_CONFIRM_MS } from "../control/api.ts";
import type { Context } from "./context.ts";

/** The daemon judges the file: it alone knows what it runs, and what it stands for. */
export function addReload(
  program: Command,
  carryOut: (run: (context: Context) => Promise<number>) => Promise<void>,
): void {
  const load = () => import("./reload.ts");
  program
    .command("plan")
    .description("what a reload would change, and whom it would disturb; changes nothing")
    .option("--json", "for programs")
    .action((options: { json?: true }) =>
      carryOut(async (context) => (await load()).plan(context, options)),
    );
  program
    .command("reload")
    .description("run the file as it is now: whole, or not at all")
    .option("--move", "even if a role moves by it")
    .option("--confirm <duration>", "go back by itself then, unless confirmed", confirmation)
    .option("--json", "for programs")
    .action((options: { move?: true; confirm?: number; json?: true }) =>
      carryOut(async (context) => (await load()).reload(context, options)),
    );
  program
    .command("push")
    .description("have the other directors run what runs here; each judges it against its own host")
    .argument("[director]", "default: all others")
    .option("--move", "even if a role moves by it")
    .option("--confirm <duration>", "it goes back there unless confirmed there", confirmation)
    .option("--json", "for programs")
    .action(
      (director: string | undefined, options: { move?: true; confirm?: number; json?: true }) =>
        carryOut(async (context) => (await load()).push(context, director, options)),
    );
  program
    .command("confirm")
    .description("keep what `reload --confirm` brought")
    .action(() => carryOut(async (context) => (await load()).confirm(context)));
  program
    .command("rollback")
    .description("run an earlier configuration again, and write it into the file")
    .argument("[number]", "of `history --config`; default: the one that ran before", whole)
    .option("--move", "even if a role moves by it")
    .option("--json", "for programs")
    .action((number: number | undefined, options: { move?: true; json?: true }) =>
      carryOut(async (context) => (await load()).rollback(context, number, options)),
    );
}

function confirmation(text: string): number {
  const value = parseDuration(text);
  if (value !== undefined && value > 0 && value <= MAX_CONFIRM_MS) return value;
  throw new InvalidArgumentError("Write a duration with its unit, at most 24h: 90s, 2m, 1h.");
}

function whole(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("It is a number of `baton history --config`.");
}

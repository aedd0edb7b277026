/** What `baton completion` takes, and the hidden command that completion itself asks. */
import { Argument, type Command } from "commander";
import { SHELLS } from "./completion/shells.ts";
import type { Context } from "./context.ts";
import { NAME_KINDS, type NameKind } from "./describe.ts";

export function addCompletion(
  program: Command,
  carryOut: (run: (context: Context) => Promise<number>) => Promise<void>,
): void {
  program
    .command("completion")
    .description("print what makes a shell complete baton's words")
    .addArgument(new Argument("<shell>", "which one").choices(SHELLS))
    .action((shell: (typeof SHELLS)[number]) =>
      carryOut(async (context) =>
        (await import("./completion.ts")).completion(context, shell, program),
      ),
    );
  program
    .command("names", { hidden: true })
    .description("what the running daemon has names for, one a line")
    .addArgument(new Argument("<kind>").choices(NAME_KINDS))
    .action((kind: NameKind) =>
      carryOut(async (context) => (await import("./names.ts")).names(context, kind)),
    );
}

/** `baton completion`: what makes a shell complete baton's words. */
import type { Command } from "commander";
import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import type { SHELLS } from "./completion/shells.ts";
import { zshCompletion } from "./completion/zsh.ts";
import { type Context, EXIT } from "./context.ts";
import { describe } from "./describe.ts";

type Shell = (typeof SHELLS)[number];

const WRITERS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

export function completion({ io }: Context, shell: Shell, program: Command): number {
  io.out(WRITERS[shell](describe(program)));
  return EXIT.done;
}

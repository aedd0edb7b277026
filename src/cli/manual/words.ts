/** All that a package brings along about the command line: manual pages, completion. */
import { bashCompletion } from "../completion/bash.ts";
import { fishCompletion } from "../completion/fish.ts";
import { zshCompletion } from "../completion/zsh.ts";
import { describe } from "../describe.ts";
import { build } from "../program.ts";
import { manualPages } from "./pages.ts";

export interface Words {
  /** By file name, such as `baton-status.8`. */
  readonly pages: Readonly<Record<string, string>>;
  readonly completions: Readonly<Record<"bash" | "zsh" | "fish", string>>;
}

/** `date` is YYYY-MM-DD. */
export function words(date: string): Words {
  const silent = { out: () => undefined, err: () => undefined, colour: false, columns: 80 };
  const program = describe(build(silent, async () => undefined));
  return {
    pages: manualPages(program, date),
    completions: {
      bash: bashCompletion(program),
      zsh: zshCompletion(program),
      fish: fishCompletion(program),
    },
  };
}

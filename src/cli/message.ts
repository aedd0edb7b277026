/** `baton doctor --message`: what a message of an older program meant. */
import { findMessage } from "../doctor/messages/match.ts";
import type { OldMessage } from "../doctor/messages/types.ts";
import { type Context, EXIT, print, printJson } from "./context.ts";
import { styleOf, wrap } from "./text.ts";

export interface MessageOptions {
  readonly message: string;
  readonly json?: boolean;
}

/** 0 where it is known, 1 where it is not. */
export async function explainMessage(context: Context, options: MessageOptions): Promise<number> {
  const match = findMessage(options.message);
  const known = match.kind === "found";
  const found = known ? [match.message] : match.nearest;
  if (options.json) printJson(context, { format: 1, known, messages: found });
  else {
    const lines = known ? describe(match.message, context) : unknown(options.message, found);
    print(context, ...lines.flatMap((line) => wrap(line, context.io.columns)));
  }
  return known ? EXIT.done : EXIT.failed;
}

function describe({ program, text, meant, causes, baton }: OldMessage, context: Context): string[] {
  const style = styleOf(context.io.colour);
  return [
    `${style.bold(text)} (${program})`,
    "",
    `  meant      ${meant}`,
    ...causes.map((cause, i) => `  ${i === 0 ? "causes    " : "          "} - ${cause}`),
    `  now        ${baton}`,
  ];
}

function unknown(message: string, nearest: readonly OldMessage[]): string[] {
  const said = `No message of pulse, nanny or keepalived that is known here: ${message}`;
  if (nearest.length === 0) return [said];
  return [said, "Is it one of these?", ...nearest.map((one) => `  ${one.text} (${one.program})`)];
}

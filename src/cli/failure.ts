/** How an error ends a command: the words on stderr, and the exit code. */
import { BatonError, type ErrorCode, messageOf } from "../base/errors.ts";
import { EXIT } from "./context.ts";

/** What the operator wrote is wrong: the same call fails again. */
const WRONG: readonly ErrorCode[] = ["BATON_USAGE", "BATON_CONFIG", "BATON_IMPORT", "BATON_STATE"];

/** `baton: SENTENCE`, what to do about it, and the code to look it up by. */
export function failureText(error: unknown): string {
  if (error instanceof BatonError) {
    return `baton: ${error.message}\n    ${error.remedy}\n    ${error.code}\n`;
  }
  // Not foreseen: whoever mends it needs to know where.
  const stack = error instanceof Error ? error.stack : undefined;
  return `baton: unexpected: ${stack ?? messageOf(error)}\n`;
}

export const failureCode = (error: unknown): number =>
  error instanceof BatonError && WRONG.includes(error.code) ? EXIT.wrong : EXIT.failed;

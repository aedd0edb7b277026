/** What a guest's program tells the host. */
import { EVENT_MARK, type GuestEvent } from "../marks.ts";

export function emit(event: GuestEvent): void {
  process.stdout.write(`${EVENT_MARK}${JSON.stringify(event)}\n`);
}

/** Runs a guest's program: what it throws becomes an event and exit code 1. */
export async function main(body: () => Promise<void>): Promise<never> {
  let code = 0;
  try {
    await body();
  } catch (error) {
    code = 1;
    emit({ kind: "failed", message: error instanceof Error ? error.stack : String(error) });
  }
  // The console may still hold lines.
  await new Promise((resolve) => process.stdout.write("", resolve));
  process.exit(code);
}

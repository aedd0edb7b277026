/** file: a weight that somebody wrote down on this director. */
import { open } from "node:fs/promises";
import { explain } from "./errors.ts";
import { type Attempt, down, type ProbeOf } from "./types.ts";

const MAX_LENGTH = 64;
const MAX_WEIGHT = 65_535;

export function askFile({ action }: ProbeOf<"file">, attempt: Attempt): void {
  attempt.waitsFor(`end of ${action.path}`);
  read(action.path).then(
    (text) => {
      const weight = Number(text.trim() === "" ? Number.NaN : text);
      if (Number.isInteger(weight) && weight >= 0 && weight <= MAX_WEIGHT) {
        return attempt.end({ ok: true, note: `weight ${weight}`, weight });
      }
      const what = JSON.stringify(text.trim());
      return attempt.end(down(`${action.path} says ${what}, not a weight from 0 to 65535`));
    },
    (error: unknown) => attempt.end(down(`${action.path}: ${explain(error)}`)),
  );
}

async function read(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_LENGTH), 0, MAX_LENGTH, 0);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}

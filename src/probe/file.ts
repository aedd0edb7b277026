/** file: a weight that somebody wrote down on this director. */
import { readStart } from "../os/files.ts";
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

const reading = new Map<string, Promise<string>>();

/** A file system that hangs holds one thread for each file, however often it is asked. */
function read(path: string): Promise<string> {
  const begun = reading.get(path);
  if (begun) return begun;
  const text = readStart(path, MAX_LENGTH).finally(() => reading.delete(path));
  reading.set(path, text);
  return text;
}

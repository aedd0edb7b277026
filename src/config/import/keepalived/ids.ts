/** The hosts that `@id` lines of a keepalived.conf name. */
import type { Files } from "../types.ts";
import { readLines } from "./lines.ts";

/** In the order of the file; where it names one alone, the other one is told by `-other`. */
export function idsIn(file: string, files: Files): readonly string[] {
  const ids = [...readLines(file, "", files).ids].filter((id) => id !== "");
  const [only, ...more] = ids;
  return only !== undefined && more.length === 0 ? [only, `${only}-other`] : ids;
}

/** A source that can not be read: where, what was found, and what was expected. */
import { BatonError } from "../../base/errors.ts";

interface Spot {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export const unreadable = ({ file, line, column }: Spot, message: string): BatonError =>
  new BatonError("BATON_IMPORT", `${file}:${line}:${column}: ${message}`);

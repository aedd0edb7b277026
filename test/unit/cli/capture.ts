/** Runs a command in this process and keeps what it says. */
import { main } from "../../../src/cli/program.ts";

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function baton(...argv: readonly string[]): Promise<Said> {
  let out = "";
  let err = "";
  const code = await main(argv, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    colour: false,
    columns: Number.POSITIVE_INFINITY,
  });
  return { code, out, err };
}

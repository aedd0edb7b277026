/** Where a command's words go: a terminal, a pipe, or a test. */

export interface Io {
  /** Text with its newlines. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly colour: boolean;
  /** Of the terminal; endless where there is none. */
  readonly columns: number;
}

export function terminal(env: NodeJS.ProcessEnv = process.env): Io {
  const { stdout, stderr } = process;
  // `baton status | head` closes the pipe early, which is nobody's error.
  for (const stream of [stdout, stderr]) stream.on("error", () => undefined);
  const isTerminal = stdout.isTTY === true;
  // https://no-color.org: present and not empty.
  const plain = (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    colour: isTerminal && !plain,
    columns: isTerminal ? stdout.columns : Number.POSITIVE_INFINITY,
  };
}

/** `-R`: command lines from the input, until one of them is wrong. */
import { StringDecoder } from "node:string_decoder";
import type { Session } from "./session.ts";

/** Every word of this name is left out, wherever it stands. */
const OWN_NAME = "ipvsadm";
const BLANKS = /[ \t\r\n]+/;

/** Resolves with the exit code of the last line. */
export async function restore(session: Session, input: Iterable<Buffer>): Promise<number> {
  let number = 0;
  const decoder = new StringDecoder("utf8");
  let rest = "";
  for (const chunk of input) {
    const lines = (rest + decoder.write(chunk)).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) {
      const words = wordsOf(text);
      const line = { number: ++number, text };
      // Thousands of lines need no look-up: a promise for each would take longer than the kernel.
      if (words.length === 0 || session.quickLine(words, line)) continue;
      if (!(await session.line(words, line))) return session.code;
    }
    // Whoever writes line by line and waits is not left waiting.
    session.flush();
  }
  const words = wordsOf(rest + decoder.end());
  const line = { number: ++number, text: rest };
  if (words.length === 0 || (await session.line(words, line))) session.flush();
  return session.code;
}

const wordsOf = (line: string): readonly string[] =>
  line.split(BLANKS).filter((word) => word !== "" && word !== OWN_NAME);

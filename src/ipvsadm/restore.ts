/** `-R`: command lines from the input, until one of them is wrong. */
import type { Session } from "./session.ts";

/** Every word of this name is left out, wherever it stands. */
const OWN_NAME = "ipvsadm";
const BLANKS = /[ \t\r\n]+/;

/** Resolves with the exit code of the last line. */
export async function restore(session: Session, input: AsyncIterable<Buffer>): Promise<number> {
  let number = 0;
  const take = async (line: string): Promise<boolean> => {
    number++;
    const words = line.split(BLANKS).filter((word) => word !== "" && word !== OWN_NAME);
    if (words.length === 0) return true;
    // ipvsadm does not say which line it was.
    return await session.line(words, `  in line ${number}: ${line.trim()}\n`);
  };
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of input) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (!(await take(line))) return session.code;
    // Whoever writes line by line and waits is not left waiting.
    await session.flush();
  }
  if (await take(rest)) await session.flush();
  return session.code;
}

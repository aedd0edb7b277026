/** What a program of the system prints, within a time limit. */
import { execFile } from "node:child_process";

/** A service manager's or user's PATH may lack the directories of system tools. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const MAX_OUTPUT = 32 * 1024 * 1024;

export type Printed =
  | { readonly kind: "printed"; readonly text: string }
  | { readonly kind: "missing" }
  | { readonly kind: "failed"; readonly why: string };

/** Never rejects. Milliseconds; then the program is killed. */
export function outputOf(words: readonly string[], limit: number): Promise<Printed> {
  const [program = "", ...args] = words;
  const options = {
    timeout: limit,
    maxBuffer: MAX_OUTPUT,
    killSignal: "SIGKILL",
    env: { PATH, LC_ALL: "C" },
  } as const;
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) return resolve({ kind: "printed", text: stdout });
      if (error.code === "ENOENT") return resolve({ kind: "missing" });
      const said = stderr.trim().split("\n")[0];
      const why = error.killed === true ? `${program} took more than ${limit / 1000} s` : said;
      resolve({ kind: "failed", why: why ? why : error.message });
    });
  });
}

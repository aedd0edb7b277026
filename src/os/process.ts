/** Programs with their arguments: no shell, a time limit for the whole group, bounded output. */
import { spawn } from "node:child_process";
import { messageOf } from "../base/errors.ts";

const MAX_OUTPUT = 4096;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export type Ending = { readonly words: string; readonly output: string } & (
  | { readonly kind: "ended"; readonly code: number }
  | { readonly kind: "killed" | "notRun" }
);

export interface ProgramOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Milliseconds; then the whole group is killed. */
  readonly limit: number;
}

/** A program that was begun. */
export interface Begun {
  readonly ending: Promise<Ending>;
  /** Kills the whole group. */
  kill(): void;
}

/** Never rejects. What the program started goes when it ends. */
export function beginProgram(
  [program = "", ...args]: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Begun {
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH, ...environment },
    cwd: "/",
  });
  let output = "";
  const hear = (part: Buffer): void => {
    if (output.length < MAX_OUTPUT) output += part.toString("utf8", 0, MAX_OUTPUT);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const kill = (): void => killGroup(child.pid);
  const ending = new Promise<Ending>((resolve) => {
    child.on("error", (error) =>
      resolve({ kind: "notRun", words: `can not be run: ${messageOf(error)}`, output }),
    );
    child.on("exit", (code, signal) => {
      kill();
      // What it said last may still be in the pipe.
      setImmediate(() => {
        if (code === null) {
          resolve({ kind: "killed", words: `was ended by ${signal ?? "a signal"}`, output });
        } else resolve({ kind: "ended", code, words: `ended with ${code}`, output });
      });
    });
  });
  return { ending, kill };
}

export async function runProgram(
  command: readonly string[],
  { environment, limit }: ProgramOptions,
): Promise<Ending> {
  const program = beginProgram(command, environment);
  const timer = setTimeout(() => program.kill(), limit);
  const ended = await program.ending;
  clearTimeout(timer);
  return ended;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // All of them have ended.
  }
}

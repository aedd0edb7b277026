/** Programs with their arguments: no shell, a time limit for the whole group, bounded output. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { messageOf } from "../base/errors.ts";
import { findUser, type Identity } from "./users.ts";

const MAX_OUTPUT = 4096;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export type Ending = { readonly words: string; readonly output: string } & (
  | { readonly kind: "ended"; readonly code: number }
  | { readonly kind: "killed" | "notRun" }
);

/** Around a program. */
export interface Surroundings {
  readonly environment?: Readonly<Record<string, string>>;
  /** `USER` or `USER:GROUP`, and no other groups; undefined: this process's own. */
  readonly user?: string | undefined;
}

export interface ProgramOptions extends Surroundings {
  /** Milliseconds; then the whole group is killed. */
  readonly limit: number;
  /** Before it is killed it is asked to end (SIGTERM), and has so long for it. */
  readonly grace?: number;
  /** Ends the program before its time. */
  readonly signal?: AbortSignal;
}

/** A program that was begun. */
export interface Begun {
  readonly ending: Promise<Ending>;
  /** Kills the whole group. */
  readonly kill: () => void;
  /** Asks the whole group to end. */
  readonly terminate: () => void;
}

/** Never rejects. What the program started goes when it ends. */
export function beginProgram(command: readonly string[], around: Surroundings = {}): Begun {
  const { environment = {}, user } = around;
  if (user === undefined) return start(command, environment, undefined);
  let begun: Begun | undefined;
  let killed = false;
  const ending = findUser(user).then((found): Promise<Ending> | Ending => {
    if (found.kind === "missing") return notRun(found.why);
    if (killed) return { kind: "killed", words: "was ended before it began", output: "" };
    begun = start(command, environment, found);
    return begun.ending;
  });
  return {
    ending,
    kill: () => {
      killed = true;
      begun?.kill();
    },
    terminate: () => begun?.terminate(),
  };
}

const notRun = (why: string): Ending => ({
  kind: "notRun",
  words: `can not be run: ${why}`,
  output: "",
});

function start(
  [program = "", ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
  identity: Identity | undefined,
): Begun {
  try {
    const child = spawn(program, args, {
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH, ...environment },
      cwd: "/",
      // libuv drops the supplementary groups where it sets these.
      ...(identity && { uid: identity.uid, gid: identity.gid }),
    });
    return follow(child);
  } catch (error) {
    // What is forbidden is thrown at once, what is missing comes as an event.
    const nothing = (): void => undefined;
    return {
      ending: Promise.resolve(notRun(messageOf(error))),
      kill: nothing,
      terminate: nothing,
    };
  }
}

function follow(child: ChildProcessByStdio<null, Readable, Readable>): Begun {
  let output = "";
  const hear = (part: Buffer): void => {
    if (output.length < MAX_OUTPUT) output += part.toString("utf8", 0, MAX_OUTPUT);
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const kill = (): void => signalGroup(child.pid, "SIGKILL");
  const terminate = (): void => signalGroup(child.pid, "SIGTERM");
  const ending = new Promise<Ending>((resolve) => {
    child.on("error", (error) => resolve(notRun(messageOf(error))));
    child.on("exit", (code, signal) => {
      kill();
      // What it said last may still be in the pipe.
      setImmediate(() => {
        // Whoever has left the group may hold the other end for as long as it lives.
        child.stdout.destroy();
        child.stderr.destroy();
        if (code === null) {
          resolve({ kind: "killed", words: `was ended by ${signal ?? "a signal"}`, output });
        } else resolve({ kind: "ended", code, words: `ended with ${code}`, output });
      });
    });
  });
  return { ending, kill, terminate };
}

export async function runProgram(
  command: readonly string[],
  { limit, grace, signal, ...around }: ProgramOptions,
): Promise<Ending> {
  const program = beginProgram(command, around);
  signal?.addEventListener("abort", program.kill, { once: true });
  const timers = [setTimeout(program.kill, limit + (grace ?? 0))];
  if (grace !== undefined) timers.push(setTimeout(program.terminate, limit));
  const ended = await program.ending;
  for (const timer of timers) clearTimeout(timer);
  signal?.removeEventListener("abort", program.kill);
  return ended;
}

function signalGroup(pid: number | undefined, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of them have ended.
  }
}

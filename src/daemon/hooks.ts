/** Programs that run when something has happened: one after the other, each within its time. */
import { type Millis, seconds } from "../base/units.ts";
import { runProgram, type Surroundings } from "../os/process.ts";
import type { Log } from "./log.ts";

/** Of more the oldest is left out, for somebody's program hangs again and again: what is true now
 * has to be told in the end. */
const MAX_WAITING = 64;
const LIMIT = seconds(30);

export interface Hooks {
  /** `command` is a program and its arguments; empty: nothing is to be done. */
  run(command: readonly string[], around: Surroundings): void;
  /** Resolves when all that was asked for has ended. */
  settled(): Promise<void>;
  close(): void;
}

/** `limit`: a program that runs longer is killed. */
export function createHooks(log: Log, limit: Millis = LIMIT): Hooks {
  const waiting: Asked[] = [];
  let closed = false;
  let running: Promise<void> | undefined;
  const carryOut = async ({ command, around }: Asked): Promise<void> => {
    const outcome = await runProgram(command, { ...around, limit });
    const line = outcome.output.trim().split("\n", 1)[0] ?? "";
    const said = line === "" ? "" : `: ${line}`;
    if (outcome.kind === "ended" && outcome.code === 0) log.info(`ran ${command[0]}${said}`);
    else log.error(`${command[0]} ${outcome.words}${said}`);
  };
  const drain = async (): Promise<void> => {
    for (let next = waiting.shift(); next && !closed; next = waiting.shift()) await carryOut(next);
    running = undefined;
  };
  return {
    run: (command, around) => {
      if (command.length === 0 || closed) return;
      waiting.push({ command, around });
      if (waiting.length > MAX_WAITING) {
        log.error(`${waiting.shift()?.command[0]} was left out: too many wait`);
      }
      running ??= drain();
    },
    settled: () => running ?? Promise.resolve(),
    close: () => {
      closed = true;
    },
  };
}

interface Asked {
  readonly command: readonly string[];
  readonly around: Surroundings;
}

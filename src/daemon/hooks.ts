/** Programs that run when something has happened: one after the other, each within its time. */
import { type Millis, seconds } from "../base/units.ts";
import { runProgram, type Surroundings } from "../os/process.ts";
import type { Log } from "./log.ts";

/** What waits beyond this is left out: somebody's program hangs again and again. */
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
  let waiting = 0;
  let closed = false;
  let last: Promise<void> = Promise.resolve();
  const carryOut = async (command: readonly string[], around: Surroundings): Promise<void> => {
    if (closed) return;
    const outcome = await runProgram(command, { ...around, limit });
    const line = outcome.output.trim().split("\n", 1)[0] ?? "";
    const said = line === "" ? "" : `: ${line}`;
    if (outcome.kind === "ended" && outcome.code === 0) log.info(`ran ${command[0]}${said}`);
    else log.error(`${command[0]} ${outcome.words}${said}`);
  };
  return {
    run: (command, around) => {
      if (command.length === 0 || closed) return;
      if (waiting >= MAX_WAITING) return log.error(`${command[0]} was left out: too many wait`);
      waiting++;
      last = last
        .then(() => carryOut(command, around))
        .finally(() => {
          waiting--;
        });
    },
    settled: () => last,
    close: () => {
      closed = true;
    },
  };
}

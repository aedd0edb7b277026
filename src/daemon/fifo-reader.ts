/** A program that reads a pipe for as long as this daemon writes to it. */
import type { Reader } from "../config/types.ts";
import { type Begun, beginProgram } from "../os/process.ts";
import type { Log } from "./log.ts";

/** Between the end of one and the start of the next. */
const PAUSE_MS = 5000;
/** Longer than the pipe stays open: so it can read all, and see the end. */
const LINGER_MS = 2000;

export interface FifoReader {
  close(): void;
}

export interface ReaderOptions {
  readonly pipe: string;
  /** The pipe is there. */
  readonly prepared: Promise<void>;
  readonly log: Log;
}

/** By pipe: the end of the one before, whom a reload replaces. Two would share the lines. */
const ending = new Map<string, Promise<unknown>>();

export function startFifoReader(
  { command, user }: Reader,
  { pipe, prepared, log }: ReaderOptions,
): FifoReader {
  let running: Begun | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const kill = (): void => running?.kill();
  const start = (): void => {
    if (closed) return;
    const begun = beginProgram([...command, pipe], { user });
    running = begun;
    void begun.ending.then(({ words, output }) => {
      if (running === begun) running = undefined;
      if (closed) {
        process.off("exit", kill);
        return;
      }
      const said = output.trim().split("\n", 1)[0] ?? "";
      log.error(`${command[0]}, which reads ${pipe}, ${words}${said === "" ? "" : `: ${said}`}`);
      timer = setTimeout(start, PAUSE_MS).unref();
    });
  };
  // It is in a group of its own, and would outlive a daemon that has no time left.
  process.on("exit", kill);
  const before = ending.get(pipe);
  void prepared.then(() => before).then(start);
  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
      if (running === undefined) process.off("exit", kill);
      else {
        ending.set(pipe, running.ending);
        setTimeout(kill, LINGER_MS).unref();
      }
    },
  };
}

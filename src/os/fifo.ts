/** A named pipe that is written to whether somebody reads it or not. */
import { execFile } from "node:child_process";
import { closeSync, constants, fstatSync, openSync, writeSync } from "node:fs";
import { stat } from "node:fs/promises";
import { messageOf } from "../base/errors.ts";

/** Lines that wait while the pipe is full; the kernel's own buffer holds some 2,000 before. */
const MAX_WAITING = 1000;
const RETRY_MS = 200;
const LINGER_MS = 1000;
const PRIVATE = "600";
const NO_PIPE = "is there, and is no named pipe";

export interface Fifo {
  /** Never waits. Lines keep their order; the oldest are lost where nobody reads for long. */
  write(line: string): void;
  close(): void;
  /** Resolves when it is there, or can not be made. */
  readonly prepared: Promise<void>;
}

export function openFifo(path: string, onTrouble: (sentence: string) => void): Fifo {
  const waiting: string[] = [];
  let fd: number | undefined;
  let closed = false;
  const trouble = (error: unknown): void => onTrouble(`${path}: ${messageOf(error)}`);
  const drain = (): void => {
    try {
      for (let line = waiting[0]; line !== undefined && fd !== undefined; line = waiting[0]) {
        writeSync(fd, line);
        waiting.shift();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return;
      trouble(error);
      waiting.length = 0;
    }
  };
  const timer = setInterval(drain, RETRY_MS).unref();
  const prepared = prepare(path)
    .then(() => {
      if (closed) return;
      fd = openPipe(path);
      drain();
    })
    .catch(trouble);
  return {
    prepared,
    write: (line) => {
      if (waiting.length >= MAX_WAITING) {
        waiting.shift();
        onTrouble(`${path}: nobody reads it, lines are lost`);
      }
      waiting.push(line);
      drain();
    },
    close: () => {
      closed = true;
      clearInterval(timer);
      drain();
      const last = fd;
      fd = undefined;
      // Unread lines go with the last end: who opens it anew, in a reload, has it by then.
      if (last !== undefined) setTimeout(() => closeSync(last), LINGER_MS).unref();
    },
  };
}

/** Both ways, so that it opens, and keeps its lines, before a reader is there.
 *
 * Somebody may have put a file there since it was looked at: lines must not fill that.
 */
function openPipe(path: string): number {
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  if (fstatSync(fd).isFIFO()) return fd;
  closeSync(fd);
  throw new Error(NO_PIPE);
}

async function prepare(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found && !found.isFIFO()) throw new Error(NO_PIPE);
  if (found) return;
  await new Promise<void>((resolve, reject) => {
    execFile("mkfifo", ["-m", PRIVATE, path], (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

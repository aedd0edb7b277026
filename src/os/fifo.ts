/** A named pipe that is written to whether somebody reads it or not. */
import { execFile } from "node:child_process";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { stat } from "node:fs/promises";
import { messageOf } from "../base/errors.ts";

/** Lines that wait while the pipe is full; the kernel's own buffer holds some 2,000 before. */
const MAX_WAITING = 1000;
const RETRY_MS = 200;
const PRIVATE = "600";

export interface Fifo {
  /** Never waits. Lines keep their order; the oldest are lost where nobody reads for long. */
  write(line: string): void;
  close(): void;
}

export function openFifo(path: string, onTrouble: (sentence: string) => void): Fifo {
  const waiting: string[] = [];
  let fd: number | undefined;
  let closed = false;
  const drain = (): void => {
    try {
      for (let line = waiting[0]; line !== undefined && fd !== undefined; line = waiting[0]) {
        writeSync(fd, line);
        waiting.shift();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return;
      onTrouble(`${path}: ${messageOf(error)}`);
      waiting.length = 0;
    }
  };
  const timer = setInterval(drain, RETRY_MS).unref();
  void prepare(path).then(
    () => {
      if (closed) return;
      // Both ways: so that it opens, and keeps its lines, before a reader is there.
      fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
      drain();
    },
    (error: unknown) => onTrouble(`${path}: ${messageOf(error)}`),
  );
  return {
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
      if (fd !== undefined) closeSync(fd);
      fd = undefined;
    },
  };
}

async function prepare(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found && !found.isFIFO()) throw new Error("is there, and is no named pipe");
  if (found) return;
  await new Promise<void>((resolve, reject) => {
    execFile("mkfifo", ["-m", PRIVATE, path], (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

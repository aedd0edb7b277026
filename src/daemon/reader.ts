/** Has a file read by a thread of its own, in bounded time and memory. */
import { Worker } from "node:worker_threads";
import { BatonError, messageOf } from "../base/errors.ts";
import type { ReadResult, ReadWork } from "./read-work.ts";

/** Ten times what the largest file takes on a slow host. */
const LIMIT_MS = 30_000;
const HEAP = { maxOldGenerationSizeMb: 512 } as const;

/** Rejects with a BatonError where it can not be told. */
export function readInThread(work: ReadWork): Promise<ReadResult> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL("./reader.js", import.meta.url), {
      workerData: work,
      resourceLimits: HEAP,
    });
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      void thread.terminate();
      finish();
    };
    const fail = (why: string): void =>
      settle(() => reject(new BatonError("BATON_CONFIG", `the file could not be read: ${why}`)));
    const timer = setTimeout(() => fail(`it took more than ${LIMIT_MS / 1000} s`), LIMIT_MS);
    thread.once("message", (result: ReadResult) => settle(() => resolve(result)));
    thread.once("error", (error) => fail(messageOf(error)));
    thread.once("exit", (code) => fail(`the thread ended with ${code}`));
  });
}

/** The thread that delivers: begun when there is something to deliver, ended when there is not. */
import { Worker } from "node:worker_threads";
import { messageOf } from "../base/errors.ts";
import { minutes, ms, seconds } from "../base/units.ts";
import type { Outcome } from "../core/alert/types.ts";
import type { Order, Parcel, Receipt } from "../courier/messages.ts";

/** It ends a delivery itself; after this it is taken for dead. */
const GRACE = seconds(5);
const IDLE = minutes(1);
/** Megabytes: what a thread that leaks may take before it ends. */
const HEAP = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 } as const;

export interface Courier {
  /** Never rejects. */
  deliver(parcel: Parcel): Promise<Outcome>;
  close(): void;
}

interface Awaited {
  readonly settle: (outcome: Outcome) => void;
  readonly timer: NodeJS.Timeout;
}

export function createCourier(entry = new URL("./courier.js", import.meta.url)): Courier {
  const awaited = new Map<number, Awaited>();
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let orders = 0;
  const end = (why: string): void => {
    const dead = worker;
    worker = undefined;
    void dead?.terminate();
    for (const { settle } of awaited.values()) settle({ kind: "failed", why, again: true });
  };
  const start = (): Worker => {
    const made = new Worker(entry, { resourceLimits: HEAP });
    made.unref();
    made.on("message", ({ id, outcome }: Receipt) => awaited.get(id)?.settle(outcome));
    // What a thread that was given up still says is nobody's business.
    made.on("error", (error) => {
      if (worker === made) end(`the courier has failed: ${messageOf(error)}`);
    });
    made.on("exit", () => {
      if (worker === made) end("the courier's thread has ended");
    });
    return made;
  };
  const rest = (): void => {
    idle = setTimeout(() => end("idle"), IDLE);
    idle.unref();
  };
  return {
    deliver: (parcel) =>
      new Promise((resolve) => {
        clearTimeout(idle);
        const id = ++orders;
        const settle = (outcome: Outcome): void => {
          clearTimeout(awaited.get(id)?.timer);
          awaited.delete(id);
          if (awaited.size === 0 && worker) rest();
          resolve(outcome);
        };
        const limit = ms(parcel.timeout + GRACE);
        const timer = setTimeout(() => end("the courier's thread is silent"), limit);
        awaited.set(id, { settle, timer });
        try {
          worker ??= start();
          worker.postMessage({ id, parcel } satisfies Order);
        } catch (error) {
          settle({ kind: "failed", why: messageOf(error), again: true });
        }
      }),
    close: () => {
      clearTimeout(idle);
      end("baton has ended");
    },
  };
}

/** The probes' thread: asks, and tells the main thread in batches what has changed. */
import { parentPort, workerData } from "node:worker_threads";
import { ask } from "./ask.ts";
import type { ProbeWork, ToldAgo } from "./messages.ts";
import { createPinger } from "./ping.ts";
import { startScheduler } from "./scheduler.ts";
import { createTally } from "./tally.ts";

/** Changes are gathered for so long: a rack that fails is one message. */
const BATCH_MS = 10;
/** What stays as it is is told so often, for latencies and for the sign of life. */
const REFRESH_MS = 5000;

const { probes, runs, pings } = workerData as ProbeWork;
const pinger = createPinger(pings);
const tally = createTally(runs);
let batch: NodeJS.Timeout | undefined;

function tell(all: boolean): void {
  batch = undefined;
  const now = performance.now();
  const told: readonly ToldAgo[] = tally.take(all).map(({ at, ...rest }) => ({
    ...rest,
    ago: now - at,
  }));
  if (told.length > 0 || all) parentPort?.postMessage(told);
}

startScheduler({
  probes,
  ask: (probe, attempt) => ask(probe, attempt, pinger),
  onOutcome: (probe, outcome, latency) => {
    const soon = tally.note(probe, outcome, latency, performance.now());
    if (soon) batch ??= setTimeout(() => tell(false), BATCH_MS);
  },
});
setInterval(() => tell(true), REFRESH_MS);

/** Connections over handover, loss and return, quiet ones and young ones. */
import {
  buildPair,
  type DirectorName,
  failover,
  INTERVAL_MS,
  level,
  other,
  type Pair,
  startBoth,
} from "../../lab/guest/pair.ts";
import { type Answered, type Quiet, startQuiet } from "../../lab/guest/quiet.ts";
import { emit, main } from "../../lab/guest/report.ts";
import type { Variant } from "../../lab/guest/topology.ts";
import { eventually, sleep } from "../../support/process.ts";

const QUIET = 1000;
const YOUNG = 100;
const BATCH = 100;

const since = (started: number): number => Math.round(performance.now() - started);

function told(variant: Variant, fault: string, ms: number, answered: Answered): void {
  emit({ kind: "connections", variant, fault, ms, ...answered, lost: answered.lost.length });
}

async function connections(variant: Variant): Promise<void> {
  const pair = await buildPair(variant);
  try {
    await startBoth(pair);
    await level(pair, "lb2");
    const quiet = await startQuiet(pair);
    for (let open = 0; open < QUIET; open += BATCH) await quiet.open(BATCH);
    // What the kernel sends by itself has gone: two seconds at most.
    await sleep(3000);
    await moves(pair, variant, quiet, "planned handover, quiet connections");
    await quiet.open(YOUNG);
    await moves(pair, variant, quiet, "planned handover, the youngest a moment old");
    await loss(pair, variant, quiet);
  } finally {
    await pair.network.close();
  }
}

async function master(pair: Pair): Promise<DirectorName> {
  const [holder] = await pair.holders();
  if (!holder) throw new Error("nobody has the VIP");
  return holder;
}

async function moves(pair: Pair, variant: Variant, quiet: Quiet, fault: string): Promise<void> {
  const from = await master(pair);
  await level(pair, other(from));
  const started = performance.now();
  await failover(pair, from);
  const took = since(started);
  await pair.settled(other(from));
  told(variant, fault, took, await quiet.ask());
  await pair.command(from, "/v1/resume");
}

/** The master's host goes, and comes back empty; then the other one goes. */
async function loss(pair: Pair, variant: Variant, quiet: Quiet): Promise<void> {
  const lost = await master(pair);
  const heir = other(lost);
  const taken = async (): Promise<boolean> => (await pair.holders()).includes(heir);
  let started = performance.now();
  pair.network.isolate(lost);
  await eventually("a takeover", taken, { timeout: 10 * INTERVAL_MS, interval: 10 });
  told(variant, "host lost", since(started), await quiet.ask());
  await pair.reboot(lost);
  started = performance.now();
  await pair.start(lost);
  await level(pair, lost);
  const levelled = since(started);
  await failover(pair, heir);
  await pair.settled(lost);
  told(variant, "host back, empty, taught, master again", levelled, await quiet.ask());
}

await main(async () => {
  for (const variant of ["dr", "nat"] as const) await connections(variant);
});

/** Connections that are to live on while something happens to a pair. */
import { sleep } from "../../support/process.ts";
import { startTraffic } from "../../support/traffic.ts";
import { INTERVAL_MS, type Pair } from "./pair.ts";
import { SERVICE_PORT, VIP } from "./topology.ts";

export interface Survival {
  readonly held: number;
  /** Connections that still got answers at the end. */
  readonly alive: number;
  /** Why the others ended. */
  readonly lost: readonly string[];
  /** The longest silence of a connection, milliseconds. */
  readonly longest: number;
  /** New connections, one after another, and those that failed. */
  readonly short: number;
  readonly failed: number;
}

const HELD = 20;
const EVERY_MS = 100;
/** TCP asks again 0.2, 0.6, 1.4, 3 and 6.2 s after the first loss: what an outage of three
 * intervals and a bit needs to show what lives. */
export const OUTAGE_RECOVERY_MS = 5 * INTERVAL_MS;

/** Does something to the pair while connections are held, and tells how they fared. */
export async function survive<T extends object>(
  pair: Pair,
  body: () => Promise<T>,
  recovery: number = INTERVAL_MS,
): Promise<T & Survival> {
  const options = { address: VIP, port: SERVICE_PORT, held: HELD, interval: EVERY_MS };
  const clients = await startTraffic(pair.network, "client", options);
  await sleep(INTERVAL_MS);
  const found = await body();
  await sleep(recovery);
  const { held, short } = await clients.stop();
  const alive = held.filter(({ lost, silence }) => !lost && silence < INTERVAL_MS);
  return {
    ...found,
    held: held.length,
    alive: alive.length,
    lost: held.flatMap(({ lost }) => (lost ? [lost.why] : [])),
    longest: Math.round(Math.max(...held.map(({ longest }) => longest))),
    short: short.length,
    failed: short.filter(({ error }) => error !== undefined).length,
  };
}

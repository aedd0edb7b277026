/** Long work in short turns of the loop, between which adverts come and go. */
import { setImmediate as turn } from "node:timers/promises";
import type { Instant } from "../base/units.ts";
import type { Observed } from "../core/director/observed.ts";
import { surroundings } from "../core/director/snapshot.ts";
import { serviceReaders } from "../core/director/snapshot-services.ts";
import type { ServiceSnapshot, Snapshot } from "../core/director/snapshot-types.ts";
import type { DirectorState } from "../core/director/types.ts";

/** After so long others have their turn. */
const TURN_MS = 2;

/** Of one moment: what is read does not change while it is. */
export async function snapshotInTurns(
  state: DirectorState,
  observed: Observed,
  now: Instant,
): Promise<Snapshot> {
  const whole = surroundings(state, observed, now);
  const services: ServiceSnapshot[] = [];
  await inTurns(serviceReaders(state, observed, now), (read) => void services.push(read()));
  return { ...whole, services };
}

export async function inTurns<T>(all: readonly T[], work: (one: T) => void): Promise<void> {
  await turn();
  let since = performance.now();
  for (const one of all) {
    work(one);
    if (performance.now() - since < TURN_MS) continue;
    await turn();
    since = performance.now();
  }
}

/** When clients are first served after a takeover, as far as the counters of the table tell. */
import { elapsed, type Instant } from "../base/units.ts";
import type { ServiceKey } from "../wire/ipvs/types.ts";
import type { IpvsLevel } from "./ipvs-level.ts";
import type { Levels } from "./levels.ts";
import type { Loop } from "./loop.ts";

/** What the time is good to. */
const LOOK_MS = 20;
/** Nobody who came later had to wait for the takeover. */
const WATCH_MS = 2000;
/** Each look asks the kernel once a service. */
const MAX_SERVICES = 4;

export interface Served {
  readonly loop: Loop;
  readonly levels: Pick<Levels, "ipvs">;
}

/** Tells the loop once a client of the instance's services is seen. */
export function awaitClients({ loop, levels: { ipvs } }: Served, instance: string): void {
  const keys = loop
    .state()
    .setup.config.services.filter((service) => service.instance === instance)
    .map(({ service }) => service.key);
  if (ipvs) void watchFirstPacket(ipvs, keys, () => loop.dispatch({ kind: "served", instance }));
}

/** The same for what a reload has interrupted. */
export function awaitClientsStill(running: Served, now: Instant): void {
  for (const [instance, story] of Object.entries(running.loop.state().stories)) {
    if (story.kind !== "took" || story.servedAt !== undefined) continue;
    if (story.vipsAt !== undefined && elapsed(story.vipsAt, now) < WATCH_MS) {
      awaitClients(running, instance);
    }
  }
}

/** Calls back once packets have come in; a table that can not be read tells nothing. */
async function watchFirstPacket(
  ipvs: IpvsLevel,
  keys: readonly ServiceKey[],
  onServed: () => void,
): Promise<void> {
  const some = keys.slice(0, MAX_SERVICES);
  const before = await ipvs.packetsIn(some);
  for (let waited = 0; before !== undefined && waited < WATCH_MS; waited += LOOK_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const now = await ipvs.packetsIn(some);
    if (now === undefined) return;
    if (now > before) return onServed();
  }
}

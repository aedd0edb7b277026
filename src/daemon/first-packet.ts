/** When clients are first served after a takeover, as far as the counters of the table tell. */
import type { ServiceKey } from "../wire/ipvs/types.ts";
import type { IpvsLevel } from "./ipvs-level.ts";

/** What the time is good to. */
const LOOK_MS = 20;
/** Nobody who came later had to wait for the takeover. */
const WATCH_MS = 2000;
/** Each look asks the kernel once a service. */
const MAX_SERVICES = 4;

/** Calls back once packets have come in; a table that can not be read tells nothing. */
export async function watchFirstPacket(
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

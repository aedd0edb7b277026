/** What an earlier run left, told to the director that begins. */
import type { Places } from "../base/places.ts";
import { serviceName } from "../base/service.ts";
import { type Millis, ms } from "../base/units.ts";
import type { Config } from "../config/types.ts";
import { bootId, bootTime, now } from "../os/clock.ts";
import type { Leftovers } from "./host-levels.ts";
import { readDecisions, readHolds } from "./memory.ts";
import type { Previous } from "./previous.ts";
import type { Running } from "./running.ts";
import { readLeaving } from "./saved-leaving.ts";

/** What people decided in earlier runs, and what drains because of it. */
export const readDecided = (at: Places): Promise<Decided> =>
  Promise.all([readHolds(at, bootId()), readDecisions(at, now()), readLeaving(at, bootId())]);

type Decided = readonly [
  holds: Awaited<ReturnType<typeof readHolds>>,
  decisions: Awaited<ReturnType<typeof readDecisions>>,
  leaving: Awaited<ReturnType<typeof readLeaving>>,
];

interface Inherited {
  readonly adopt: readonly string[];
  readonly previous: Previous;
  readonly decided: Decided;
}

/** What an earlier run left is known before the first decision. */
export function begin(
  host: Running,
  config: Config,
  { adopt, previous, decided: [holds, decisions, leaving] }: Inherited,
): void {
  delayStart(config, adopt, host);
  for (const entry of decisions) host.loop.dispatch({ kind: "decided", entry });
  for (const [service, servers] of leaving) {
    host.loop.dispatch({ kind: "drains", service, servers });
  }
  host.loop.dispatch({
    kind: "started",
    adopt,
    level: adopt.length > 0 && (previous.state?.level ?? false),
    holds: remaining(holds),
  });
}

/** A fault that ends by itself: nothing is heard in it, and nothing taken. */
function delayStart(
  { instances, startDelay }: Config,
  adopt: readonly string[],
  host: Running,
): void {
  if (startDelay === 0) return;
  for (const { name } of instances) {
    if (adopt.includes(name)) continue;
    const event = { instance: name, fault: "starting" } as const;
    host.loop.dispatch({ kind: "faulted", ...event });
    setTimeout(() => host.loop.dispatch({ kind: "repaired", ...event }), startDelay).unref();
  }
}

export const leftoversOf = ({ state }: Previous): Leftovers => ({
  vips: state?.added.vips ?? [],
  links: state?.added.links ?? [],
  services: state?.added.services.map(serviceName) ?? [],
  roles: state?.added.roles ?? [],
  routing: state?.added.routing ?? { routes: [], rules: [] },
});

/** Holds are kept on CLOCK_BOOTTIME; what is over is dropped. */
const remaining = (holds: Readonly<Record<string, number>>): Readonly<Record<string, Millis>> =>
  Object.fromEntries(
    Object.entries(holds)
      .map(([name, until]): [string, Millis] => [name, ms(until - bootTime())])
      .filter(([, left]) => left > 0),
  );

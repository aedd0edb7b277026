/** Writes down what a successor, `status` and `release` need to know of this run. */
import { elapsed, type Instant } from "../base/units.ts";
import { desiredOf, managedRouting, managedVips, managedVmacs } from "../core/director/desired.ts";
import { activeRoles } from "../core/director/roles.ts";
import type { DirectorState } from "../core/director/types.ts";
import { vipKey } from "../core/vip/diff.ts";
import { causeText } from "../core/vrrp/cause.ts";
import { bootId, bootTime, now } from "../os/clock.ts";
import { RUN_STATE_VERSION, type RunInstance } from "../os/run-state.ts";
import { type GuardPlan, guardNotes } from "./guard.ts";
import type { Memory } from "./memory.ts";
import { savedLeaving } from "./saved-leaving.ts";

const BOOT_ID = bootId();

export interface SaveOptions {
  readonly configFile: string;
  readonly memory: Memory;
  readonly guardPlan: GuardPlan;
}

export function saveRunState(
  options: SaveOptions,
  state: DirectorState,
  present: ReadonlySet<string>,
  ended = false,
): void {
  const { config, self } = state.setup;
  const instances = Object.entries(state.instances);
  const onBootClock = bootClock();
  const vips = managedVips(state).filter((vip) => present.has(vipKey(vip)));
  const links = managedVmacs(state);
  options.memory.save({
    version: RUN_STATE_VERSION,
    bootId: BOOT_ID,
    pid: process.pid,
    director: self,
    configFile: options.configFile,
    session: state.setup.session,
    counter: state.setup.counter,
    instances: Object.fromEntries(
      instances.map(([name, one]): [string, RunInstance] => [
        name,
        { state: one.kind, since: onBootClock(one.since), why: causeText(one.cause) },
      ]),
    ),
    added: {
      vips,
      services:
        ended && config.onStop === "remove"
          ? []
          : config.services.map(({ service }) => service.key),
      roles: config.connectionSync ? activeRoles(state) : [],
      links: ended ? [] : links,
      ...(!ended && { routing: managedRouting(state) }),
    },
    level: instances.every(([, one]) => one.level),
    ended,
    writtenAt: bootTime(),
  });
  // What is about to stand counts as well: a death may fall between.
  const wanted = desiredOf(state).vips.filter((vip) => !present.has(vipKey(vip)));
  options.memory.saveGuard(
    guardNotes(options.guardPlan, { vips: [...vips, ...wanted], links }, ended),
  );
  const holds = instances.flatMap(([name, one]): [string, number][] =>
    one.holdUntil === undefined ? [] : [[name, onBootClock(one.holdUntil)]],
  );
  const decisions = state.health.admin.map(({ until, ...entry }) => ({
    ...entry,
    ends: until && new Date(Date.now() + elapsed(now(), until)).toISOString(),
  }));
  options.memory.saveAdmin({
    holds: Object.fromEntries(holds),
    servers: decisions,
    leaving: savedLeaving(state, onBootClock),
  });
}

/** The monotonic clock does not survive the process; CLOCK_BOOTTIME does. */
function bootClock(): (at: Instant) => number {
  const [boot, instant] = [bootTime(), now()];
  return (at) => boot - elapsed(at, instant);
}

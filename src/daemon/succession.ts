/** A running director whose configuration may change: one host takes over from another. */

import { serviceName } from "../base/service.ts";
import { desiredOf, managedRouting, managedVips, managedVmacs } from "../core/director/desired.ts";
import type { DirectorEffect } from "../core/director/effects.ts";
import { activeRoles } from "../core/director/roles.ts";
import type { Setup } from "../core/director/types.ts";
import { reconfigure } from "../core/reload/reconfigure.ts";
import { now } from "../os/clock.ts";
import { awaitClientsStill } from "./first-packet.ts";
import { createRunning } from "./host.ts";
import type { Running, RunningOptions } from "./running.ts";

/** What a new configuration brings. */
export type Successor = Pick<RunningOptions, "configFile" | "guardPlan"> & {
  readonly setup: Setup;
};

export interface Succession extends Running {
  /** In one turn: no advert is late, no event is lost. Who retires must have let go. */
  succeed(successor: Successor): void;
}

export function createSuccession(options: RunningOptions): Succession {
  const listeners = new Set<(effect: DirectorEffect) => void>();
  const tell = (effect: DirectorEffect): void => {
    for (const listener of listeners) listener(effect);
  };
  let current = createRunning(options);
  options.alerts.serve(() => current.loop.state());
  void options.alerts.resume();
  current.subscribe(tell);
  return {
    get loop() {
      return current.loop;
    },
    get levels() {
      return current.levels;
    },
    snapshot: () => current.snapshot(),
    snapshotInTurns: () => current.snapshotInTurns(),
    refused: (reason, from) => current.refused(reason, from),
    networkChanged: (change) => current.networkChanged(change),
    removing: (instances) => current.removing(instances),
    notified: () => current.notified(),
    save: () => current.save(),
    remember: () => current.remember(),
    retire: () => current.retire(),
    close: () => {
      current.close();
      options.alerts.close();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    succeed: ({ setup, ...changes }) => {
      const old = current;
      const initial = reconfigure(old.loop.state(), setup, now());
      const leftovers = leftoversOf(old);
      // What can not be made leaves the old one as it is.
      const next = createRunning({ ...options, ...changes, initial, leftovers });
      old.retire();
      current = next;
      options.alerts.serve(() => current.loop.state());
      current.subscribe(tell);
      current.loop.dispatch({ kind: "reconfigured" });
      awaitClientsStill(current, now());
      current.save();
    },
  };
}

/** What stands in the kernel for the old configuration: what of it the new one wants, it keeps. */
function leftoversOf({ loop }: Running): RunningOptions["leftovers"] {
  const state = loop.state();
  const { services, connectionSync } = state.setup.config;
  return {
    vips: [...managedVips(state), ...desiredOf(state).vips],
    services: services.map(({ service }) => serviceName(service.key)),
    roles: connectionSync ? activeRoles(state) : [],
    links: managedVmacs(state),
    routing: managedRouting(state),
  };
}

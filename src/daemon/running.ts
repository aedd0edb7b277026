/** What a running director is to the rest of the daemon. */

import type { DirectorEffect } from "../core/director/effects.ts";
import type { Observed } from "../core/director/observed.ts";
import type { Snapshot } from "../core/director/snapshot-types.ts";
import type { DirectorState } from "../core/director/types.ts";
import type { NetworkChange } from "../os/rtnl.ts";
import type { Alerts } from "./alerts.ts";
import type { Chronicle } from "./chronicle.ts";
import type { GuardPlan } from "./guard.ts";
import type { Leftovers } from "./host-levels.ts";
import type { Journal } from "./journal.ts";
import type { LagMeter } from "./lag.ts";
import type { Levels } from "./levels.ts";
import { type Limiter } from "./limiter.ts";
import type { Log } from "./log.ts";
import { type Loop } from "./loop.ts";
import type { Memory } from "./memory.ts";
import type { Meters } from "./metrics/meters.ts";
import type { Network } from "./network.ts";
import { type Runs } from "./tracker.ts";
import type { Voice } from "./voice.ts";

export interface RunningOptions {
  readonly initial: DirectorState;
  readonly configFile: string;
  readonly network: Network;
  readonly memory: Memory;
  readonly guardPlan: GuardPlan;
  readonly log: Log;
  readonly leftovers: Leftovers;
  /** What is remembered over a change of the configuration. */
  readonly chronicle: Chronicle;
  readonly limiter: Limiter;
  readonly trackRuns: Runs;
  readonly alerts: Alerts;
  readonly lag: LagMeter;
  readonly meters: Meters;
  readonly journal: Journal;
  readonly facts: () => Pick<Observed, "configuration">;
  readonly voice: () => Voice | undefined;
  readonly onStopped: () => void;
}

export interface Running {
  readonly loop: Loop;
  readonly levels: Levels;
  snapshot(): Snapshot;
  /** The same, of this moment, in as many turns of the loop as it takes. */
  snapshotInTurns(): Promise<Snapshot>;
  refused(reason: string, from: string): void;
  networkChanged(change: NetworkChange | undefined): void;
  /** Instances that let go because the next configuration does not have them. */
  removing(instances: readonly string[]): void;
  /** Resolves when the programs that are told of states have ended, and alerts are delivered. */
  notified(): Promise<void>;
  /** Writes the run state once more. */
  save(): void;
  /** Resolves when it is written, or could not be. */
  remember(): Promise<void>;
  /** Told of every effect, after it was carried out. */
  subscribe(listener: (effect: DirectorEffect) => void): () => void;
  /** Another one goes on with the state: nothing is let go, nothing is decided any more. */
  retire(): void;
  close(): void;
}

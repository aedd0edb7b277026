/** The timers of RFC 9568 §6.1, and of version 2 (RFC 3768 §6.1) where they differ. */
import { after, type Instant, type Millis, ms } from "../../../base/units.ts";
import { effectivePriority } from "../election.ts";
import type { BackupState, VrrpConfig } from "../types.ts";

const PRIORITIES = 256;

/** Version 2 does not scale it by the interval. */
export const skewOf = (config: VrrpConfig, priority: number, interval: Millis): Millis =>
  ms(((PRIORITIES - priority) * (config.rfc?.version === 2 ? 1000 : interval)) / PRIORITIES);

/** Version 3 learns it from the master that it follows, version 2 requires the same of both. */
export function masterInterval(state: BackupState, config: VrrpConfig): Millis {
  const followed = state.following && state.views[state.following.director];
  return config.rfc?.version === 3 && followed ? followed.report.interval : config.interval;
}

/** When Active_Down_Timer fires: `floor` is its part that does not depend on the own priority. */
export const takeoverAt = (state: BackupState, config: VrrpConfig): Instant =>
  after(
    state.floor,
    skewOf(config, effectivePriority(config, state), masterInterval(state, config)),
  );

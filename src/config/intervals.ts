/** The pace of a pair whose instances may each have their own. */
import { type Millis, ms } from "../base/units.ts";
import type { Config } from "./types.ts";

/** That of the instance whose master is given up first. */
export const shortestInterval = ({ instances, heartbeat }: Config): Millis =>
  ms(Math.min(...intervalsOf(instances, heartbeat)));

export const longestInterval = ({ instances, heartbeat }: Config): Millis =>
  ms(Math.max(...intervalsOf(instances, heartbeat)));

/** Whether what one instance says tells nothing of when another one spoke. */
export const haveOwnPace = ({ instances }: Config): boolean =>
  instances.some(({ interval }) => interval !== instances[0]?.interval);

const intervalsOf = (
  instances: Config["instances"],
  heartbeat: Config["heartbeat"],
): readonly Millis[] =>
  instances.length === 0 ? [heartbeat.interval] : instances.map(({ interval }) => interval);

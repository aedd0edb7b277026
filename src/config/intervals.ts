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

/** Peers give a silent master up after three intervals; adopting must be over before that. */
const ADOPT_INTERVALS = 2;

/** How long after the last advert an instance may be adopted. The note of it is of whichever
 * instance spoke last: another one may have spoken an interval earlier. */
export const adoptionWindow = (config: Config, instance: string): Millis => {
  const intervals = haveOwnPace(config) ? ADOPT_INTERVALS - 1 : ADOPT_INTERVALS;
  const found = config.instances.find(({ name }) => name === instance);
  return ms(intervals * (found?.interval ?? config.heartbeat.interval));
};

const intervalsOf = (
  instances: Config["instances"],
  heartbeat: Config["heartbeat"],
): readonly Millis[] =>
  instances.length === 0 ? [heartbeat.interval] : instances.map(({ interval }) => interval);

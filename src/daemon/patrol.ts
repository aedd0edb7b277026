/** Looks now and then at what notifies nobody: levels, the IPVS table, whether this host is a router. */
import { type Instant, type Millis, ms } from "../base/units.ts";
import { desiredOf, isElectionOpen } from "../core/director/desired.ts";
import type { DirectorEvent, DirectorState } from "../core/director/types.ts";
import { now } from "../os/clock.ts";
import { readSysctl } from "../os/sysctl.ts";
import { readingEvents } from "./counting.ts";
import type { IpvsReading } from "./ipvs-level.ts";
import type { Levels } from "./levels.ts";
import { lookEvery } from "./rounds.ts";

const PERIOD: Millis = ms(2500);
/** Whether this host is a router changes seldom, and a file costs a millisecond. */
const LOOKS_A_READING = 8;
const FORWARDING = "net.ipv6.conf.all.forwarding";

export interface PatrolOptions {
  readonly levels: Levels;
  readonly state: () => DirectorState;
  /** Whose levels were asked for last. */
  readonly settled: () => DirectorState | undefined;
  readonly dispatch: (event: DirectorEvent) => void;
  readonly onTrouble: (sentence: string) => void;
}

export interface Patrol {
  /** Whether this host is a router. */
  forwards(): boolean;
  /** The table as it was counted last. */
  reading(): TimedReading | undefined;
  /** Connections of each instance, for the peer to compare; servers that have drained. */
  count(): void;
  close(): void;
}

interface TimedReading {
  readonly value: IpvsReading;
  readonly at: Instant;
}

export function beginPatrol(options: PatrolOptions): Patrol {
  const { levels, state, settled, dispatch, onTrouble } = options;
  let forwards = false;
  let looks = 0;
  let reading: TimedReading | undefined;
  const read = (): TimedReading | undefined => {
    const value = levels.ipvs?.reading;
    return value && { value, at: now() };
  };
  const count = (): void => {
    const found = read();
    if (!found) return;
    reading = found;
    for (const event of readingEvents(state(), found.value.tables)) dispatch(event);
  };
  const look = async (): Promise<void> => {
    if (looks++ % LOOKS_A_READING === 0) forwards = (await readSysctl(FORWARDING)) === "1";
    const isUrgent = (): boolean => isElectionOpen(state(), now());
    if (isUrgent()) return;
    // A value that could not be written is tried again.
    const wanted = settled();
    if (wanted) levels.request(desiredOf(wanted));
    await levels.patrol(isUrgent).catch((error: unknown) => onTrouble(String(error)));
    count();
  };
  return {
    forwards: () => forwards,
    reading: () => reading ?? read(),
    count,
    close: lookEvery(PERIOD, () => void look()),
  };
}

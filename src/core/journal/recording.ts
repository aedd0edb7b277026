/** The last events and the state that they met, for whoever wants to see again what happened.
 *
 * States and events are values that nobody changes: to remember them is to hold on to them. Two
 * spans are held, and the older one goes when the newer one is full.
 */
import { elapsed, type Instant, type Millis, seconds } from "../../base/units.ts";
import type { SetupOptions } from "../director/setup.ts";
import type { DirectorEvent, DirectorState, Setup } from "../director/types.ts";

export interface TimedEvent {
  readonly at: Instant;
  readonly event: DirectorEvent;
}

export interface Recording {
  readonly before: DirectorState;
  readonly events: readonly TimedEvent[];
  readonly after: DirectorState;
}

interface Span {
  readonly before: DirectorState;
  readonly since: Instant;
  readonly events: TimedEvent[];
  weight: number;
}

export interface Recorder {
  /** An event, and the state that it met. */
  note(before: DirectorState, event: DirectorEvent, at: Instant): void;
  /** What led to `after`; undefined where nothing has happened. */
  take(after: DirectorState): Recording | undefined;
}

/** Longer than a silence that is waited for, at intervals of up to a second. */
const SPAN: Millis = seconds(10);
/** Reports, adverts and answers in one span: with 255 instances five seconds of heartbeats. */
const MAX_WEIGHT = 1250;

export function createRecorder(): Recorder {
  let older: Span | undefined;
  let newer: Span | undefined;
  return {
    note: (before, event, at) => {
      if (!newer || newer.weight >= MAX_WEIGHT || elapsed(newer.since, at) >= SPAN) {
        older = newer;
        newer = { before, since: at, events: [], weight: 0 };
      }
      newer.events.push({ at, event });
      newer.weight += weightOf(event);
    },
    take: (after) => {
      const first = older ?? newer;
      if (!first || !newer) return undefined;
      const events = older ? [...older.events, ...newer.events] : [...newer.events];
      return { before: first.before, events, after };
    },
  };
}

function weightOf(event: DirectorEvent): number {
  if (event.kind === "datagram") return 1 + event.envelope.instances.length;
  if (event.kind === "adverts") return 1 + event.heard.length;
  return event.kind === "probed" ? 1 + event.results.length : 1;
}

/** What makes the setup again. What is asked of servers, and who else is told of changes, may hold
 * secrets, and decides nothing. */
export function setupOptions({ elections, config, ...setup }: Setup): SetupOptions {
  const { configDigest, self, session, counter, keyId } = setup;
  const probes = config.probes.map(({ action, ...probe }) => ({
    ...probe,
    action: { kind: "file", path: action.kind } as const,
  }));
  const authenticated = Object.values(elections).some((one) => one.authenticated);
  const public_ = { ...config, probes, alerts: [] };
  return { config: public_, configDigest, self, session, counter, keyId, authenticated };
}

/** Without the password of VRRP version 2, which was compared before. */
export function withoutSecrets(event: DirectorEvent): DirectorEvent {
  if (event.kind !== "adverts") return event;
  const heard = event.heard.map((one) =>
    one.advert.authentication.kind === "none"
      ? one
      : { ...one, advert: { ...one.advert, authentication: { kind: "none" } as const } },
  );
  return { ...event, heard };
}

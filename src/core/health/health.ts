/** The health of all services: answers and decisions in, changes and the table out. */
import { earliest, type Instant, type Millis, ms } from "../../base/units.ts";
import type { Config, VirtualService } from "../../config/types.ts";
import { adminDeadline, unexpired, withEntry } from "./admin.ts";
import { admissible, gone } from "./leaving.ts";
import { judgeService, newService } from "./service.ts";
import type {
  AdminEntry,
  Circumstances,
  HealthChange,
  HealthState,
  HealthStep,
  LeavingServer,
  PeerOpinion,
  ProbeResult,
  ServiceHealth,
} from "./types.ts";

/** What follows from the configuration alone. */
export interface HealthPlan {
  readonly services: readonly VirtualService[];
  /** Positions of the services that ask, by probe. */
  readonly askers: ReadonlyMap<number, readonly number[]>;
  /** How long each service's checks need to find a dead server. */
  readonly detection: readonly Millis[];
  /** The intervals of the probes. */
  readonly intervals: readonly Millis[];
}

/** What the peers say of each service, by position. */
export type Opinions = (service: number) => readonly PeerOpinion[];

export function makePlan(config: Pick<Config, "services" | "probes">): HealthPlan {
  const askers = new Map<number, number[]>();
  for (const [position, { checks }] of config.services.entries()) {
    for (const { probe } of new Set(checks.flat())) {
      const known = askers.get(probe) ?? [];
      if (known.at(-1) !== position) askers.set(probe, [...known, position]);
    }
  }
  const detection = config.services.map(({ checks }) => {
    const times = checks.flat().map(({ probe, fall }) => {
      const { interval = 0, timeout = 0 } = config.probes[probe] ?? {};
      return interval * fall + timeout;
    });
    return ms(times.reduce((longest, time) => Math.max(longest, time), 0));
  });
  const intervals = config.probes.map(({ interval }) => interval);
  return { services: config.services, askers, detection, intervals };
}

export function newHealth(plan: HealthPlan, now: Instant): HealthState {
  const services = plan.services.map((service) => newService(service, now));
  const table = services.map(({ desired }) => desired);
  return { results: new Map(), services, admin: [], table, deadline: undefined };
}

/** Answers of the probes. */
export function probed(
  state: HealthState,
  plan: HealthPlan,
  news: readonly ProbeResult[],
  context: { readonly opinions: Opinions; readonly now: Instant },
): HealthStep {
  const results = new Map(state.results);
  const touched = new Set<number>();
  for (const result of news) {
    const known = results.get(result.probe);
    results.set(result.probe, result);
    const same = known?.ok === result.ok && known.run >= ENOUGH && result.run >= ENOUGH;
    if (same && known.weight === result.weight && known.reason === result.reason) continue;
    for (const position of plan.askers.get(result.probe) ?? []) touched.add(position);
  }
  return judgeThese({ ...state, results }, plan, touched, context);
}

/** Longer runs of equal answers decide nothing new: `rise` and `fall` end below. */
export const ENOUGH = 20;

/** Somebody's decision about a server, of this director or of another. */
export function administered(
  state: HealthState,
  plan: HealthPlan,
  entry: AdminEntry,
  context: { readonly opinions: Opinions; readonly now: Instant },
): HealthStep {
  const admin = withEntry(state.admin, entry);
  if (admin === state.admin) return { state, changes: [] };
  return judgeThese({ ...state, admin }, plan, plan.services.keys(), context);
}

/** Of the servers that drain in one service these are left: the others are out, and why. */
export function drained(
  state: HealthState,
  plan: HealthPlan,
  about: {
    readonly service: string;
    readonly left: readonly LeavingServer[];
    readonly why: string;
  },
  context: { readonly opinions: Opinions; readonly now: Instant },
): HealthStep {
  const position = plan.services.findIndex(({ name }) => name === about.service);
  const [service, before] = [plan.services[position], state.services[position]];
  if (!service || !before) return { state, changes: [] };
  const leaving = admissible(about.left, service);
  const told = gone(service, before.leaving, leaving, about.why);
  const judged = judgeThese(withLeaving(state, position, leaving), plan, [position], context);
  return { state: judged.state, changes: [...told, ...judged.changes] };
}

const withLeaving = (
  state: HealthState,
  position: number,
  leaving: readonly LeavingServer[],
): HealthState => ({
  ...state,
  services: state.services.map((one, i) => (i === position ? { ...one, leaving } : one)),
});

/** Time has passed, or a peer has spoken: what waits for either is looked at. */
export function reviewed(
  state: HealthState,
  plan: HealthPlan,
  context: { readonly opinions: Opinions; readonly now: Instant },
): HealthStep {
  const { now } = context;
  const admin = unexpired(state.admin, now);
  if (admin !== state.admin) {
    return judgeThese({ ...state, admin }, plan, plan.services.keys(), context);
  }
  if (!isDue(state, now)) return { state, changes: [] };
  const waiting = [...state.services.entries()]
    .filter(([, { deadline, doubtSince }]) => {
      const due = deadline !== undefined && deadline <= now;
      return due || doubtSince !== undefined;
    })
    .map(([position]) => position);
  return judgeThese(state, plan, waiting, context);
}

const isDue = ({ deadline, services }: HealthState, now: Instant): boolean =>
  (deadline !== undefined && deadline <= now) ||
  services.some(({ doubtSince }) => doubtSince !== undefined);

function judgeThese(
  state: HealthState,
  plan: HealthPlan,
  positions: Iterable<number>,
  { opinions, now }: { readonly opinions: Opinions; readonly now: Instant },
): HealthStep {
  const services: ServiceHealth[] = [...state.services];
  const changes: HealthChange[] = [];
  for (const position of positions) {
    const before = services[position];
    const service = plan.services[position];
    if (!before || !service) continue;
    const about: Circumstances = {
      service,
      results: state.results,
      admin: state.admin,
      opinions: opinions(position),
      detection: plan.detection[position] ?? ms(0),
      now,
    };
    const judged = judgeService(before, about);
    services[position] = judged.health;
    changes.push(...judged.changes);
  }
  return { state: settle(state, services), changes };
}

export function settle(state: HealthState, services: readonly ServiceHealth[]): HealthState {
  const same = services.every(({ desired }, i) => desired === state.table[i]);
  const deadlines = services.map(({ deadline }) => deadline);
  return {
    ...state,
    services,
    table: same ? state.table : services.map(({ desired }) => desired),
    deadline: earliest(...deadlines, adminDeadline(state.admin)),
  };
}

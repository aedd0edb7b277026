/** What somebody should look at: derived from state and observation, a sentence each. */
import { elapsed, type Instant } from "../../base/units.ts";
import { faultWords } from "../vrrp/cause.ts";
import { claimants } from "../vrrp/timing.ts";
import { holdsVips } from "./desired.ts";
import type { Observed } from "./observed.ts";
import { activeRoles } from "./roles.ts";
import { healthAlarms } from "./snapshot-health.ts";
import type { DirectorState } from "./types.ts";

export function alarmsOf(
  state: DirectorState,
  observed: Observed,
  now: Instant,
): readonly string[] {
  const { transport } = state.setup.config.heartbeat;
  return [
    ...(transport === "vrrp" ? advertAlarms(state, now) : peerAlarms(state, now)),
    ...Object.keys(state.instances).flatMap((name) => instanceAlarms(state, observed, name, now)),
    ...configurationAlarms(observed, now),
    ...kernelAlarms(state, observed),
    ...resyncAlarms(state, now),
    ...(observed.checksProblem === undefined ? [] : [observed.checksProblem]),
    ...(observed.journalProblem === undefined ? [] : [observed.journalProblem]),
    ...healthAlarms(state, now),
    ...alertAlarms(observed),
    ...(transport === "udp" && state.setup.config.heartbeat.secretFile === undefined
      ? ["heartbeats are not authenticated: anybody on the network can end the master's service"]
      : []),
  ];
}

const alertAlarms = ({ alerts }: Observed): readonly string[] =>
  alerts.flatMap(({ name, failures, lastFailure }) =>
    failures === 0 || !lastFailure ? [] : [`alert ${name} is not delivered: ${lastFailure.why}`],
  );

function configurationAlarms({ configuration }: Observed, now: Instant): readonly string[] {
  const { lastReload, confirmUntil } = configuration;
  const alarms: string[] = [];
  if (lastReload && !lastReload.done) {
    alarms.push(`the last reload was refused, and changed nothing: ${lastReload.sentence}`);
  }
  if (confirmUntil !== undefined) {
    const left = Math.max(0, Math.ceil(elapsed(now, confirmUntil) / 1000));
    alarms.push(`the configuration goes back in ${left} s unless somebody says: baton confirm`);
  }
  return alarms;
}

function peerAlarms(state: DirectorState, now: Instant): readonly string[] {
  const { heartbeat } = state.setup.config;
  const limit = heartbeat.interval * heartbeat.missed;
  return Object.values(state.peers).flatMap((peer) => {
    if (peer.heardAt === undefined) return [`${peer.name} was never heard`];
    if (elapsed(peer.heardAt, now) > limit) return [`${peer.name} is not heard any more`];
    const alarms: string[] = [];
    if (!peer.hearsUs) alarms.push(`${peer.name} does not hear this director`);
    if (peer.configDigest !== state.setup.configDigest) {
      alarms.push(`${peer.name} runs another configuration (${peer.configDigest})`);
    }
    return alarms;
  });
}

/** Long enough to be seen by who looks, whatever the interval. */
const REFUSED_MS = 10_000;

/** Who speaks with our router id and is not believed makes two masters. */
const advertAlarms = ({ refusedAdverts }: DirectorState, now: Instant): readonly string[] =>
  Object.entries(refusedAdverts)
    .filter(([, { at }]) => elapsed(at, now) <= REFUSED_MS)
    .map(([name, { from, why }]) => `${name}: an advert of ${from} is refused: ${why}`);

function instanceAlarms(
  state: DirectorState,
  observed: Observed,
  name: string,
  now: Instant,
): readonly string[] {
  const one = state.instances[name];
  const election = state.setup.elections[name];
  const config = state.setup.config.instances.find((instance) => instance.name === name);
  if (!one || !election || !config) return [];
  const alarms = one.faults.map((fault) => `${name}: ${faultWords(fault)}`);
  for (const view of Object.values(one.views)) {
    if (view.report.vipDigest !== state.setup.bases[name]?.vipDigest) {
      alarms.push(`${name}: ${view.director} has another list of VIPs`);
    }
  }
  if (one.blind) alarms.push(`${name}: nothing is heard on ${config.interface} any more`);
  if (one.kind === "backup" && one.doubtSince !== undefined) {
    alarms.push(`${name}: the takeover waits, this host may be cut off on ${config.interface}`);
  }
  const rivals = one.kind === "master" ? Object.entries(one.rivals) : [];
  for (const [rival, since] of rivals) {
    // One claim may have been on its way when this director took over.
    const again = (one.views[rival]?.claimAt ?? since) > since;
    if (again) alarms.push(`${name}: ${rival} claims to be master as well`);
  }
  const silent = one.kind !== "master" && claimants(one.views, election, now).length === 0;
  if (silent && state.running) alarms.push(`${name}: no master is heard`);
  const serving = holdsVips(state, name);
  for (const vip of config.vips) {
    const present = observed.addresses.some(
      (found) => found.address === vip.address && found.interface === vip.interface,
    );
    if (present !== serving) {
      const where = `${vip.address} is ${present ? "still" : "not"} on ${vip.interface}`;
      alarms.push(`${name}: ${where}`);
    }
  }
  return alarms;
}

/** Two passes and what lies between them take seconds. */
const LEARNING_LIMIT_MS = 20_000;

const resyncAlarms = ({ resync }: DirectorState, now: Instant): readonly string[] =>
  Object.entries(resync.learning)
    .filter(([, { since }]) => elapsed(since, now) > LEARNING_LIMIT_MS)
    .map(([instance, { from }]) => `${instance}: the connections of ${from} do not come across`);

function kernelAlarms(state: DirectorState, observed: Observed): readonly string[] {
  const { config } = state.setup;
  const wantsIpvs = config.services.length > 0 || config.connectionSync !== undefined;
  const alarms: string[] = [];
  if (wantsIpvs && observed.ipvsProblem !== undefined) alarms.push(`IPVS: ${observed.ipvsProblem}`);
  const { ipvs } = observed;
  if (config.connectionSync && ipvs && ipvs.readAt > lastMove(state)) {
    const running = ipvs.daemons.map(({ role }) => role);
    for (const role of activeRoles(state)) {
      if (!running.includes(role)) alarms.push(`the sync daemon does not run in role ${role}`);
    }
  }
  return alarms;
}

/** What was read before it says nothing about the roles that follow from it. */
const lastMove = ({ instances }: DirectorState): number =>
  Math.max(...Object.values(instances).map(({ since }) => since));

/** `baton release`: a host lets go of what a dead daemon left: VIPs off, a goodbye, the rest of it. */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { BatonError, messageOf } from "../base/errors.ts";
import { formatCidr } from "../base/ip.ts";
import { type Places, places } from "../base/places.ts";
import { serviceName } from "../base/service.ts";
import { ms } from "../base/units.ts";
import type { Config } from "../config/types.ts";
import { compose, EVERYBODY } from "../core/director/compose.ts";
import { initialDirector, makeSetup, type SetupOptions } from "../core/director/setup.ts";
import { step } from "../core/director/step.ts";
import type { DirectorState } from "../core/director/types.ts";
import { now } from "../os/clock.ts";
import { acquireLock, readSecretFile, writeAtomic } from "../os/files.ts";
import { parseSecrets } from "../os/hmac.ts";
import { openIpvs } from "../os/ipvs.ts";
import { openRtnl } from "../os/rtnl.ts";
import { type RunState, writeRunState } from "../os/run-state.ts";
import type { Envelope } from "../wire/heartbeat/types.ts";
import { errnoName } from "../wire/netlink/errno.ts";
import { type Configuration, configurationOfLastRun, loadConfiguration } from "./configuration.ts";
import { guardNotes } from "./guard.ts";
import { type Heartbeats, openHeartbeats } from "./heartbeat.ts";
import { nextCounter } from "./memory.ts";
import { readPrevious } from "./previous.ts";
import { placedRoute } from "./route-level.ts";
import { openVoice } from "./voice.ts";

export interface ReleaseOptions {
  readonly config: string | undefined;
  readonly root: string;
  /** Only where the daemon was ended in the middle of letting go: before a restart it adopts. */
  readonly ifLeaving: boolean;
}

/** To peers that were heard, so that the goodbye proves itself by echoing them. */
const GOODBYES = 3;
const GOODBYE_PAUSE_MS = 10;
/** Peers answer an unknown session once an interval, unless they are dead. */
const ANSWER_MARGIN_MS = 500;
const ANSWER_LIMIT_MS = 5000;
const ANSWER_PAUSE_MS = 50;

/** Does nothing where a living daemon holds the lock. Resolves with the exit code. */
export async function release(options: ReleaseOptions): Promise<number> {
  const at = places(options.root);
  const lock = await acquireLock(at.lock);
  if (lock.kind === "held") {
    say(
      `a living baton${lock.pid === undefined ? "" : ` (pid ${lock.pid})`} holds ${at.lock}: nothing done`,
    );
    return 1;
  }
  try {
    const { state } = await readPrevious(at);
    if (options.ifLeaving && !isLeaving(state)) return 0;
    if (!state) return await withoutNotes(options, at);
    if (state.ended) {
      say("no baton of this boot left anything behind");
      return 0;
    }
    if (!(await letGo(state, options, at))) return 1;
    // Nothing of it is left: the next one has nothing to let go of.
    const added = { vips: [], services: [], roles: [] };
    await writeRunState(at.state, { ...state, added, ended: true });
    await writeAtomic(at.guard, guardNotes({ deadline: ms(0), serveFor: undefined }, [], true));
    return 0;
  } finally {
    lock.release();
  }
}

/** Without notes nobody can tell whose an address is: those of the file are named, and stay. */
async function withoutNotes(options: ReleaseOptions, at: Places): Promise<number> {
  const configuration = await loadConfiguration(options.config ?? at.config, at).catch(
    () => undefined,
  );
  const vips = configuration?.config.instances.flatMap((instance) => instance.vips) ?? [];
  const rtnl = openRtnl();
  try {
    const standing = (await rtnl.addresses()).filter((one) =>
      vips.some((vip) => vip.address === one.address && vip.interface === one.interface),
    );
    for (const vip of standing) {
      const command = `ip addr del ${formatCidr(vip)} dev ${vip.interface}`;
      say(`${vip.address} is on ${vip.interface}, and no notes tell who put it there: ${command}`);
    }
    if (standing.length > 0) return 1;
    say("no baton of this boot left anything behind");
    return 0;
  } finally {
    rtnl.close();
  }
}

const isLeaving = (state: RunState | undefined): boolean =>
  state !== undefined &&
  !state.ended &&
  Object.values(state.instances).some((one) => one.state === "leaving");

/** VIPs first: two owners are what hurts. Whatever fails, the rest is still tried. */
async function letGo(state: RunState, options: ReleaseOptions, at: Places): Promise<boolean> {
  const vips = (): Promise<void> => removeVips(state);
  const goodbye = (): Promise<void> => sayGoodbye(state, options, at);
  const last = await configurationOf(state, options, at).catch(() => undefined);
  // Over VRRP it takes the peers a skew to come: the VIPs answer until one claims.
  const first = last?.config.heartbeat.transport === "vrrp" ? [goodbye, vips] : [vips, goodbye];
  const steps = [...first, () => removeRouting(state, options, at), () => clearIpvs(state)];
  let done = true;
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      done = false;
      say(messageOf(error));
    }
  }
  return done;
}

async function removeVips({ added }: RunState): Promise<void> {
  const rtnl = openRtnl();
  try {
    const links = await rtnl.links();
    const vips = added.vips.flatMap((vip) => {
      const link = links.find(({ name }) => name === vip.interface);
      return link ? [{ ...vip, index: link.index }] : [];
    });
    const errnos = await rtnl.removeAddresses(vips);
    for (const [index, vip] of vips.entries()) {
      const errno = errnos[index] ?? 0;
      say(
        `${formatCidr(vip)} is off ${vip.interface}${errno === 0 ? "" : `: ${errnoName(errno)}`}`,
      );
      if (errno !== 0) throw new BatonError("BATON_KERNEL", `${vip.address} could not be removed`);
    }
  } finally {
    rtnl.close();
  }
}

/** What of it is there; baton's own alone, by the protocol that it is marked with. */
async function removeRouting(state: RunState, options: ReleaseOptions, at: Places): Promise<void> {
  const { instances } = (await configurationOf(state, options, at)).config;
  const rtnl = openRtnl();
  try {
    const links = await rtnl.links();
    const index = (link: string): number | undefined =>
      links.find(({ name }) => name === link)?.index;
    await rtnl.removeRouting(
      instances.flatMap(({ routes, rules }) => [
        ...routes.flatMap((route) => placedRoute(route, index)),
        ...rules.map((rule) => ({ kind: "rule" as const, rule })),
      ]),
    );
  } finally {
    rtnl.close();
  }
}

/** In state initialize: once that is believed the peers take over at once.
 *
 * First in the name of the session that died, which needs no proof where it was the one heard; then
 * in a new one, which has to prove itself by what it echoes.
 */
async function sayGoodbye(state: RunState, options: ReleaseOptions, at: Places): Promise<void> {
  const { config, digest } = await configurationOf(state, options, at);
  if (config.heartbeat.transport === "vrrp") return await sayPriorityZero(state, config);
  const file = config.heartbeat.secretFile;
  const secrets = file === undefined ? [] : parseSecrets(await readSecretFile(file), file);
  const self = state.director;
  let listen: (envelope: Envelope, path: number) => void = () => undefined;
  const heartbeats = await openHeartbeats({
    config,
    self,
    secrets,
    onEnvelope: (envelope, path) => listen(envelope, path),
    onRefused: () => undefined,
  });
  const common = {
    config,
    self,
    configDigest: digest,
    keyId: secrets[0]?.id ?? 0,
    authenticated: secrets.length > 0,
  };
  await lastWords(state, common, heartbeats);
  const setup = makeSetup({
    ...common,
    session: randomBytes(16).toString("hex"),
    counter: await nextCounter(at, (error) => say(messageOf(error))),
  });
  let director = initialDirector(setup, now());
  listen = (envelope, path) => {
    director = step(director, { kind: "datagram", envelope, path }, now()).state;
  };
  const patience = Math.min(config.heartbeat.interval + ANSWER_MARGIN_MS, ANSWER_LIMIT_MS);
  const limit = now() + patience;
  for (let said = 0, toAll = 0; toAll < GOODBYES && now() < limit; said++) {
    const composed = compose(director, "released", now());
    director = composed.state;
    heartbeats.send(composed.datagrams);
    if (isEverybodyHeard(director)) toAll++;
    await pause(said < GOODBYES || toAll > 0 ? GOODBYE_PAUSE_MS : ANSWER_PAUSE_MS);
  }
  heartbeats.close();
  say(`the other directors were told that ${self} has let go`);
}

/** On protocol 112 nothing has to be proven: it is the address that speaks. Resolves when another
 * master claims each instance, or nobody can be coming. */
async function sayPriorityZero({ director, instances }: RunState, config: Config): Promise<void> {
  const rtnl = openRtnl();
  try {
    const [links, addresses] = await Promise.all([rtnl.links(), rtnl.addresses()]);
    const network = {
      link: (wanted: string) => links.find(({ name }) => name === wanted),
      addresses: () => addresses,
    };
    const waiting = new Set(
      Object.entries(instances)
        .filter(([, { state }]) => state === "master" || state === "leaving")
        .map(([name]) => name),
    );
    if (waiting.size === 0) return;
    const said = [...waiting].join(", ");
    const silent = (): void => undefined;
    const voice = await openVoice({
      config,
      self: director,
      secrets: [],
      network,
      hear: silent,
      onRefused: silent,
      hearAdvert: ({ instance, advert }) => {
        if (advert.priority > 0) waiting.delete(instance);
      },
    });
    const adverts = [...waiting].map((instance) => ({ instance, priority: 0 }));
    voice.say({ kind: "advertise", adverts });
    say(`priority 0 was sent for ${said}`);
    const limit = now() + slowestSkew(config) + CLAIM_MARGIN_MS;
    while (waiting.size > 0 && now() < limit) await pause(CLAIM_PAUSE_MS);
    // keepalived claims first, and brings its VIPs up then.
    await pause(VIPS_AFTER_CLAIM_MS);
    voice.close();
  } finally {
    rtnl.close();
  }
}

/** Of priority 1: all but an interval, a second in version 2. */
const slowestSkew = ({ heartbeat, instances }: Config): number =>
  instances.some(({ vrrp }) => vrrp?.version === 2) ? 1000 : heartbeat.interval;

const CLAIM_MARGIN_MS = 100;
const CLAIM_PAUSE_MS = 2;
const VIPS_AFTER_CLAIM_MS = 20;

/** Above all that the dead one can have said: a thousand years of adverts. */
const LAST_SEQUENCE = 2 ** 44;

async function lastWords(
  { session, counter }: RunState,
  common: Omit<SetupOptions, "session" | "counter">,
  heartbeats: Heartbeats,
): Promise<void> {
  if (session === undefined || counter === undefined) return;
  const dead = initialDirector(makeSetup({ ...common, session, counter }), now());
  const sequences = Object.fromEntries(
    [EVERYBODY, ...Object.keys(dead.peers)].map((name) => [name, LAST_SEQUENCE]),
  );
  let director: DirectorState = { ...dead, sequences };
  for (let said = 0; said < GOODBYES; said++) {
    const composed = compose(director, "released", now());
    director = composed.state;
    heartbeats.send(composed.datagrams);
    await pause(GOODBYE_PAUSE_MS);
  }
}

const isEverybodyHeard = ({ peers }: DirectorState): boolean =>
  Object.values(peers).every(({ session, candidate }) => (session ?? candidate) !== undefined);

/** A file that was changed or broken since must not keep the goodbye back. */
async function configurationOf(
  state: RunState,
  options: ReleaseOptions,
  at: Places,
): Promise<Pick<Configuration, "config" | "digest">> {
  const last = options.config === undefined ? await configurationOfLastRun(at) : undefined;
  return last ?? loadConfiguration(options.config ?? state.configFile, at);
}

async function clearIpvs({ added }: RunState): Promise<void> {
  if (added.services.length + added.roles.length === 0) return;
  const ipvs = await openIpvs();
  try {
    await ipvs.apply(added.roles.map((role) => ({ kind: "stopDaemon", role })));
    await ipvs.apply(added.services.map((key) => ({ kind: "removeService", key })));
    for (const role of added.roles) say(`the sync daemon in role ${role} is stopped`);
    for (const key of added.services) say(`service ${serviceName(key)} is removed`);
  } finally {
    ipvs.close();
  }
}

const say = (sentence: string): void => {
  process.stdout.write(`${sentence}\n`);
};

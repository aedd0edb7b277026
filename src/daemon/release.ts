/** `baton release`: a host lets go of what a dead daemon left: VIPs off, a goodbye, the rest of it. */
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { BatonError, messageOf } from "../base/errors.ts";
import { formatCidr } from "../base/ip.ts";
import { type Places, places } from "../base/places.ts";
import { serviceName } from "../base/service.ts";
import { compose } from "../core/director/compose.ts";
import { initialDirector, makeSetup } from "../core/director/setup.ts";
import { now } from "../os/clock.ts";
import { acquireLock, readSecretFile } from "../os/files.ts";
import { parseSecrets } from "../os/hmac.ts";
import { openIpvs } from "../os/ipvs.ts";
import { openRtnl } from "../os/rtnl.ts";
import { type RunState, writeRunState } from "../os/run-state.ts";
import { errnoName } from "../wire/netlink/errno.ts";
import { configurationOfLastRun, loadConfiguration, Refusal } from "./configuration.ts";
import { openHeartbeats } from "./heartbeat.ts";
import { nextCounter } from "./memory.ts";
import { readPrevious } from "./previous.ts";

export interface ReleaseOptions {
  readonly config: string | undefined;
  readonly root: string;
  /** Only where the daemon was ended in the middle of letting go: before a restart it adopts. */
  readonly ifLeaving: boolean;
}

const GOODBYES = 3;
const GOODBYE_PAUSE_MS = 10;

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
    if (!state || state.ended) {
      say("no baton of this boot left anything behind");
      return 0;
    }
    if (!(await letGo(state, options, at))) return 1;
    // Nothing of it is left: the next one has nothing to let go of.
    const added = { vips: [], services: [], roles: [] };
    await writeRunState(at.state, { ...state, added, ended: true });
    return 0;
  } finally {
    lock.release();
  }
}

const isLeaving = (state: RunState | undefined): boolean =>
  state !== undefined &&
  !state.ended &&
  Object.values(state.instances).some((one) => one.state === "leaving");

/** VIPs first: two owners are what hurts. Whatever fails, the rest is still tried. */
async function letGo(state: RunState, options: ReleaseOptions, at: Places): Promise<boolean> {
  const steps = [
    () => removeVips(state),
    () => sayGoodbye(state, options, at),
    () => clearIpvs(state),
  ];
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

/** A new session with a higher counter, in state initialize: the peers take over at once. */
async function sayGoodbye(state: RunState, options: ReleaseOptions, at: Places): Promise<void> {
  const { config, digest } = await configurationOf(options.config ?? state.configFile, at);
  const file = config.heartbeat.secretFile;
  const secrets = file === undefined ? [] : parseSecrets(await readSecretFile(file), file);
  const self = state.director;
  const heartbeats = await openHeartbeats({
    config,
    self,
    secrets,
    onEnvelope: () => undefined,
    onRefused: () => undefined,
  });
  const setup = makeSetup({
    config,
    self,
    configDigest: digest,
    session: randomBytes(16).toString("hex"),
    counter: await nextCounter(at, (error) => say(messageOf(error))),
    keyId: secrets[0]?.id ?? 0,
    authenticated: secrets.length > 0,
  });
  let director = initialDirector(setup, now());
  for (let i = 0; i < GOODBYES; i++) {
    const composed = compose(director, "released", now());
    director = composed.state;
    heartbeats.send(composed.datagrams);
    await pause(GOODBYE_PAUSE_MS);
  }
  heartbeats.close();
  say(`the other directors were told that ${self} has let go`);
}

/** A file that was broken since must not keep the goodbye back: the daemon ran with another one. */
async function configurationOf(
  file: string,
  at: Places,
): Promise<Awaited<ReturnType<typeof configurationOfLastRun>>> {
  try {
    return await loadConfiguration(file, at);
  } catch (error) {
    if (error instanceof Refusal) return configurationOfLastRun(at, error);
    throw error;
  }
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

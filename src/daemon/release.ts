/** `baton release`: a host lets go of what a dead daemon left: VIPs off, a goodbye, the rest of it. */
import { BatonError, messageOf } from "../base/errors.ts";
import { formatCidr } from "../base/ip.ts";
import { type Places, places } from "../base/places.ts";
import { serviceName } from "../base/service.ts";
import { ms } from "../base/units.ts";
import type { Config } from "../config/types.ts";
import { acquireLock, writeAtomic } from "../os/files.ts";
import { openIpvs } from "../os/ipvs.ts";
import { openRtnl } from "../os/rtnl.ts";
import { type RunState, writeRunState } from "../os/run-state.ts";
import { errnoName } from "../wire/netlink/errno.ts";
import { type Configuration, configurationOfLastRun, loadConfiguration } from "./configuration.ts";
import { sayGoodbye } from "./goodbye.ts";
import { guardNotes } from "./guard.ts";
import { readPrevious } from "./previous.ts";
import { placedRoute, type Routing } from "./route-level.ts";
import { isVmac } from "./vmac-level.ts";

export interface ReleaseOptions {
  readonly config: string | undefined;
  readonly root: string;
  /** Only where the daemon was ended in the middle of letting go: before a restart it adopts. */
  readonly ifLeaving: boolean;
}

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
    const added = { vips: [], services: [], roles: [], links: [] };
    await writeRunState(at.state, { ...state, added, ended: true });
    await writeAtomic(at.guard, guardNotes(NO_PLAN, { vips: [], links: [] }, true));
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
  const vips = async (): Promise<void> => {
    // Where there is a virtual MAC its VIPs go with the link; a link that stays keeps no VIP.
    try {
      await removeLinks(state);
    } finally {
      await removeVips(state);
    }
  };
  const goodbye = (): Promise<void> => farewell(state, options, at);
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

const NO_PLAN = { deadline: ms(0), serveFor: undefined };

/** Links of virtual MACs. */
async function removeLinks({ added }: RunState): Promise<void> {
  const rtnl = openRtnl();
  try {
    const links = await rtnl.links();
    for (const vmac of added.links ?? []) {
      const link = links.find((one) => one.name === vmac.name && isVmac(one, vmac));
      if (!link) continue;
      const errno = await rtnl.changeLink({ kind: "remove", index: link.index });
      if (errno !== 0) {
        const sentence = `${vmac.name} could not be removed: ${errnoName(errno)}`;
        throw new BatonError("BATON_KERNEL", sentence);
      }
      say(`${vmac.name}, the link of a virtual MAC, is gone`);
    }
  } finally {
    rtnl.close();
  }
}

/** What of it is there; baton's own alone, by the protocol that it is marked with. */
async function removeRouting(state: RunState, options: ReleaseOptions, at: Places): Promise<void> {
  const { routes, rules } =
    state.added.routing ?? routingOf((await configurationOf(state, options, at)).config);
  const rtnl = openRtnl();
  try {
    const links = await rtnl.links();
    const index = (link: string): number | undefined =>
      links.find(({ name }) => name === link)?.index;
    await rtnl.removeRouting([
      ...routes.flatMap((route) => placedRoute(route, index)),
      ...rules.map((rule) => ({ kind: "rule" as const, rule })),
    ]);
  } finally {
    rtnl.close();
  }
}

const routingOf = ({ instances }: Config): Routing => ({
  routes: instances.flatMap((one) => one.routes),
  rules: instances.flatMap((one) => one.rules),
});

async function farewell(state: RunState, options: ReleaseOptions, at: Places): Promise<void> {
  await sayGoodbye(state, await configurationOf(state, options, at), at);
}

/**
 * A file that was changed or broken since must not keep the goodbye back; what another version
 * resolved is only good where there is no such file.
 */
async function configurationOf(
  state: RunState,
  options: ReleaseOptions,
  at: Places,
): Promise<Pick<Configuration, "config" | "digest">> {
  const last = options.config === undefined ? await configurationOfLastRun(at) : undefined;
  if (last?.sameVersion) return last;
  return loadConfiguration(options.config ?? state.configFile, at).catch((error: unknown) => {
    if (last) return last;
    throw error;
  });
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

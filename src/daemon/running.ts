/** One running director: the loop, the levels it asks for, and the kernel that answers. */
import type { Millis } from "../base/units.ts";
import type { Config } from "../config/types.ts";
import { desiredOf, holdsVips, isElectionOpen, managedVips } from "../core/director/desired.ts";
import type { Observed } from "../core/director/observed.ts";
import { directorOf } from "../core/director/setup.ts";
import { snapshot } from "../core/director/snapshot.ts";
import type { Snapshot } from "../core/director/snapshot-types.ts";
import type { DirectorEffect, DirectorState } from "../core/director/types.ts";
import { passText } from "../core/resync/text.ts";
import type { PlacedVip } from "../core/types.ts";
import { vipKey } from "../core/vip/diff.ts";
import { now } from "../os/clock.ts";
import type { NetworkChange } from "../os/rtnl.ts";
import { readSysctl } from "../os/sysctl.ts";
import { type Announcer, openAnnouncer } from "./announcer.ts";
import { type Checks, createChecks } from "./checks.ts";
import { createChronicle } from "./chronicle.ts";
import { connectionsOf } from "./counting.ts";
import { execute } from "./execute.ts";
import { faultEvents, instancesOn, networkFaults } from "./faults.ts";
import { watchFirstPacket } from "./first-packet.ts";
import type { Heartbeats } from "./heartbeat.ts";
import type { IpvsLevelOptions, IpvsReading } from "./ipvs-level.ts";
import { createLevels, type Levels } from "./levels.ts";
import { createLimiter } from "./limiter.ts";
import type { Log } from "./log.ts";
import { type Lookout, openLookout } from "./lookout.ts";
import { createLoop, type Loop } from "./loop.ts";
import type { Memory } from "./memory.ts";
import type { Network } from "./network.ts";
import { createResync, type Resync } from "./resync.ts";
import { saveRunState } from "./save.ts";

/** After this long a VIP that the kernel refused is tried again. */
const REFUSED_VIP_PAUSE_MS = 10_000;
const PATROL_MS = 2500;
/** Whether this host is a router changes seldom, and a file costs a millisecond. */
const LOOKS_A_READING = 8;
const FORWARDING = "net.ipv6.conf.all.forwarding";

export interface RunningOptions {
  readonly initial: DirectorState;
  readonly configFile: string;
  readonly network: Network;
  readonly memory: Memory;
  readonly guardDeadline: Millis;
  readonly log: Log;
  /** VIPs, services, sync roles that an earlier run added; what is not wanted any more goes. */
  readonly leftovers: IpvsLevelOptions["leftovers"] & { readonly vips: readonly PlacedVip[] };
  readonly heartbeats: () => Heartbeats | undefined;
  readonly onStopped: () => void;
}

export interface Running {
  readonly loop: Loop;
  readonly levels: Levels;
  snapshot(): Snapshot;
  refused(reason: string, from: string): void;
  networkChanged(change: NetworkChange | undefined): void;
  /** Writes the run state once more. */
  save(): void;
  /** Resolves when it is written, or could not be. */
  remember(): Promise<void>;
  /** Told of every effect, after it was carried out. */
  subscribe(listener: (effect: DirectorEffect) => void): () => void;
  close(): void;
}

export function createRunning(options: RunningOptions): Running {
  return new Host(options);
}

class Host implements Running {
  readonly loop: Loop;
  readonly levels: Levels;
  readonly #options: RunningOptions;
  readonly #config: Config;
  readonly #announcer: Announcer;
  readonly #resync: Resync;
  readonly #chronicle = createChronicle();
  readonly #limiter = createLimiter();
  readonly #listeners = new Set<(effect: DirectorEffect) => void>();
  readonly #patrol: NodeJS.Timeout;
  readonly #lookout: Lookout;
  readonly #checks: Checks;
  #started = false;
  #saving = false;
  #closed = false;
  #judging = false;
  #forwards = false;
  #looks = 0;
  readonly #changedLinks = new Set<string>();
  /** Links without a carrier when they were last looked at. */
  readonly #downLinks = new Set<string>();
  #ipvsProblem: string | undefined;
  #reading: { readonly value: IpvsReading; readonly at: ReturnType<typeof now> } | undefined;
  #present: ReadonlySet<string> = new Set();

  constructor(options: RunningOptions) {
    this.#options = options;
    this.#config = options.initial.setup.config;
    this.#announcer = openAnnouncer({
      link: (name) => options.network.link(name),
      forwards: () => this.#forwards,
      onTrouble: (sentence) => this.#complain(sentence),
    });
    this.levels = this.#createLevels();
    this.#resync = this.#createResync();
    this.loop = createLoop({
      initial: options.initial,
      execute: (effect, state) => this.#execute(effect, state),
      settle: (state) => this.#settle(state),
      onDropped: () => this.#complain("more events than the loop can take; some were dropped"),
    });
    this.#lookout = openLookout({
      self: options.initial.setup.self,
      config: this.#config,
      network: options.network,
      state: () => this.loop.state(),
      dispatch: (event) => this.loop.dispatch(event),
    });
    this.#checks = createChecks({
      config: this.#config,
      log: options.log,
      onResults: (results) => this.loop.dispatch({ kind: "probed", results }),
    });
    this.#patrol = setInterval(() => void this.#look(), PATROL_MS);
    for (const { name } of this.#config.instances) this.#judge(name);
  }

  snapshot(): Snapshot {
    return snapshot(this.loop.state(), this.#observed(), now());
  }

  refused(reason: string, from: string): void {
    const suppressed = this.#limiter.count(reason, now());
    // Every start begins with datagrams that are not proven yet.
    if (suppressed !== undefined && reason !== "unproven") {
      this.#options.log.warn(`refused a datagram: ${reason}`, { from, suppressed });
    }
  }

  /** A thousand notifications of one turn are judged once. */
  networkChanged(change: NetworkChange | undefined): void {
    if (change?.kind === "linkChanged") this.#changedLinks.add(change.link.name);
    if (this.#judging) return;
    this.#judging = true;
    setImmediate(() => {
      this.#judging = false;
      this.#networkSettled();
    });
  }

  subscribe(listener: (effect: DirectorEffect) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#patrol);
    this.#lookout.close();
    this.#checks.close();
    saveRunState(this.#options, this.loop.state(), this.#present, true);
    this.loop.close();
    this.levels.close();
    this.#resync.close();
    this.#announcer.close();
  }

  #createResync(): Resync {
    const { network, log } = this.#options;
    return createResync({
      config: this.#config,
      tables: () => this.levels.ipvs?.reading?.tables ?? [],
      ownAddresses: () => network.addresses().map(({ address }) => address),
      owns: (instance) => {
        const kind = this.loop.state().instances[instance]?.kind;
        return kind === "master" || kind === "leaving";
      },
      onEnd: (result) => {
        log.info(passText(result));
        this.loop.dispatch({ kind: "resynced", result });
        this.#count();
      },
    });
  }

  #createLevels(): Levels {
    const { network, leftovers, initial, log } = this.#options;
    const repaired = (what: string): void => {
      this.#chronicle.repaired(what);
      log.warn(`repaired: ${what}`);
    };
    const usesIpvs = this.#config.services.length > 0 || this.#config.connectionSync !== undefined;
    return createLevels({
      vips: {
        network,
        managed: [...managedVips(initial), ...leftovers.vips],
        own: directorOf(this.#config, initial.setup.self).paths.map(({ address }) => address),
        onSettled: (present) => this.#vipsSettled(present),
        onRepaired: (vips) => {
          for (const vip of vips) repaired(`VIP ${vip.address} was missing on ${vip.interface}`);
          this.#reannounce(vips);
        },
        onRefused: (vip, code) => this.#vipRefused(vip, code),
      },
      ipvs:
        usesIpvs || leftovers.services.length + leftovers.roles.length > 0
          ? {
              table: this.#config.ipvs.table,
              leftovers,
              sync: this.#config.connectionSync !== undefined,
              onRepaired: repaired,
              onProblem: (sentence) => this.#ipvsTrouble(sentence),
            }
          : undefined,
      onRepaired: repaired,
      onTrouble: (sentence) => this.#complain(sentence),
    });
  }

  #execute(effect: DirectorEffect, state: DirectorState): void {
    const { log, memory, heartbeats, onStopped } = this.#options;
    execute(effect, {
      log,
      memory,
      heartbeats: heartbeats(),
      announcer: this.#announcer,
      resync: this.#resync,
      checks: this.#checks,
      chronicle: this.#chronicle,
      refused: (reason, from) => this.refused(reason, from),
      onAdministered: () => this.save(),
      onStopped,
      config: state.setup.config,
    });
    for (const listener of this.#listeners) listener(effect);
    if (effect.kind === "transition") this.save();
    if (effect.kind === "told" && effect.story.kind === "took") this.#awaitClients(effect.instance);
  }

  #awaitClients(instance: string): void {
    const { ipvs } = this.levels;
    const keys = this.#config.services
      .filter((service) => service.instance === instance)
      .map(({ service }) => service.key);
    if (!ipvs) return;
    void watchFirstPacket(ipvs, keys, () => this.loop.dispatch({ kind: "served", instance }));
  }

  /** Levels follow the state; what is already as wanted costs a comparison. */
  #settle(state: DirectorState): void {
    if (state.running && !this.#started) this.#checks.start();
    this.#started ||= state.running;
    // Before the start nothing is decided, so nothing is wanted.
    if (this.#started) this.levels.request(desiredOf(state));
  }

  /** Tells the election what the kernel holds, where it waits to know. */
  #vipsSettled(present: ReadonlySet<string>): void {
    this.#present = present;
    for (const { name, vips } of this.#config.instances) {
      const one = this.loop.state().instances[name];
      const standing = vips.filter((vip) => present.has(vipKey(vip))).length;
      if (holdsVips(this.loop.state(), name)) {
        const all = standing === vips.length;
        if (all && one?.kind === "master" && one.vips === "pending") this.#tell("vipsOn", name);
      } else if (standing === 0) {
        const waits = one?.kind === "leaving" || (one?.kind === "fault" && !one.released);
        if (waits) this.#tell("vipsOff", name);
      }
    }
    this.save();
  }

  /** Resolves when the state as it is now is on the disk, or could not be written. */
  async remember(): Promise<void> {
    this.save();
    await Promise.resolve();
    await this.#options.memory.flush();
  }

  /** Once a turn: all instances may move in one, and each writing tells of all of them. */
  save(): void {
    if (this.#saving) return;
    this.#saving = true;
    queueMicrotask(() => {
      this.#saving = false;
      // The last word of a run says that it has ended.
      if (this.#closed) return;
      saveRunState(this.#options, this.loop.state(), this.#present);
    });
  }

  #tell(kind: "vipsOn" | "vipsOff", instance: string): void {
    this.loop.dispatch({ kind, instance });
  }

  /** Neighbours may have learned another owner while the VIP was gone. */
  #reannounce(again: readonly PlacedVip[]): void {
    const keys = new Set(again.map(vipKey));
    for (const { name, vips } of this.#config.instances) {
      if (vips.some((vip) => keys.has(vipKey(vip)))) this.#tell("vipsOn", name);
    }
  }

  #vipRefused(vip: PlacedVip, code: string): void {
    this.#options.log.error(`the kernel refuses VIP ${vip.address} on ${vip.interface}: ${code}`);
    for (const { name, vips } of this.#config.instances) {
      if (!vips.some((one) => vipKey(one) === vipKey(vip))) continue;
      this.loop.dispatch({ kind: "faulted", instance: name, fault: "vipRefused" });
      setTimeout(() => {
        this.loop.dispatch({ kind: "repaired", instance: name, fault: "vipRefused" });
      }, REFUSED_VIP_PAUSE_MS).unref();
    }
  }

  #networkSettled(): void {
    for (const { name } of this.#config.instances) this.#judge(name);
    this.levels.vipsChanged();
    for (const name of this.#changedLinks) {
      const running = this.#options.network.link(name)?.running ?? false;
      if (!running) this.#downLinks.add(name);
      else if (this.#downLinks.delete(name)) {
        const synced = this.#config.connectionSync?.interface === name;
        if (synced) this.loop.dispatch({ kind: "syncMissed" });
        for (const instance of instancesOn(this.#config, name)) {
          this.loop.dispatch({ kind: "linkReturned", instance: instance.name });
        }
      }
    }
    this.#changedLinks.clear();
  }

  /** Faults are derived from what the network is now, whatever the notification was. */
  #judge(name: string): void {
    const { network, initial } = this.#options;
    const instance = this.#config.instances.find((one) => one.name === name);
    if (!instance) return;
    const self = directorOf(this.#config, initial.setup.self);
    const found = networkFaults(instance, self, network);
    const known = this.loop.state().instances[name]?.faults ?? [];
    for (const event of faultEvents(instance, found, known)) this.loop.dispatch(event);
  }

  async #look(): Promise<void> {
    if (this.#looks++ % LOOKS_A_READING === 0) {
      this.#forwards = (await readSysctl(FORWARDING)) === "1";
    }
    const isUrgent = (): boolean => isElectionOpen(this.loop.state(), now());
    if (isUrgent()) return;
    await this.levels.patrol(isUrgent).catch((error: unknown) => this.#complain(String(error)));
    this.#count();
  }

  /** Connections of each instance, for the peer to compare. */
  #count(): void {
    const reading = this.levels.ipvs?.reading;
    if (!reading) return;
    this.#reading = { value: reading, at: now() };
    for (const { name } of this.#config.instances) {
      const connections = connectionsOf(this.#config, reading.tables, name);
      const known = this.loop.state().connections[name];
      if (known?.[0] === connections[0] && known[1] === connections[1]) continue;
      this.loop.dispatch({ kind: "counted", instance: name, connections });
    }
  }

  #observed(): Observed {
    const reading = this.#reading ?? this.#firstReading();
    return {
      addresses: this.#options.network.addresses(),
      ipvs: reading && { ...reading.value, readAt: reading.at },
      ipvsProblem: this.#ipvsProblem,
      discarded: { ...this.#limiter.totals(), ...this.#options.heartbeats()?.troubles() },
      checksProblem: this.#checks.problem(),
      repairs: this.#chronicle.repairs(),
      history: this.#chronicle.history(),
      lag: this.loop.lag(),
    };
  }

  #firstReading(): { value: IpvsReading; at: ReturnType<typeof now> } | undefined {
    const value = this.levels.ipvs?.reading;
    return value && { value, at: now() };
  }

  #ipvsTrouble(sentence: string | undefined): void {
    if (sentence !== undefined && sentence !== this.#ipvsProblem) {
      this.#options.log.error(`IPVS: ${sentence}`);
    }
    this.#ipvsProblem = sentence;
  }

  #complain(sentence: string): void {
    const suppressed = this.#limiter.count(sentence, now());
    if (suppressed !== undefined) this.#options.log.warn(sentence, { suppressed });
  }
}

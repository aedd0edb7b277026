/** One running director: the loop, the levels it asks for, and the kernel that answers. */
import type { Config } from "../config/types.ts";
import { desiredOf, desiresSame } from "../core/director/desired.ts";
import type { DirectorEffect } from "../core/director/effects.ts";
import type { Observed } from "../core/director/observed.ts";
import { snapshot } from "../core/director/snapshot.ts";
import type { Snapshot } from "../core/director/snapshot-types.ts";
import type { DirectorState } from "../core/director/types.ts";
import type { Step } from "../core/journal/lines.ts";
import { passText } from "../core/resync/text.ts";
import { now } from "../os/clock.ts";
import type { NetworkChange } from "../os/rtnl.ts";
import { type Announcer, openAnnouncer } from "./announcer.ts";
import { type Checks, createChecks } from "./checks.ts";
import { execute } from "./execute.ts";
import { awaitClients } from "./first-packet.ts";
import { levelsOf } from "./host-levels.ts";
import { judgeLinks, type LinkJudge } from "./judge-links.ts";
import type { Levels } from "./levels.ts";
import { createLimiter } from "./limiter.ts";
import { type Lookout, openLookout } from "./lookout.ts";
import { createLoop, type Loop } from "./loop.ts";
import { createNotifier, type Notifier } from "./notifier.ts";
import { beginPatrol, type Patrol } from "./patrol.ts";
import { createResync, type Resync } from "./resync.ts";
import type { Running, RunningOptions } from "./running.ts";
import { createSaver, type Saver } from "./saver.ts";
import type { Told } from "./tell-vips.ts";
import { tellOutside } from "./telling.ts";
import { createTracker, type Tracker } from "./tracker.ts";
import { snapshotInTurns } from "./turns.ts";

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
  /** Complaints recur as well, and are no datagrams. */
  readonly #complaints = createLimiter();
  readonly #listeners = new Set<(effect: DirectorEffect) => void>();
  readonly #patrol: Patrol;
  readonly #saver: Saver;
  readonly #lookout: Lookout;
  readonly #checks: Checks;
  readonly #links: LinkJudge;
  readonly #tracker: Tracker;
  readonly #notifier: Notifier;
  #started = false;
  /** The state whose levels were asked for last. */
  #settled: DirectorState | undefined;
  #ipvsProblem: string | undefined;

  constructor(options: RunningOptions) {
    this.#options = options;
    this.#config = options.initial.setup.config;
    this.#announcer = openAnnouncer({
      interval: this.#config.announce.interval,
      link: (name) => options.network.link(name),
      forwards: () => this.#patrol.forwards(),
      onTrouble: (sentence) => this.#complain(sentence),
    });
    this.#saver = createSaver(options, () => this.loop.state());
    this.levels = this.#createLevels();
    this.#resync = this.#createResync();
    options.journal.begin();
    this.loop = createLoop({
      initial: options.initial,
      execute: (effect, state) => this.#execute(effect, state),
      stepped: (step) => this.#stepped(step),
      settle: (state) => this.#settle(state),
      lag: options.lag,
      onDropped: () => this.#complain("more events than the loop can take; some were dropped"),
      meters: options.meters,
    });
    this.#lookout = openLookout({
      ...this.#told(),
      self: options.initial.setup.self,
      network: options.network,
    });
    this.#checks = createChecks({
      config: this.#config,
      log: options.log,
      onResults: (results) => this.loop.dispatch({ kind: "probed", results }),
    });
    this.#tracker = createTracker({
      config: this.#config,
      runs: options.trackRuns,
      network: options.network,
      onVerdict: (track, verdict) => {
        options.log.info(`${track}: ${verdict.why}`, { track });
        this.loop.dispatch({ kind: "tracked", track, verdict });
      },
    });
    this.#notifier = createNotifier(this.#config, options.log);
    this.#patrol = beginPatrol({
      ...this.#told(),
      levels: this.levels,
      settled: () => this.#settled,
      onTrouble: (sentence) => this.#complain(sentence),
    });
    // Last: what it finds is told at once, to all of the above.
    this.#links = judgeLinks({
      ...this.#told(),
      self: options.initial.setup.self,
      network: options.network,
      onSettled: () => this.levels.vipsChanged(),
    });
  }

  snapshot(): Snapshot {
    return snapshot(this.loop.state(), this.#observed(), now());
  }

  snapshotInTurns(): Promise<Snapshot> {
    return snapshotInTurns(this.loop.state(), this.#observed(), now());
  }

  refused(reason: string, from: string): void {
    const suppressed = this.#options.limiter.count(reason, now());
    // Every start begins with datagrams that are not proven yet.
    if (suppressed !== undefined && reason !== "unproven") {
      this.#options.log.warn(`refused a datagram: ${reason}`, { from, suppressed });
    }
  }

  networkChanged(change: NetworkChange | undefined): void {
    this.#options.voice()?.networkChanged();
    this.#links.changed(change);
    this.#tracker.networkChanged();
  }

  removing(instances: readonly string[]): void {
    this.#notifier.removing(instances);
  }

  async notified(): Promise<void> {
    await Promise.all([this.#notifier.settled(), this.#options.alerts.settled()]);
  }

  subscribe(listener: (effect: DirectorEffect) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  retire(): void {
    this.#checks.retire();
    void this.#notifier.settled().finally(() => this.#notifier.close());
    this.#end();
  }

  close(): void {
    this.#saver.end();
    this.#checks.close();
    this.#notifier.close();
    this.#end();
  }

  #end(): void {
    this.#saver.close();
    this.#patrol.close();
    this.#lookout.close();
    this.#tracker.close();
    this.loop.close();
    this.levels.close();
    this.#resync.close();
    this.#announcer.close();
  }

  #stepped(step: Step): void {
    const { meters, journal } = this.#options;
    meters.stepped(step.event, step.before, { state: step.after, effects: step.effects }, step.at);
    journal.stepped(step);
  }

  #told(): Told {
    return {
      config: this.#config,
      state: () => this.loop.state(),
      dispatch: (event) => this.loop.dispatch(event),
    };
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
        this.#patrol.count();
      },
    });
  }

  #createLevels(): Levels {
    const { network, leftovers, initial, log, chronicle, meters, journal } = this.#options;
    return levelsOf({
      initial,
      network,
      leftovers,
      log,
      told: this.#told(),
      onPresent: (present) => this.#saver.present(present),
      onRepaired: (what) => {
        chronicle.repaired(what);
        meters.repaired();
        journal.note({ kind: "repair", what });
      },
      onIpvsProblem: (sentence) => this.#ipvsTrouble(sentence),
      onTrouble: (sentence) => this.#complain(sentence),
    });
  }

  #execute(effect: DirectorEffect, state: DirectorState): void {
    const { log, memory, voice, onStopped } = this.#options;
    execute(effect, state, {
      log,
      memory,
      voice: voice(),
      announcer: this.#announcer,
      resync: this.#resync,
      checks: this.#checks,
      chronicle: this.#options.chronicle,
      refused: (reason, from) => this.refused(reason, from),
      onAdministered: () => this.save(),
      onStopped,
      config: state.setup.config,
    });
    tellOutside(effect, state, { notifier: this.#notifier, alerts: this.#options.alerts });
    for (const listener of this.#listeners) listener(effect);
    if (effect.kind === "transition") this.save();
    if (effect.kind === "told" && effect.story.kind === "took") awaitClients(this, effect.instance);
  }

  /** Levels follow the state; what is already as wanted costs a comparison. */
  #settle(state: DirectorState): void {
    if (state.running && !this.#started) {
      this.#checks.start();
      this.#tracker.start();
    }
    this.#started ||= state.running;
    // Before the start nothing is decided, so nothing is wanted.
    if (!this.#started || (this.#settled && desiresSame(this.#settled, state))) return;
    this.#settled = state;
    this.levels.request(desiredOf(state));
  }

  remember(): Promise<void> {
    return this.#saver.remember();
  }

  save(): void {
    this.#saver.save();
  }

  #observed(): Observed {
    const reading = this.#patrol.reading();
    return {
      addresses: this.#options.network.addresses(),
      ipvs: reading && { ...reading.value, readAt: reading.at },
      ipvsProblem: this.#ipvsProblem,
      discarded: { ...this.#options.limiter.totals(), ...this.#options.voice()?.troubles() },
      checksProblem: this.#checks.problem(),
      journalProblem: this.#options.journal.problem(),
      alerts: this.#options.alerts.facts(),
      repairs: this.#options.chronicle.repairs(),
      history: this.#options.chronicle.history(),
      serverHistory: this.#options.chronicle.servers(),
      decisions: this.#options.chronicle.decisions(),
      lag: this.loop.lag(),
      ...this.#options.facts(),
    };
  }

  #ipvsTrouble(sentence: string | undefined): void {
    if (sentence !== undefined && sentence !== this.#ipvsProblem) {
      this.#options.log.error(`IPVS: ${sentence}`);
    }
    this.#ipvsProblem = sentence;
  }

  #complain(sentence: string): void {
    const suppressed = this.#complaints.count(sentence, now());
    if (suppressed !== undefined) this.#options.log.warn(sentence, { suppressed });
  }
}

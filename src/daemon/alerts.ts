/** Everybody who is told of what happens, beside programs and pipe; it outlives a configuration. */
import { messageOf } from "../base/errors.ts";
import { type Instant, ms } from "../base/units.ts";
import type { Alert } from "../config/alert-types.ts";
import { isRemindDue, troublesOf, wants } from "../core/alert/event.ts";
import type { AlertEvent, AlertFacts } from "../core/alert/types.ts";
import type { DirectorState } from "../core/director/types.ts";
import { now } from "../os/clock.ts";
import { createSink, type Sink } from "./alert-sink.ts";
import { type Courier, createCourier } from "./courier.ts";
import { type AlertStore, type Kept, NOWHERE } from "./kept-alerts.ts";
import type { Log } from "./log.ts";

/** What is to be told again is looked for this often. */
const LOOK_MS = 1000;
const QUIET_STEP_MS = 20;
/** What is delivered at once never meets the disk. */
const KEEP_AFTER_MS = 1000;

export interface Alerts {
  /** Who is told from now on; what waits for those that stay goes on waiting. */
  serve(state: () => DirectorState): void;
  tell(event: AlertEvent): void;
  facts(): readonly AlertFacts[];
  /** Goes on with what an earlier run could not tell. */
  resume(): Promise<void>;
  /** Resolves when what waits is on the disk, or can not be. */
  keep(): Promise<void>;
  /** Resolves when nothing waits but for what could not be delivered. */
  settled(): Promise<void>;
  close(): void;
}

export function createAlerts(
  log: Log,
  courier: Courier = createCourier(),
  store: AlertStore = NOWHERE,
): Alerts {
  return new Switchboard(log, courier, store);
}

const gone = (count: number): string =>
  count === 1 ? "1 event of an earlier run is lost" : `${count} events of an earlier run are lost`;

class Switchboard implements Alerts {
  readonly #log: Log;
  readonly #courier: Courier;
  readonly #store: AlertStore;
  readonly #sinks = new Map<string, Sink>();
  #state: (() => DirectorState) | undefined;
  #lookedAt: Instant = now();
  #timer: NodeJS.Timeout | undefined;
  #keeping: NodeJS.Timeout | undefined;
  /** Nothing is written before: it would be instead of what an earlier run has left. */
  #resumed = false;
  #written: Promise<void> = Promise.resolve();
  /** Unless the disk takes nothing, or nobody has asked for it yet. */
  #isKept = true;

  constructor(log: Log, courier: Courier, store: AlertStore) {
    this.#courier = courier;
    this.#log = log;
    this.#store = store;
  }

  serve(state: () => DirectorState): void {
    this.#state = state;
    const { config } = state().setup;
    for (const [name, sink] of this.#sinks) {
      if (config.alerts.some((alert) => alert.name === name)) continue;
      sink.close(false);
      this.#sinks.delete(name);
    }
    for (const alert of config.alerts) {
      const known = this.#sinks.get(alert.name);
      if (known) known.serve(alert, config);
      else this.#sinks.set(alert.name, this.#open(alert, state));
    }
    clearInterval(this.#timer);
    if (!config.alerts.some(({ remind }) => remind > 0)) return;
    this.#lookedAt = now();
    this.#timer = setInterval(() => this.#remind(), LOOK_MS).unref();
  }

  tell(event: AlertEvent): void {
    const state = this.#state?.();
    if (!state) return;
    for (const alert of state.setup.config.alerts) this.#put(alert, event, { state, still: false });
  }

  facts(): readonly AlertFacts[] {
    return [...this.#sinks.values()].map((sink) => sink.facts());
  }

  async resume(): Promise<void> {
    const kept = await this.#store.read().catch((error: unknown): Kept => {
      this.#log.warn(`alerts of an earlier run are not told: ${messageOf(error)}`);
      return {};
    });
    for (const [name, one] of Object.entries(kept)) {
      const sink = this.#sinks.get(name);
      if (sink) sink.resume(one);
      else
        this.#log.error(`alert ${name}: ${gone(one.told.length)}: nobody is told by it any more`);
    }
    this.#resumed = true;
  }

  keep(): Promise<void> {
    clearTimeout(this.#keeping);
    this.#keeping = undefined;
    if (!this.#resumed) return this.#written;
    const write = async (): Promise<void> => {
      const kept = [...this.#sinks].map(([name, sink]) => [name, sink.kept()] as const);
      await this.#store.write(Object.fromEntries(kept));
      this.#isKept = true;
    };
    this.#written = this.#written.then(write).catch((error: unknown) => {
      if (this.#isKept) this.#log.warn(`alerts that wait can not be kept: ${messageOf(error)}`);
      this.#isKept = false;
    });
    return this.#written;
  }

  async settled(): Promise<void> {
    while (![...this.#sinks.values()].every((sink) => sink.isQuiet())) {
      await new Promise((resolve) => setTimeout(resolve, QUIET_STEP_MS));
    }
  }

  close(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#keeping);
    const kept = this.#resumed && this.#isKept;
    for (const sink of this.#sinks.values()) sink.close(kept);
    this.#courier.close();
  }

  #open(alert: Alert, state: () => DirectorState): Sink {
    const { config } = state().setup;
    return createSink(alert, config, {
      courier: this.#courier,
      log: this.#log,
      onChanged: () => {
        this.#keeping ??= setTimeout(() => void this.keep(), KEEP_AFTER_MS).unref();
      },
      sender: () => {
        const { setup } = (this.#state ?? state)();
        return { cluster: setup.config.cluster, director: setup.self };
      },
    });
  }

  #put(
    alert: Alert,
    event: AlertEvent,
    { state, still }: { readonly state: DirectorState; readonly still: boolean },
  ): void {
    if (!wants(alert, event, state)) return;
    this.#sinks.get(alert.name)?.put({ event, still, time: new Date().toISOString() });
  }

  #remind(): void {
    const state = this.#state?.();
    if (!state) return;
    const span = { from: this.#lookedAt, to: now() };
    this.#lookedAt = span.to;
    const reminding = state.setup.config.alerts.filter(({ remind }) => remind > ms(0));
    for (const { event, since } of troublesOf(state)) {
      for (const alert of reminding) {
        if (!isRemindDue(since, alert.remind, span)) continue;
        this.#put(alert, event, { state, still: true });
      }
    }
  }
}

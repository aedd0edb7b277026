/** The thread that asks the servers: started where there is something to ask, and kept alive. */
import { Worker } from "node:worker_threads";
import { messageOf } from "../base/errors.ts";
import { familyOf } from "../base/ip.ts";
import { instant, ms } from "../base/units.ts";
import type { Config } from "../config/types.ts";
import type { ProbeResult } from "../core/health/types.ts";
import { now } from "../os/clock.ts";
import { openPing, PING_GROUPS, PING_SYSCTL } from "../os/ping.ts";
import { writeSysctl } from "../os/sysctl.ts";
import type { ProbeWork, ToldAgo } from "../probe/messages.ts";
import { pingKey } from "../probe/ping.ts";

/** It speaks every five seconds at least; after this it is taken for dead. */
const SILENCE_MS = 20_000;
const RESTART_MS = 1000;
/** Megabytes: what a thread that leaks may take before it ends. */
const HEAP = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 4 } as const;

export interface ProberOptions {
  readonly config: Pick<Config, "probes" | "services">;
  readonly onResults: (results: readonly ProbeResult[]) => void;
  readonly onTrouble: (sentence: string) => void;
}

export interface Prober {
  start(): void;
  /** Why nobody is asked, in words; undefined: all is well. */
  problem(): string | undefined;
  close(): void;
}

export const createProber = (options: ProberOptions): Prober => new Thread(options);

class Thread implements Prober {
  readonly #options: ProberOptions;
  #worker: Worker | undefined;
  #pings: Record<string, number> = {};
  #watch: NodeJS.Timeout | undefined;
  #retry: NodeJS.Timeout | undefined;
  #problem: string | undefined;
  #closed = false;

  constructor(options: ProberOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#options.config.probes.length === 0 || this.#worker || this.#closed) return;
    this.#open().catch((error: unknown) => this.#failed(messageOf(error)));
  }

  problem(): string | undefined {
    return this.#problem;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#drop();
  }

  async #open(): Promise<void> {
    const { config } = this.#options;
    this.#pings = await this.#openPings();
    if (this.#closed) return;
    const work: ProbeWork = { probes: config.probes, runs: runsOf(config), pings: this.#pings };
    const worker = new Worker(new URL("./probe.js", import.meta.url), {
      workerData: work,
      resourceLimits: HEAP,
    });
    this.#worker = worker;
    worker.unref();
    worker.on("message", (told: readonly ToldAgo[]) => this.#told(told));
    worker.on("error", (error) => this.#failed(messageOf(error)));
    worker.on("exit", () => {
      if (this.#worker === worker) this.#failed("the thread has ended");
    });
    this.#listen();
  }

  #told(told: readonly ToldAgo[]): void {
    this.#problem = undefined;
    this.#listen();
    const at = now();
    const results = told.map(({ ago, latency, ...rest }) => ({
      ...rest,
      latency: ms(latency),
      at: instant(at - ago),
    }));
    if (results.length > 0) this.#options.onResults(results);
  }

  #listen(): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#failed("the thread is silent"), SILENCE_MS);
    this.#watch.unref();
  }

  /** The table stays as it is until somebody asks again. */
  #failed(why: string): void {
    if (this.#closed) return;
    this.#drop();
    this.#problem = `the servers are not checked: ${why}`;
    this.#options.onTrouble(this.#problem);
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.start(), RESTART_MS);
  }

  #drop(): void {
    clearTimeout(this.#watch);
    const worker = this.#worker;
    this.#worker = undefined;
    // The sockets for pings belong to the thread, and go with it.
    this.#pings = {};
    void worker?.terminate();
  }

  async #openPings(): Promise<Record<string, number>> {
    const pings: Record<string, number> = {};
    const asked = this.#options.config.probes.filter(({ action }) => action.kind === "ping");
    for (const probe of asked) {
      const key = pingKey(probe);
      const open = (): number => openPing(familyOf(probe.target.address), probe.source);
      try {
        pings[key] ??= open();
      } catch {
        // By default no group may have such sockets.
        await writeSysctl(PING_SYSCTL, PING_GROUPS);
        pings[key] ??= open();
      }
    }
    return pings;
  }
}

/** By probe: the longest run that still decides something for one of those that want to know. */
function runsOf({ probes, services }: ProberOptions["config"]): readonly number[] {
  const runs = probes.map(() => 1);
  for (const { probe, rise, fall } of services.flatMap(({ checks }) => checks.flat())) {
    runs[probe] = Math.max(runs[probe] ?? 1, rise, fall);
  }
  return runs;
}

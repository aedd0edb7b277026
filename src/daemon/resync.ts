/** Carries passes through the connection table out: read, told as records, sent; one at a time. */
import { messageOf } from "../base/errors.ts";
import { serviceName } from "../base/service.ts";
import { after, ms } from "../base/units.ts";
import { shortestInterval } from "../config/intervals.ts";
import type { Config } from "../config/types.ts";
import { SHORT_PASS } from "../core/resync/passes.ts";
import { indexServices, type ServiceIndex, type Skipped, tell } from "../core/resync/records.ts";
import type { PassKind, PassResult } from "../core/resync/types.ts";
import { now } from "../os/clock.ts";
import { readConnections } from "../os/connections.ts";
import { openSyncSender, type SyncSender } from "../os/sync-sender.ts";
import type { Connection } from "../wire/ipvs/connection.ts";
import type { ObservedTable } from "../wire/ipvs/types.ts";
import { createPacker, type Packed, type Packer, type SyncRecord } from "../wire/sync/message.ts";

/** The receiver's buffer: what is longer than its maxlen is dropped whole. */
const MAX_LENGTH = 1472;
/** So many messages take so long at least: the receiver's socket holds about ninety. */
const BURST = 16;
const BURST_TIME = ms(2);
/** Of an interval: what a read may hold up the loop. */
const READ_SHARE = 0.1;
/** What ends a short pass that could not be whole. */
const LATE = "the time was over";

export interface ResyncOptions {
  readonly config: Config;
  /** The table as last read: how each server is forwarded to. */
  readonly tables: () => readonly ObservedTable[];
  readonly ownAddresses: () => readonly string[];
  /** Whether this director still serves an instance. */
  readonly owns: (instance: string) => boolean;
  readonly onEnd: (result: PassResult) => void;
  readonly read?: typeof readConnections;
  readonly open?: typeof openSyncSender;
}

export interface Pass {
  readonly pass: number;
  readonly passKind: PassKind;
  readonly instances: readonly string[];
}

export interface Resync {
  /** A pass under way is given up for it, without a word. */
  begin(pass: Pass): void;
  close(): void;
}

export function createResync(options: ResyncOptions): Resync {
  let newest = 0;
  return {
    begin: (pass) => {
      newest = pass.pass;
      const isWanted = (): boolean => newest === pass.pass;
      void new Run(options, pass, isWanted).run().then((result) => {
        if (isWanted()) options.onEnd(result);
      });
    },
    close: () => {
      newest = Number.POSITIVE_INFINITY;
    },
  };
}

class Run {
  readonly #options: ResyncOptions;
  readonly #pass: Pass;
  readonly #isWanted: () => boolean;
  readonly #since = now();
  readonly #index: ServiceIndex;
  /** Instances by the names of their services. */
  readonly #owners: ReadonlyMap<string, string>;
  readonly #counts: Record<string, number> = {};
  readonly #skipped: Partial<Record<Skipped, number>> = {};
  #sent = 0;
  #messages = 0;
  /** Before then the next burst would come too early. */
  #pacedUntil = now();

  constructor(options: ResyncOptions, pass: Pass, isWanted: () => boolean) {
    this.#options = options;
    this.#pass = pass;
    this.#isWanted = isWanted;
    const { config } = options;
    const ours = config.services.filter(
      ({ instance }) => instance === undefined || pass.instances.includes(instance),
    );
    this.#owners = new Map(
      ours.map(({ instance, service }) => [serviceName(service.key), instance ?? ""]),
    );
    this.#index = indexServices(this.#tables(ours), new Set(options.ownAddresses()));
    for (const name of pass.instances) this.#counts[name] = 0;
  }

  async run(): Promise<PassResult> {
    const { pass, passKind } = this.#pass;
    const problem = await this.#send().catch((error: unknown) => messageOf(error));
    return {
      pass,
      kind: passKind,
      complete: problem === undefined,
      sent: this.#sent,
      counts: this.#counts,
      skipped: this.#skipped,
      tookMs: now() - this.#since,
      problem,
    };
  }

  /** As the kernel has them; as configured where they were not read yet. */
  #tables(ours: Config["services"]): Parameters<typeof indexServices>[0] {
    const names = new Set(this.#owners.keys());
    const read = this.#options
      .tables()
      .filter(({ service }) => names.has(serviceName(service.key)));
    if (read.length > 0) return read;
    return ours.map(({ service, servers }) => ({ service, destinations: servers }));
  }

  /** What ended the pass before its end; undefined: nothing. */
  async #send(): Promise<string | undefined> {
    const sync = this.#options.config.connectionSync;
    if (!sync) return "connections are not synchronised";
    const sender = await (this.#options.open ?? openSyncSender)(sync);
    const maxLength = Math.min(sync.maxLength ?? MAX_LENGTH, MAX_LENGTH);
    try {
      return await this.#sendAll(sender, createPacker(sync.syncId, maxLength));
    } finally {
      sender.close();
    }
  }

  async #sendAll(sender: SyncSender, packer: Packer): Promise<string | undefined> {
    const stopped = await this.#fill(sender, packer);
    // Where the time was over, what is begun still goes; where the role has moved, nothing does.
    const last = stopped === undefined || stopped === LATE ? packer.flush() : undefined;
    if (last) await this.#put(sender, last);
    return stopped;
  }

  async #fill(sender: SyncSender, packer: Packer): Promise<string | undefined> {
    const { config, read = readConnections } = this.#options;
    // Adverts go out between two reads.
    const longest = shortestInterval(config) * READ_SHARE;
    for await (const connections of read({ longest })) {
      const stopped = this.#stopped();
      if (stopped !== undefined) return stopped;
      for (const connection of connections) {
        const record = this.#record(connection);
        const full = record && packer.add(record);
        if (full) await this.#put(sender, full);
      }
    }
    return undefined;
  }

  #stopped(): string | undefined {
    const { passKind, instances } = this.#pass;
    if (!this.#isWanted()) return "another pass came first";
    if (passKind !== "full") {
      return now() - this.#since > SHORT_PASS ? LATE : undefined;
    }
    // A stale record of a live connection would send it to another server.
    return instances.every(this.#options.owns) ? undefined : "the role has moved";
  }

  #record(connection: Connection): SyncRecord | undefined {
    const told = tell(connection, this.#index);
    if (told.kind === "skipped") {
      this.#skipped[told.why] = (this.#skipped[told.why] ?? 0) + 1;
      return undefined;
    }
    const owner = this.#owners.get(told.service) ?? "";
    if (told.established) this.#counts[owner] = (this.#counts[owner] ?? 0) + 1;
    return told.record;
  }

  async #put(sender: SyncSender, { bytes, records }: Packed): Promise<void> {
    await sender.send(bytes);
    this.#sent += records;
    if (++this.#messages % BURST !== 0) return;
    const early = this.#pacedUntil - now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    this.#pacedUntil = after(now(), BURST_TIME);
  }
}

/** Brings the IPVS table, its timeouts and the sync daemons to what is desired.
 *
 * One pass at a time, and the newest desire wins. IPVS that is broken or absent is a problem to
 * show, never a reason to stop: the election does not wait for it.
 */

import { messageOf } from "../base/errors.ts";
import { serviceName } from "../base/service.ts";
import { diffTable, diffTimeouts } from "../core/lvs/diff.ts";
import { diffDaemons } from "../core/syncd/diff.ts";
import type { Desired } from "../core/types.ts";
import { type Ipvs, isStale, openIpvs } from "../os/ipvs.ts";
import type { IpvsCommand, ObservedTable, SyncDaemon } from "../wire/ipvs/types.ts";
import { errnoName } from "../wire/netlink/errno.ts";

const RETRY_MS = 5000;
/** Readings of one pass before it is left to the next: somebody else writes at the same time. */
const MAX_TRIES = 5;

export interface IpvsLevelOptions {
  /** `own` removes what nobody configured. */
  readonly table: "share" | "own";
  /** Names of services that an earlier run added. */
  readonly added: ReadonlySet<string>;
  /** Whether this configuration has anything to do with the sync daemons. */
  readonly sync: boolean;
  readonly onRepaired: (what: string) => void;
  readonly onProblem: (sentence: string | undefined) => void;
}

export interface IpvsReading {
  readonly tables: readonly ObservedTable[];
  readonly daemons: readonly SyncDaemon[];
  readonly foreign: readonly string[];
}

type Wanted = Pick<Desired, "services" | "timeouts" | "daemons">;

export class IpvsLevel {
  readonly #options: IpvsLevelOptions;
  #ipvs: Ipvs | undefined;
  #wanted: Wanted | undefined;
  #dirty = false;
  #running: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  #patrolling = false;
  /** The first pass fills the table; what differs later is drift. */
  #filled = false;
  #appliedServices: Wanted["services"] | undefined;
  #daemons: readonly SyncDaemon[] = [];
  reading: IpvsReading | undefined;

  constructor(options: IpvsLevelOptions) {
    this.#options = options;
  }

  get ready(): boolean {
    return this.#filled && !this.#dirty;
  }

  /** Resolves when the level was applied, or could not be. */
  request(wanted: Wanted): Promise<void> {
    if (sameServices(wanted, this.#wanted) && this.#filled) {
      if (sameDaemons(wanted, this.#wanted)) return this.#running ?? Promise.resolve();
    }
    this.#wanted = wanted;
    this.#dirty = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  /** Walks through the table, a service a turn, and mends what is not as desired. */
  async patrol(): Promise<void> {
    if (this.#patrolling) return;
    this.#patrolling = true;
    try {
      await this.#walk();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#patrolling = false;
    }
  }

  async #walk(): Promise<void> {
    const ipvs = this.#ipvs;
    if (!ipvs || !this.#filled || this.#running) return;
    const tables: ObservedTable[] = [];
    for await (const table of ipvs.walk()) {
      tables.push(table);
      await nextTurn();
      // Something more urgent came: what was seen so far is stale.
      if (this.#running || this.#closed) return;
    }
    this.#daemons = await ipvs.daemons();
    this.#running ??= this.#mend(ipvs, tables).finally(() => {
      this.#running = undefined;
      if (this.#dirty && this.#wanted) void this.request({ ...this.#wanted });
    });
    await this.#running;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#ipvs?.close();
    this.#ipvs = undefined;
  }

  async #run(): Promise<void> {
    while (this.#dirty && !this.#closed) {
      this.#dirty = false;
      try {
        this.#ipvs ??= await openIpvs();
        if (this.#filled) await this.#applyDaemons(this.#ipvs);
        if (!this.#filled || !this.#servicesApplied()) await this.#fill(this.#ipvs);
        this.#options.onProblem(undefined);
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  #servicesApplied(): boolean {
    return this.#appliedServices === this.#wanted?.services;
  }

  #failed(error: unknown): void {
    this.#options.onProblem(messageOf(error));
    this.#ipvs?.close();
    this.#ipvs = undefined;
    this.#filled = false;
    clearTimeout(this.#retry);
    if (this.#closed) return;
    this.#retry = setTimeout(() => {
      if (this.#wanted) void this.request({ ...this.#wanted });
    }, RETRY_MS);
  }

  /** The whole table, read and mended until it is as desired. */
  async #fill(ipvs: Ipvs): Promise<void> {
    const wanted = this.#wanted;
    if (!wanted) return;
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const tables = await ipvs.table();
      this.#daemons = await ipvs.daemons();
      const { commands, foreign } = this.#tableDiff(wanted, tables);
      const timeouts = diffTimeouts(wanted.timeouts, await ipvs.timeouts());
      const daemons = this.#options.sync ? diffDaemons(wanted.daemons, this.#daemons) : [];
      this.reading = { tables, daemons: this.#daemons, foreign: foreign.map(serviceName) };
      // Services first: a connection that is synchronised needs its service to bind to.
      const todo = [...(timeouts ? [timeouts] : []), ...commands, ...daemons];
      if (todo.length === 0) break;
      await this.#apply(ipvs, todo);
    }
    this.#filled = true;
    this.#appliedServices = wanted.services;
  }

  async #applyDaemons(ipvs: Ipvs): Promise<void> {
    if (!this.#options.sync || !this.#wanted) return;
    const commands = diffDaemons(this.#wanted.daemons, this.#daemons);
    if (commands.length === 0) return;
    await this.#apply(ipvs, commands);
    this.#daemons = await ipvs.daemons();
    if (this.reading) this.reading = { ...this.reading, daemons: this.#daemons };
  }

  async #mend(ipvs: Ipvs, tables: readonly ObservedTable[]): Promise<void> {
    const wanted = this.#wanted;
    if (!wanted) return;
    try {
      const { commands, drift, foreign } = this.#tableDiff(wanted, tables);
      const daemons = this.#options.sync ? diffDaemons(wanted.daemons, this.#daemons) : [];
      for (const one of daemons) if (one.kind === "startDaemon") drift.push(missing(one.daemon));
      this.reading = { tables, daemons: this.#daemons, foreign: foreign.map(serviceName) };
      if (commands.length + daemons.length === 0) return;
      await this.#apply(ipvs, [...commands, ...daemons]);
      for (const what of drift) this.#options.onRepaired(what);
    } catch (error) {
      this.#failed(error);
    }
  }

  #tableDiff(
    wanted: Wanted,
    tables: readonly ObservedTable[],
  ): Omit<ReturnType<typeof diffTable>, "drift"> & { drift: string[] } {
    const { table, added } = this.#options;
    const diff = diffTable(wanted.services, tables, { table, added });
    return { ...diff, drift: [...diff.drift] };
  }

  /** What does not fit any more is read again by the caller; anything else is a problem to tell. */
  async #apply(ipvs: Ipvs, commands: readonly IpvsCommand[]): Promise<void> {
    const refusals = await ipvs.apply(commands);
    const [first] = refusals.filter(({ errno }) => !isStale(errno));
    if (first) {
      this.#options.onProblem(
        `the kernel refuses ${describe(first.command)}: ${errnoName(first.errno)}`,
      );
    }
  }
}

const missing = (daemon: SyncDaemon): string => `sync daemon in role ${daemon.role} did not run`;

const describe = (command: IpvsCommand): string => {
  switch (command.kind) {
    case "addService":
    case "editService":
      return `service ${serviceName(command.service.key)}`;
    case "removeService":
      return `the removal of ${serviceName(command.key)}`;
    case "addDestination":
    case "editDestination":
    case "removeDestination":
      return `server ${command.destination.address} of ${serviceName(command.key)}`;
    case "startDaemon":
      return `the sync daemon in role ${command.daemon.role} on ${command.daemon.interface}`;
    case "stopDaemon":
      return `the end of the sync daemon in role ${command.role}`;
    case "setTimeouts":
    case "zero":
    case "flush":
      return command.kind;
  }
};

const sameServices = (a: Wanted, b: Wanted | undefined): boolean =>
  a.services === b?.services && a.timeouts === b.timeouts;

const sameDaemons = (a: Wanted, b: Wanted | undefined): boolean =>
  JSON.stringify(a.daemons) === JSON.stringify(b?.daemons);

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

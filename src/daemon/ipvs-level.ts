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
import { type Ipvs, isStale, openIpvs, type Refusal } from "../os/ipvs.ts";
import { describeCommand } from "../wire/ipvs/describe.ts";
import type {
  IpvsCommand,
  ObservedTable,
  ServiceKey,
  SyncDaemon,
  SyncRole,
  Timeouts,
} from "../wire/ipvs/types.ts";
import { errnoName } from "../wire/netlink/errno.ts";

const RETRY_MS = 5000;
/** Readings of one pass before it is left to the next: somebody else writes at the same time. */
const MAX_TRIES = 5;
/** Sentences told of one patrol: a table of thousands that was cleared is one event. */
const MAX_TOLD = 10;

export interface IpvsLevelOptions {
  /** `own` removes what nobody configured. */
  readonly table: "share" | "own";
  /** What an earlier run added: it goes where it is not wanted any more. */
  readonly leftovers: { readonly services: readonly string[]; readonly roles: readonly SyncRole[] };
  /** Whether this configuration has anything to do with the sync daemons. */
  readonly sync: boolean;
  readonly onRepaired: (what: string) => void;
  /** Undefined: all is well. */
  readonly onProblem: (sentence: string | undefined) => void;
  readonly open?: () => Promise<Ipvs>;
}

export interface IpvsReading {
  readonly tables: readonly ObservedTable[];
  readonly daemons: readonly SyncDaemon[];
  readonly foreign: readonly string[];
}

type Wanted = Pick<Desired, "services" | "timeouts" | "daemons">;

/** What the kernel holds, as far as this level has to do with it. */
interface Found {
  readonly tables: readonly ObservedTable[];
  readonly timeouts: Timeouts;
  readonly daemons: readonly SyncDaemon[];
}

interface Plan {
  readonly commands: readonly IpvsCommand[];
  /** A sentence for each thing that was not as desired. */
  readonly drift: readonly string[];
}

export class IpvsLevel {
  readonly #options: IpvsLevelOptions;
  /** Names of the services that this run or an earlier one added. */
  readonly #added: Set<string>;
  #ipvs: Ipvs | undefined;
  #wanted: Wanted | undefined;
  #dirty = false;
  #running: Promise<void> | undefined;
  #patrolling = false;
  /** Changes of the kernel on request: what a patrol saw before one is stale. */
  #passes = 0;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  /** The first pass fills the table; what differs later is drift. */
  #filled = false;
  #applied: Wanted | undefined;
  reading: IpvsReading | undefined;

  constructor(options: IpvsLevelOptions) {
    this.#options = options;
    this.#added = new Set(options.leftovers.services);
  }

  get ready(): boolean {
    return this.#filled && !this.#dirty;
  }

  /** Resolves when the level was applied, or could not be. */
  request(wanted: Wanted): Promise<void> {
    const same = sameTable(wanted, this.#wanted) && sameDaemons(wanted, this.#wanted);
    this.#wanted = wanted;
    // Where IPVS failed, its time to be tried again comes by itself.
    if (same || this.#retry) return this.settled();
    this.#go();
    return this.settled();
  }

  /** Resolves when nothing is under way; what was asked for during a patrol follows it. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Walks through the table, a service a turn, and mends what is not as desired. */
  async patrol(isUrgent: () => boolean = () => false): Promise<void> {
    const ipvs = this.#ipvs;
    if (!ipvs || !this.#filled || this.#patrolling || this.#running) return;
    this.#patrolling = true;
    try {
      const found = await this.#walk(ipvs, isUrgent);
      if (!found) return;
      this.#running = this.#mend(ipvs, found).finally(() => this.#over());
      await this.#running;
    } catch (error) {
      if (!this.#running && !this.#closed) this.#failed(error);
    } finally {
      this.#patrolling = false;
    }
  }

  /** Packets that came in for these services since they are in the table; undefined: unknown. */
  async packetsIn(keys: readonly ServiceKey[]): Promise<bigint | undefined> {
    const ipvs = this.#ipvs;
    if (!ipvs || keys.length === 0) return undefined;
    try {
      let sum = 0n;
      for (const key of keys) sum += (await ipvs.service(key))?.stats.inPackets ?? 0n;
      return sum;
    } catch {
      return undefined;
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#ipvs?.close();
    this.#ipvs = undefined;
  }

  #go(): void {
    this.#dirty = true;
    this.#running ??= this.#run().finally(() => this.#over());
  }

  #over(): void {
    this.#running = undefined;
    if (this.#dirty && !this.#retry && !this.#closed) this.#go();
  }

  async #run(): Promise<void> {
    while (this.#dirty && !this.#closed) {
      this.#dirty = false;
      this.#passes++;
      try {
        this.#ipvs ??= await (this.#options.open ?? openIpvs)();
        this.#options.onProblem(await this.#apply(this.#ipvs));
      } catch (error) {
        this.#failed(error);
      }
    }
  }

  #failed(error: unknown): void {
    this.#ipvs?.close();
    this.#ipvs = undefined;
    this.#filled = false;
    if (this.#closed) return;
    this.#options.onProblem(messageOf(error));
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.#go();
    }, RETRY_MS);
  }

  /** A role that changes is not to wait for a table of thousands to be read. */
  #apply(ipvs: Ipvs): Promise<string | undefined> {
    const onlyDaemons = this.#filled && sameTable(this.#wanted, this.#applied);
    return onlyDaemons ? this.#applyDaemons(ipvs) : this.#fill(ipvs);
  }

  /** The whole table, read and mended until it is as desired; what the kernel refuses, in words. */
  async #fill(ipvs: Ipvs): Promise<string | undefined> {
    const wanted = this.#wanted;
    let problem: string | undefined;
    for (let attempt = 0; wanted && attempt < MAX_TRIES; attempt++) {
      const found = await this.#read(ipvs);
      const { commands } = this.#plan(wanted, found);
      if (commands.length === 0) break;
      problem = problemOf(await ipvs.apply(commands));
      if (problem !== undefined) break;
    }
    for (const { service } of wanted?.services ?? []) this.#added.add(serviceName(service.key));
    this.#filled = true;
    this.#applied = wanted;
    return problem;
  }

  async #applyDaemons(ipvs: Ipvs): Promise<string | undefined> {
    const commands = this.#daemonCommands(this.#wanted, await ipvs.daemons());
    const problem = problemOf(await ipvs.apply(commands));
    if (this.reading) this.reading = { ...this.reading, daemons: await ipvs.daemons() };
    return problem;
  }

  /** The drift is told where all of it could be mended; else the refusal is what matters. */
  async #mend(ipvs: Ipvs, found: Found): Promise<void> {
    if (!this.#wanted) return;
    try {
      const { commands, drift } = this.#plan(this.#wanted, found);
      const problem = problemOf(await ipvs.apply(commands));
      this.#options.onProblem(problem);
      if (problem !== undefined) return;
      for (const what of drift.slice(0, MAX_TOLD)) this.#options.onRepaired(what);
      if (drift.length > MAX_TOLD) this.#options.onRepaired(`${drift.length - MAX_TOLD} more`);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #read(ipvs: Ipvs): Promise<Found> {
    const tables = await ipvs.table();
    return { tables, timeouts: await ipvs.timeouts(), daemons: await ipvs.daemons() };
  }

  /** Undefined where something more urgent came: what was seen is stale. */
  async #walk(ipvs: Ipvs, isUrgent: () => boolean): Promise<Found | undefined> {
    const pass = this.#passes;
    const isStaleNow = (): boolean =>
      this.#passes !== pass || this.#running !== undefined || this.#closed || isUrgent();
    const tables: ObservedTable[] = [];
    for await (const table of ipvs.walk()) {
      tables.push(table);
      await nextTurn();
      if (isStaleNow()) return undefined;
    }
    const found = { tables, timeouts: await ipvs.timeouts(), daemons: await ipvs.daemons() };
    return isStaleNow() ? undefined : found;
  }

  /** Services first: a connection that is synchronised needs its service to bind to. */
  #plan(wanted: Wanted, found: Found): Plan {
    const { table } = this.#options;
    const diff = diffTable(wanted.services, found.tables, { table, added: this.#added });
    const timeouts = diffTimeouts(wanted.timeouts, found.timeouts);
    const daemons = this.#daemonCommands(wanted, found.daemons);
    this.reading = { ...found, foreign: diff.foreign.map(serviceName) };
    return {
      commands: [...(timeouts ? [timeouts] : []), ...diff.commands, ...daemons],
      drift: [
        ...(timeouts ? [timeoutDrift(found.timeouts)] : []),
        ...diff.drift,
        ...daemons.flatMap((one) => (one.kind === "startDaemon" ? [daemonDrift(one.daemon)] : [])),
      ],
    };
  }

  #daemonCommands(
    wanted: Wanted | undefined,
    observed: readonly SyncDaemon[],
  ): readonly IpvsCommand[] {
    const { sync, leftovers } = this.#options;
    if (sync) return diffDaemons(wanted?.daemons ?? [], observed);
    // Once: a daemon that somebody starts later is his.
    const ours = this.#filled ? [] : observed.filter(({ role }) => leftovers.roles.includes(role));
    return ours.map(({ role }) => ({ kind: "stopDaemon", role }) as const);
  }
}

/** What does not fit any more is read again in time; anything else is to be told. */
function problemOf(refusals: readonly Refusal[]): string | undefined {
  const [first] = refusals.filter(({ errno }) => !isStale(errno));
  if (!first) return undefined;
  return `the kernel refuses to ${describeCommand(first.command)}: ${errnoName(first.errno)}`;
}

const timeoutDrift = ({ tcp, tcpFin, udp }: Timeouts): string =>
  `timeouts were tcp ${tcp}, tcpFin ${tcpFin}, udp ${udp}`;

const daemonDrift = ({ role }: SyncDaemon): string => `the sync daemon did not run in role ${role}`;

const sameTable = (a: Wanted | undefined, b: Wanted | undefined): boolean =>
  a?.services === b?.services && a?.timeouts === b?.timeouts;

const sameDaemons = (a: Wanted, b: Wanted | undefined): boolean =>
  JSON.stringify(a.daemons) === JSON.stringify(b?.daemons);

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

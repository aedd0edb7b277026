/** The kernel's side of IPVS in memory: a table, timeouts and daemons behind os/ipvs's interface. */
import { serviceName } from "../../src/base/service.ts";
import type { Ipvs } from "../../src/os/ipvs.ts";
import { describeCommand } from "../../src/wire/ipvs/describe.ts";
import type { IpvsCommand, SyncDaemon, Timeouts } from "../../src/wire/ipvs/types.ts";
import { ERRNO } from "../../src/wire/netlink/errno.ts";
import { FakeTable, type Refusal } from "./fake-table.ts";

export class FakeIpvs implements Ipvs {
  readonly fake = new FakeTable();
  timesRead = 0;
  /** Every command that was sent, in words. */
  readonly sent: string[] = [];
  /** Commands, in words, that the kernel refuses for good. */
  readonly refused = new Set<string>();
  /** Set: every question and command fails with it. */
  broken: Error | undefined;
  /** What the next answer of a kind waits for. */
  readonly holds = new Map<"timeouts" | "apply", Promise<void>>();
  running: readonly SyncDaemon[] = [];
  current: Timeouts = { tcp: 900, tcpFin: 120, udp: 300 };
  closed = false;

  async info(): ReturnType<Ipvs["info"]> {
    return { version: "1.2.1", connectionTableSize: 4096 };
  }

  async services(): ReturnType<Ipvs["services"]> {
    return (await this.table()).map(({ service }) => service);
  }

  async service(...[key]: Parameters<Ipvs["service"]>): ReturnType<Ipvs["service"]> {
    const tables = await this.table();
    return tables.find(({ service }) => serviceName(service.key) === serviceName(key))?.service;
  }

  async destinations(...[key]: Parameters<Ipvs["service"]>): ReturnType<Ipvs["destinations"]> {
    const tables = await this.table();
    const found = tables.find(({ service }) => serviceName(service.key) === serviceName(key));
    return found?.destinations ?? [];
  }

  async table(): ReturnType<Ipvs["table"]> {
    this.#answer();
    this.timesRead++;
    return this.fake.tables();
  }

  async *walk(): ReturnType<Ipvs["walk"]> {
    yield* await this.table();
  }

  async daemons(): ReturnType<Ipvs["daemons"]> {
    this.#answer();
    return this.running;
  }

  async timeouts(): ReturnType<Ipvs["timeouts"]> {
    this.#answer();
    await this.#held("timeouts");
    return this.current;
  }

  async apply(commands: readonly IpvsCommand[]): Promise<readonly Refusal[]> {
    this.#answer();
    this.sent.push(...commands.map(describeCommand));
    await this.#held("apply");
    // A kernel never answers within the same turn.
    await new Promise((resolve) => setImmediate(resolve));
    return commands.flatMap((command) => {
      const words = describeCommand(command);
      if (this.refused.has(words)) return [{ command, errno: ERRNO.EINVAL }];
      return this.#run(command);
    });
  }

  close(): void {
    this.closed = true;
  }

  async #held(kind: "timeouts" | "apply"): Promise<void> {
    const hold = this.holds.get(kind);
    this.holds.delete(kind);
    await hold;
  }

  #answer(): void {
    if (this.broken) throw this.broken;
  }

  #run(command: IpvsCommand): readonly Refusal[] {
    switch (command.kind) {
      case "setTimeouts":
        this.current = command.timeouts;
        return [];
      case "startDaemon":
        this.running = [...this.running, command.daemon];
        return [];
      case "stopDaemon": {
        const left = this.running.filter(({ role }) => role !== command.role);
        const known = left.length < this.running.length;
        this.running = left;
        return known ? [] : [{ command, errno: ERRNO.ESRCH }];
      }
      default:
        return this.fake.apply([command]);
    }
  }
}

/** One call of the program: command lines carried out in their order, changes sent together. */
import { never } from "../base/invariant.ts";
import type { Ipvs } from "../os/ipvs-table.ts";
import { MAX_BATCH } from "../os/netlink-engine.ts";
import type { IpvsCommand } from "../wire/ipvs/types.ts";
import type { Call } from "./call.ts";
import { NameWanted } from "./endpoint.ts";
import { list, save } from "./listing.ts";
import { createResolver } from "./names.ts";
import { parse } from "./parse.ts";
import { refusalText } from "./refusal.ts";
import { Stop, tryHelp } from "./stop.ts";
import { usage, VERSION } from "./usage.ts";

/** Where words go. */
export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** What is said of a line of `-R` beside ipvsadm's own words; empty on the command line. */
export type Where = string;

export class Session {
  readonly #ipvs: Ipvs;
  readonly #io: Output;
  readonly #program: string;
  readonly #resolver = createResolver();
  #pending: { readonly command: IpvsCommand; readonly where: Where }[] = [];
  /** Of the last line. */
  #code = 0;

  constructor(ipvs: Ipvs, io: Output, program: string) {
    this.#ipvs = ipvs;
    this.#io = io;
    this.#program = program;
  }

  get code(): number {
    return this.#code;
  }

  /** The call that the words are; changes wait for `flush`. Throws a Stop. */
  async parse(words: readonly string[]): Promise<Call> {
    for (;;) {
      try {
        return parse(words, this.#program, this.#resolver);
      } catch (error) {
        if (!(error instanceof NameWanted)) throw error;
        await this.#resolver.learn(error.host);
      }
    }
  }

  /** False where the whole run is over. */
  async line(words: readonly string[], where: Where): Promise<boolean> {
    try {
      const call = await this.parse(words);
      if (call.kind === "restore") throw tryHelp(this.#program);
      await this.carryOut(call, where);
      return call.kind !== "help" && call.kind !== "version";
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      await this.flush();
      this.#io.err(`${error.message}${where}`);
      this.#code = error.code;
      return !error.ends;
    }
  }

  async carryOut(call: Exclude<Call, { readonly kind: "restore" }>, where: Where): Promise<void> {
    if (call.kind === "change") {
      this.#pending.push({ command: call.command, where });
      this.#code = 0;
      // What one send carries; what waits longer only fills the memory.
      if (this.#pending.length >= MAX_BATCH) await this.flush();
      return;
    }
    await this.flush();
    this.#code = 0;
    const sources = { ipvs: this.#ipvs, resolver: this.#resolver, out: this.#io.out };
    switch (call.kind) {
      case "list":
        return await list(call.listing, sources);
      case "save":
        return await save(call.numeric, sources);
      case "help":
        return this.#io.out(usage(this.#program));
      case "version":
        return this.#io.out(VERSION);
      default:
        return never(call);
    }
  }

  /** Sends what waits, and tells what the kernel refused of it. */
  async flush(): Promise<void> {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    const refusals = await this.#ipvs.apply(pending.map(({ command }) => command));
    const errnos = new Map(refusals.map(({ command, errno }) => [command, errno]));
    for (const { command, where } of pending) {
      const errno = errnos.get(command);
      if (errno !== undefined) this.#io.err(`${refusalText(command.kind, errno)}\n${where}`);
    }
    const last = pending.at(-1);
    if (last) this.#code = errnos.has(last.command) ? 255 : 0;
  }
}

/** One call of the program: command lines carried out in their order, changes sent together. */
import { never } from "../base/invariant.ts";
import type { DirectIpvs } from "../os/ipvs-direct.ts";
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

/** A line of `-R`; ipvsadm does not say which it was that it refused. */
export interface Line {
  readonly number: number;
  readonly text: string;
}

const whereOf = (line: Line | undefined): string =>
  line === undefined ? "" : `  in line ${line.number}: ${line.text.trim()}\n`;

interface Change {
  readonly command: IpvsCommand;
  readonly line: Line | undefined;
}

/** What one send carries; what waits longer only fills the memory. */
const MAX_PENDING = 128;

export class Session {
  readonly #ipvs: DirectIpvs;
  readonly #io: Output;
  readonly #program: string;
  readonly #resolver = createResolver();
  #pending: Change[] = [];
  /** Of the last line. */
  #code = 0;

  constructor(ipvs: DirectIpvs, io: Output, program: string) {
    this.#ipvs = ipvs;
    this.#io = io;
    this.#program = program;
  }

  get code(): number {
    return this.#code;
  }

  /** The call that the words are. Throws a Stop. */
  async parse(words: readonly string[]): Promise<Call> {
    for (;;) {
      const call = this.#parseKnown(words);
      if (!(call instanceof NameWanted)) return call;
      await this.#resolver.learn(call.host);
    }
  }

  #parseKnown(words: readonly string[]): Call | NameWanted {
    try {
      return parse(words, this.#program, this.#resolver);
    } catch (error) {
      if (error instanceof NameWanted) return error;
      throw error;
    }
  }

  /** False where the whole run is over. */
  async line(words: readonly string[], line: Line): Promise<boolean> {
    try {
      const call = await this.parse(words);
      if (call.kind === "restore") throw tryHelp(this.#program);
      await this.carryOut(call, line);
      return call.kind !== "help" && call.kind !== "version";
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      this.flush();
      this.#io.err(`${error.message}${whereOf(line)}`);
      this.#code = error.code;
      return !error.ends;
    }
  }

  /** At once where the line is a change and needs no look-up; undefined where it is not. */
  quickLine(words: readonly string[], line: Line): true | undefined {
    try {
      const call = parse(words, this.#program, this.#resolver);
      if (call.kind !== "change") return undefined;
      this.#change(call.command, line);
      return true;
    } catch (error) {
      if (error instanceof NameWanted || error instanceof Stop) return undefined;
      throw error;
    }
  }

  /** Changes wait for `flush`. */
  async carryOut(
    call: Exclude<Call, { readonly kind: "restore" }>,
    line: Line | undefined,
  ): Promise<void> {
    if (call.kind === "change") return this.#change(call.command, line);
    this.flush();
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

  #change(command: IpvsCommand, line: Line | undefined): void {
    this.#pending.push({ command, line });
    this.#code = 0;
    if (this.#pending.length >= MAX_PENDING) this.flush();
  }

  /** Sends what waits, and tells what the kernel refused of it. */
  flush(): void {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    const refusals = this.#ipvs.apply(pending.map(({ command }) => command));
    const errnos = new Map(refusals.map(({ command, errno }) => [command, errno]));
    for (const { command, line } of pending) {
      const errno = errnos.get(command);
      if (errno === undefined) continue;
      this.#io.err(`${refusalText(command.kind, errno)}\n${whereOf(line)}`);
    }
    const last = pending.at(-1);
    if (last) this.#code = errnos.has(last.command) ? 255 : 0;
  }
}

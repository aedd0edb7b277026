/** What every command gets: the global options, where things are, and where its words go. */
import { type Places, places } from "../base/places.ts";
import type { Io } from "./io.ts";

export interface GlobalOptions {
  readonly config?: string;
  readonly root?: string;
  readonly as?: string;
}

export interface Context {
  readonly io: Io;
  readonly places: Places;
  readonly configFile: string;
  /** `-c FILE`. */
  readonly configGiven: boolean;
  /** `--as NAME`. */
  readonly as: string | undefined;
}

export const EXIT = { done: 0, failed: 1, wrong: 2 } as const;

export function makeContext(options: GlobalOptions, io: Io, env = process.env): Context {
  const found = places(options.root ?? env["BATON_ROOT"] ?? "");
  return {
    io,
    places: found,
    configFile: options.config ?? found.config,
    configGiven: options.config !== undefined,
    as: options.as,
  };
}

export const print = ({ io }: Context, ...lines: readonly string[]): void =>
  io.out(lines.map((line) => `${line}\n`).join(""));

export const printJson = ({ io }: Context, value: unknown): void =>
  io.out(`${JSON.stringify(value, undefined, 2)}\n`);

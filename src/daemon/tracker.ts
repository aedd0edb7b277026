/** Looks at what is tracked: links as they change, scripts, files and processes in their intervals. */
import type { Track } from "../config/track-types.ts";
import type { Config } from "../config/types.ts";
import type { TrackVerdict } from "../core/director/types.ts";
import { readStart } from "../os/files.ts";
import { runProgram } from "../os/process.ts";
import { countProcesses } from "../os/processes.ts";
import type { Network } from "./network.ts";

export interface TrackerOptions {
  readonly config: Config;
  readonly network: Pick<Network, "link">;
  /** Of the looks so far, by what is looked at: another configuration goes on with them. */
  readonly runs: Runs;
  readonly onVerdict: (track: string, verdict: TrackVerdict) => void;
}

export type Runs = Map<string, { holds: boolean; run: number; settled: boolean }>;

export interface Tracker {
  start(): void;
  /** Links have changed. */
  networkChanged(): void;
  close(): void;
}

/** What one look found. */
interface Finding {
  readonly holds: boolean;
  readonly value?: number;
  readonly why: string;
}

const MAX_NUMBER_TEXT = 64;

export const createTracker = (options: TrackerOptions): Tracker => new Looker(options);

class Looker implements Tracker {
  readonly #options: TrackerOptions;
  readonly #told = new Map<string, string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #closed = new AbortController();

  constructor(options: TrackerOptions) {
    this.#options = options;
    const keys = new Set(options.config.tracks.map(keyOf));
    for (const key of options.runs.keys()) if (!keys.has(key)) options.runs.delete(key);
  }

  start(): void {
    this.networkChanged();
    for (const track of this.#options.config.tracks) {
      if (track.subject.kind === "interface") continue;
      if (track.startsFailed) this.#beginFailed(track);
      void this.#look(track);
    }
  }

  networkChanged(): void {
    const { config, network } = this.#options;
    for (const { name, subject } of config.tracks) {
      if (subject.kind !== "interface") continue;
      const link = network.link(subject.interface);
      const holds = link?.running ?? false;
      const state = link ? (holds ? "is up" : "is down") : "does not exist";
      this.#tell(name, { holds, value: undefined, why: `${subject.interface} ${state}` });
    }
  }

  close(): void {
    this.#closed.abort();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #beginFailed(track: Track): void {
    const { runs } = this.#options;
    const key = keyOf(track);
    if (runs.has(key)) return;
    runs.set(key, { holds: false, run: 0, settled: false });
    this.#tell(track.name, { holds: false, value: undefined, why: "was not seen to hold yet" });
  }

  /** One look never overlaps the next: it is due an interval after the last one began. */
  async #look(track: Track): Promise<void> {
    const began = performance.now();
    const finding = await look(track, this.#closed.signal);
    if (this.#closed.signal.aborted) return;
    this.#judge(track, finding);
    const wait = Math.max(0, track.interval - (performance.now() - began));
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#look(track);
    }, wait);
    this.#timers.add(timer);
  }

  /** The first look decides by itself, as with keepalived; later ones take a run of them. */
  #judge(track: Track, { holds, value, why }: Finding): void {
    const { name, rise, fall } = track;
    const { runs } = this.#options;
    const key = keyOf(track);
    const before = runs.get(key);
    const run = before?.holds === holds ? before.run + 1 : 1;
    const enough = run >= (holds ? rise : fall);
    const settled = before === undefined || enough ? holds : before.settled;
    runs.set(key, { holds, run, settled });
    if (settled === holds) this.#tell(name, { holds, value, why });
  }

  #tell(name: string, verdict: TrackVerdict): void {
    const key = `${verdict.holds} ${verdict.value} ${verdict.why}`;
    if (this.#told.get(name) === key) return;
    this.#told.set(name, key);
    this.#options.onVerdict(name, verdict);
  }
}

const keyOf = ({ name, subject }: Track): string => `${name} ${JSON.stringify(subject)}`;

/** Never rejects: what can not be looked at has failed. */
async function look({ subject, timeout }: Track, signal: AbortSignal): Promise<Finding> {
  switch (subject.kind) {
    case "interface":
      return { holds: true, why: "" };
    case "script":
      return await runScript(subject, { limit: timeout, signal });
    case "file":
      return await readNumber(subject.path);
    case "process":
      return await findProcesses(subject);
  }
}

async function runScript(
  { command, user }: Extract<Track["subject"], { kind: "script" }>,
  options: { readonly limit: number; readonly signal: AbortSignal },
): Promise<Finding> {
  const [program = ""] = command;
  const ending = await runProgram(command, { ...options, user });
  const holds = ending.kind === "ended" && ending.code === 0;
  const late = ending.kind === "killed" ? `did not end within ${options.limit} ms` : ending.words;
  return { holds, why: `${program} ${late}` };
}

async function readNumber(path: string): Promise<Finding> {
  const text = await readStart(path, MAX_NUMBER_TEXT).catch(() => undefined);
  if (text === undefined) return { holds: true, value: 0, why: `${path} can not be read: 0` };
  const value = Number.parseInt(text, 10);
  if (Number.isNaN(value)) return { holds: true, value: 0, why: `${path} holds no number: 0` };
  return { holds: true, value, why: `${path} says ${value}` };
}

async function findProcesses({
  by,
  min,
  max,
}: Extract<Track["subject"], { kind: "process" }>): Promise<Finding> {
  const name = by.kind === "name" ? by.name : (by.words[0] ?? "");
  // Usually one is enough, and nobody has to count them all.
  const count = await countProcesses(by, max === undefined ? min : max + 1);
  const holds = count >= min && (max === undefined || count <= max);
  const more = max === undefined ? count >= min : count > max;
  return { holds, why: `${more ? "at least " : ""}${count} of ${name} run` };
}

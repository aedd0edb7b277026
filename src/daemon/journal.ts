/** The journal: decisions with what led to them, written behind the loop's back.
 *
 * Nothing here waits for the disk. A step that matters is kept as it is, for it is a value; soon
 * after it becomes text, and the text goes out in batches, one write at a time. What the disk does
 * not take in time is counted and told.
 */
import { messageOf } from "../base/errors.ts";
import type { Places } from "../base/places.ts";
import { type Instant, type Millis, ms, seconds } from "../base/units.ts";
import { VERSION } from "../base/version.ts";
import type { DirectorState } from "../core/director/types.ts";
import { linesOfRecording } from "../core/journal/format.ts";
import { isNotable, linesOf, type Step } from "../core/journal/lines.ts";
import { createRecorder, type Recorder, type Recording } from "../core/journal/recording.ts";
import type { Line, LineBody } from "../core/journal/types.ts";
import { causeText } from "../core/vrrp/cause.ts";
import { now } from "../os/clock.ts";
import { type JournalFiles, journalFiles } from "../os/journal-files.ts";

/** From a step to the disk, so that what happens together is written together. */
const DELAY_MS = 300;
/** Steps between two writings. */
const MAX_STEPS = 1000;
/** From a failure to the next attempt, where nothing else is to be written. */
const RETRY_MS = 1000;
/** Octets that wait for the disk. */
const MAX_WAITING = 1024 * 1024;
/** Steps that become text in one turn. */
const TURN = 20;
/** A recording goes on for so long after a change, until the VIPs are up and announced. */
const AFTERMATH_MS = 2000;
/** What a stop waits for the disk; a restart, whose successor is in a hurry, waits less. */
export const STOP_PATIENCE: Millis = seconds(1);
export const RESTART_PATIENCE: Millis = ms(50);

export interface Journal {
  /** Another run of the loop begins: its recordings start with it. */
  begin(): void;
  /** A step was taken, and its effects carried out. */
  stepped(step: Step): void;
  note(body: LineBody): void;
  /** Why lines are being lost, in words; undefined where they are not. */
  problem(): string | undefined;
  /** Resolves when everything is written, or the patience is over. */
  close(patience: Millis): Promise<void>;
}

export const openJournal = (
  places: Pick<Places, "journal" | "recordings">,
  onTrouble: (sentence: string) => void,
  files: JournalFiles = journalFiles(places.journal),
): Journal => new Writer(places, onTrouble, files);

type Entry = { readonly time: string; readonly recording: string | undefined } & (
  | { readonly kind: "step"; readonly step: Step }
  | { readonly kind: "body"; readonly body: LineBody; readonly at: Instant }
);

interface Due {
  readonly name: string;
  readonly time: string;
  readonly at: Instant;
  readonly why: string;
  readonly director: string;
  readonly timer: NodeJS.Timeout;
}

class Writer implements Journal {
  readonly #places: Pick<Places, "journal" | "recordings">;
  readonly #onTrouble: (sentence: string) => void;
  readonly #files: JournalFiles;
  readonly #entries: Entry[] = [];
  #recorder: Recorder = createRecorder();
  #state: DirectorState | undefined;
  #due: Due | undefined;
  #job: { readonly due: Due; readonly recording: Recording } | undefined;
  #text = "";
  #textLines = 0;
  #lost = 0;
  #problem: string | undefined;
  /** Why the recording that waits could not be written yet. */
  #unrecorded: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #count = 0;
  #closed = false;

  constructor(
    places: Pick<Places, "journal" | "recordings">,
    onTrouble: (sentence: string) => void,
    files: JournalFiles,
  ) {
    this.#places = places;
    this.#onTrouble = onTrouble;
    this.#files = files;
  }

  begin(): void {
    this.#freeze();
    this.#recorder = createRecorder();
  }

  stepped(step: Step): void {
    this.#recorder.note(step.before, step.event, step.at);
    this.#state = step.after;
    if (!isNotable(step)) return;
    const time = new Date().toISOString();
    this.#put({ kind: "step", step, time, recording: this.#recordingOf(step, time) });
  }

  note(body: LineBody): void {
    const time = new Date().toISOString();
    this.#put({ kind: "body", body, at: now(), time, recording: undefined });
  }

  problem(): string | undefined {
    return this.#problem ?? this.#unrecorded;
  }

  async close(patience: Millis): Promise<void> {
    if (patience >= STOP_PATIENCE) this.#freeze();
    this.note({ kind: "stopped" });
    this.#closed = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#due?.timer);
    let limit: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, patience);
    });
    await Promise.race([this.#flush(), over]);
    clearTimeout(limit);
  }

  #put(entry: Entry): void {
    if (this.#entries.length >= MAX_STEPS) return this.#lose(1, "they come too fast");
    this.#entries.push(entry);
    this.#timer ??= setTimeout(() => void this.#flush(), DELAY_MS);
  }

  /** What changes within the aftermath of another change is in the same recording. */
  #recordingOf({ effects, at, before }: Step, time: string): string | undefined {
    const moved = effects.find((effect) => effect.kind === "transition");
    if (!moved) return undefined;
    if (this.#due) return this.#due.name;
    const { instance, transition } = moved;
    const why = `${instance} is ${transition.to}: ${causeText(transition.cause)}`;
    const director = before.setup.self;
    const name = `${time.replaceAll(/[-:]/g, "")}-${director}-${++this.#count}`;
    const timer = setTimeout(() => this.#freeze(), AFTERMATH_MS);
    this.#due = { name, time, at, why, director, timer };
    return name;
  }

  #freeze(): void {
    const due = this.#due;
    if (!due) return;
    clearTimeout(due.timer);
    this.#due = undefined;
    const recording = this.#state && this.#recorder.take(this.#state);
    // One at a time: a disk that hangs must not make the memory grow.
    if (recording && !this.#job) this.#job = { due, recording };
    this.#timer ??= setTimeout(() => void this.#flush(), DELAY_MS);
  }

  async #flush(): Promise<void> {
    this.#timer = undefined;
    while (this.#entries.length > 0) {
      for (const entry of this.#entries.splice(0, TURN)) this.#tryWrite(entry);
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
    await this.#working;
  }

  /** What can not be told is lost like what can not be written: the director goes on. */
  #tryWrite(entry: Entry): void {
    try {
      this.#write(entry);
    } catch (error) {
      this.#lose(1, messageOf(error));
    }
  }

  #write(entry: Entry): void {
    const { time, recording } = entry;
    const bodies = entry.kind === "step" ? linesOf(entry.step, recording) : [entry.body];
    const at = Math.round((entry.kind === "step" ? entry.step.at : entry.at) * 10) / 10;
    if (this.#text.length > MAX_WAITING) return this.#lose(bodies.length, "the disk is too slow");
    const director = this.#self();
    for (const body of bodies) this.#text += textOf({ time, at, director, ...body });
    this.#textLines += bodies.length;
  }

  async #work(): Promise<void> {
    // The gap alone, where there is nothing else: that shows whether the disk is mended.
    if (this.#lost > 0 && this.#text === "") await this.#append();
    while (this.#text !== "" || this.#job) {
      if (this.#text !== "") await this.#append();
      else if (!(await this.#record())) return;
    }
  }

  async #append(): Promise<void> {
    const [text, lines, lost] = [this.#text, this.#textLines, this.#lost];
    this.#text = "";
    this.#textLines = 0;
    const gap: LineBody = { kind: "lost", lines: lost };
    const common = { time: new Date().toISOString(), at: now(), director: this.#self() };
    const missing = lost === 0 ? "" : textOf({ ...common, ...gap });
    try {
      await this.#files.append(missing + text);
      this.#lost -= lost;
      this.#over(lost);
    } catch (error) {
      this.#lose(lines, messageOf(error));
      this.#tryAgain();
    }
  }

  #tryAgain(): void {
    if (!this.#closed) this.#timer ??= setTimeout(() => void this.#flush(), RETRY_MS).unref();
  }

  #over(lost: number): void {
    if (this.#problem !== undefined) {
      this.#onTrouble(`the journal is written again; ${lost} lines are missing in it`);
    }
    this.#problem = undefined;
  }

  #self(): string {
    return this.#state?.setup.self ?? "";
  }

  /** Resolves with whether none waits any more: what could not be written is tried again. */
  async #record(): Promise<boolean> {
    const job = this.#job;
    if (!job) return true;
    const { name, ...about } = job.due;
    const { recordings } = this.#places;
    try {
      const { RECORDING_SUFFIX, writeRecording } = await import("../os/recording-files.ts");
      const { director, time, at, why } = about;
      const lines = linesOfRecording(job.recording, { director, baton: VERSION, time, at, why });
      await writeRecording(`${recordings}/${name}${RECORDING_SUFFIX}`, lines);
    } catch (error) {
      const sentence = `the recording ${name} could not be written: ${messageOf(error)}`;
      if (this.#unrecorded === undefined) this.#onTrouble(sentence);
      this.#unrecorded = sentence;
      this.#tryAgain();
      return false;
    }
    this.#unrecorded = undefined;
    this.#job = undefined;
    return true;
  }

  #lose(lines: number, why: string): void {
    this.#lost += lines;
    this.#trouble(`the journal loses lines: ${why}`);
  }

  /** Once until it works again. */
  #trouble(sentence: string): void {
    if (this.#problem === undefined) this.#onTrouble(sentence);
    this.#problem ??= sentence;
  }
}

const textOf = (line: Line): string => `${JSON.stringify(line)}\n`;

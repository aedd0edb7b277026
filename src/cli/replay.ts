/** `baton replay FILE`: a recording run through the core again, step by step. */
import { BatonError, messageOf } from "../base/errors.ts";
import { formatDuration } from "../base/units.ts";
import { VERSION } from "../base/version.ts";
import { parseRecording } from "../core/journal/format.ts";
import { linesOf, type Step } from "../core/journal/lines.ts";
import { type Replay, replay } from "../core/journal/replay.ts";
import { eventText, lineText } from "../core/journal/text.ts";
import type { LineBody } from "../core/journal/types.ts";
import { readRecording } from "../os/recording-files.ts";
import { type Context, EXIT, print, printJson } from "./context.ts";
import { clockText, table } from "./text.ts";

export interface ReplayOptions {
  readonly file: string;
  readonly json?: true;
}

/** One step as it is told. */
interface Told {
  readonly time: string;
  readonly event: string;
  readonly lines: readonly LineBody[];
  /** So many steps like it followed each other, and changed nothing. */
  readonly count: number;
}

export async function replayFile(context: Context, { file, json }: ReplayOptions): Promise<number> {
  const { recording, about } = await load(file);
  const again = replay(recording);
  const started = Date.parse(about.time) - about.at;
  const same = again.differences.length === 0;
  if (json) {
    const steps = again.steps.map((step) => stepJson(step, started));
    printJson(context, { ...about, same, differences: again.differences, steps });
  } else print(context, ...words(again, { ...about, started }));
  return same ? EXIT.done : EXIT.failed;
}

async function load(file: string) {
  const text = await readRecording(file).catch((error: unknown) => {
    throw new BatonError("BATON_RECORDING", `${file} can not be read: ${messageOf(error)}`);
  });
  if (text.kind === "refused") throw new BatonError("BATON_RECORDING", `${file}: ${text.why}`);
  const parsed = parseRecording(text.lines);
  if (parsed.kind === "refused") {
    throw new BatonError("BATON_RECORDING", `${file}: ${parsed.why}`);
  }
  return parsed;
}

const timeOf = ({ at }: Step, started: number): string => new Date(started + at).toISOString();

const stepJson = (step: Step, started: number) => ({
  time: timeOf(step, started),
  at: step.at,
  event: step.event,
  lines: linesOf(step, undefined),
  effects: step.effects.map(({ kind }) => kind),
});

function words(
  { steps, differences }: Replay,
  about: { readonly started: number; readonly director: string } & {
    readonly baton: string;
    readonly why: string;
  },
): readonly string[] {
  const [first, last] = [steps.at(0), steps.at(-1)];
  const span = first && last ? formatDuration(Math.round(last.at - first.at)) : "0s";
  const other = about.baton === VERSION ? "" : `, by baton ${about.baton} (this is ${VERSION})`;
  const verdict =
    differences.length === 0
      ? "The core reaches the state that was recorded."
      : `The core comes out otherwise than recorded in: ${differences.join(", ")}`;
  return [
    `${about.director}, ${about.why}`,
    `${steps.length} steps in ${span}${other}`,
    "",
    ...table(told(steps, about.started).flatMap(rows), 2),
    "",
    verdict,
  ];
}

/** What changes nothing is counted, not shown. */
function told(steps: readonly Step[], started: number): readonly Told[] {
  const all: Told[] = [];
  for (const step of steps) {
    const lines = linesOf(step, undefined).filter(({ kind }) => kind !== "clock");
    const before = all.at(-1);
    if (lines.length === 0 && before?.lines.length === 0) {
      all[all.length - 1] = { ...before, count: before.count + 1 };
    } else {
      all.push({ time: timeOf(step, started), event: eventText(step.event), lines, count: 1 });
    }
  }
  return all;
}

function rows({ time, event, lines, count }: Told): readonly (readonly string[])[] {
  if (lines.length === 0) {
    return [[clockText(time), count === 1 ? event : `${count} steps that changed nothing`]];
  }
  const changes = lines.filter(({ kind }) => kind !== "event").map((line) => `  ${lineText(line)}`);
  return [event, ...changes].map((text, i) => [i === 0 ? clockText(time) : "", text]);
}

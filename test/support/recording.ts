/** A recording as a scenario: what happened once, run through the core as it is now. */
import { instant } from "../../src/base/units.ts";
import { VERSION } from "../../src/base/version.ts";
import type { DirectorEvent, DirectorState } from "../../src/core/director/types.ts";
import { linesOfRecording, parseRecording } from "../../src/core/journal/format.ts";
import { createRecorder, type Recording } from "../../src/core/journal/recording.ts";
import { type Replay, replay } from "../../src/core/journal/replay.ts";
import { readRecording } from "../../src/os/recording-files.ts";
import type { SimNode } from "../sim/node.ts";

/** Of a file that a daemon wrote; throws where it is none. */
export async function loadRecording(path: string): Promise<Recording> {
  const text = await readRecording(path);
  if (text.kind === "refused") throw new Error(`${path}: ${text.why}`);
  return parsed(text.lines);
}

/** The steps that the core takes now, and where it comes out otherwise than it did then. */
export const scenarioOf = async (path: string): Promise<Replay> =>
  replay(await loadRecording(path));

export function parsed(lines: readonly string[]): Recording {
  const read = parseRecording(lines);
  if (read.kind === "refused") throw new Error(read.why);
  return read.recording;
}

export const textOf = (recording: Recording): readonly string[] => [
  ...linesOfRecording(recording, {
    director: recording.before.setup.self,
    baton: VERSION,
    time: "2026-01-02T03:04:05.678Z",
    at: instant(0),
    why: "for a test",
  }),
];

/** Tapes of a simulated director, one a life: what a daemon would have recorded. */
export function taped(node: SimNode, now: () => number): readonly Tape[] {
  const tapes: Tape[] = [];
  let last: DirectorState | undefined;
  const dispatch = node.dispatch.bind(node);
  node.dispatch = (event: DirectorEvent) => {
    const before = node.state;
    dispatch(event);
    const { state } = node;
    if (!before || !state) return;
    if (before !== last) tapes.push(new Tape());
    tapes.at(-1)?.note(before, event, now(), state);
    last = state;
  };
  return tapes;
}

/** What a director's events were, taken in steps of whoever runs it. */
export class Tape {
  readonly #recorder = createRecorder();
  #last: DirectorState | undefined;

  note(before: DirectorState, event: DirectorEvent, at: number, after: DirectorState): void {
    this.#recorder.note(before, event, instant(at));
    this.#last = after;
  }

  recording(): Recording {
    const recording = this.#last && this.#recorder.take(this.#last);
    if (!recording) throw new Error("nothing was recorded");
    return recording;
  }
}

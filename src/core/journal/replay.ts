/** A recording run through the core again. */
import { step } from "../director/step.ts";
import type { DirectorState } from "../director/types.ts";
import { differences } from "./format.ts";
import type { Step } from "./lines.ts";
import type { Recording } from "./recording.ts";

export interface Replay {
  readonly steps: readonly Step[];
  readonly after: DirectorState;
  /** Parts of the state that are not as they were recorded; empty: it came out the same. */
  readonly differences: readonly string[];
}

export function replay({ before, events, after }: Recording): Replay {
  const steps: Step[] = [];
  let state = before;
  for (const { at, event } of events) {
    const result = step(state, event, at);
    steps.push({ before: state, after: result.state, event, effects: result.effects, at });
    state = result.state;
  }
  return { steps, after: state, differences: differences(state, after) };
}

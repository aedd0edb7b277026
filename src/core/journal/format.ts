/** A recording as lines of text, and back.
 *
 * ```
 * {"kind":"recording","format":1,…}      what it is
 * {"kind":"setup","setup":…}             what makes the setup
 * {"kind":"before","part":…,"value":…}   the state at the beginning, in parts
 * {"kind":"event","at":…,"event":…}      in their order
 * {"kind":"after","part":…,"value":…}    the state at the end
 * ```
 * Parts of a state are its keys; an instance is one of its own, `instances/web`.
 */
import { decodeLossless, encodeLossless } from "../../base/lossless.ts";
import { type Instant, instant } from "../../base/units.ts";
import { initialDirector, makeSetup, type SetupOptions } from "../director/setup.ts";
import type { DirectorState } from "../director/types.ts";
import { type Recording, setupOptions, type TimedEvent, withoutSecrets } from "./recording.ts";

/** Grows when the state or an event gets a shape that older programs did not write. */
export const RECORDING_FORMAT = 1;

export interface About {
  readonly director: string;
  /** The program's version. */
  readonly baton: string;
  /** The wall clock at `at`. */
  readonly time: string;
  readonly at: Instant;
  /** What happened, in words. */
  readonly why: string;
}

/** One after the other, so that the writer may pause between them. */
export function* linesOfRecording(recording: Recording, about: About): Generator<string, void> {
  const { before, events, after } = recording;
  yield encodeLossless({ kind: "recording", format: RECORDING_FORMAT, ...about });
  yield encodeLossless({ kind: "setup", setup: setupOptions(before.setup) });
  for (const [part, value] of partsOf(before))
    yield encodeLossless({ kind: "before", part, value });
  for (const { at, event } of events) {
    yield encodeLossless({ kind: "event", at, event: withoutSecrets(event) });
  }
  for (const [part, value] of partsOf(after)) yield encodeLossless({ kind: "after", part, value });
}

const INSTANCES = "instances";

function* partsOf(state: DirectorState): Generator<[string, unknown], void> {
  for (const [key, value] of Object.entries(state)) {
    if (key !== INSTANCES && key !== "setup") yield [key, value];
  }
  for (const [name, one] of Object.entries(state.instances)) yield [`${INSTANCES}/${name}`, one];
}

export type Parsed =
  | { readonly kind: "recording"; readonly recording: Recording; readonly about: About }
  /** A clause that says what is wrong. */
  | { readonly kind: "refused"; readonly why: string };

export function parseRecording(lines: readonly string[]): Parsed {
  try {
    return assemble(lines.map((line) => decodeLossless(line) as RawLine));
  } catch (error) {
    return refused(`it can not be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

interface RawLine {
  readonly kind?: unknown;
  readonly [key: string]: unknown;
}

const refused = (why: string): Parsed => ({ kind: "refused", why });

function assemble([head, second, ...rest]: readonly RawLine[]): Parsed {
  if (head?.kind !== "recording") return refused("it does not begin as a recording does");
  if (head["format"] !== RECORDING_FORMAT) {
    const found = `of format ${String(head["format"])}, written by baton ${String(head["baton"])}`;
    return refused(`it is ${found}; this baton reads format ${RECORDING_FORMAT}`);
  }
  if (second?.kind !== "setup") return refused("its second line is not the setup");
  const options = second["setup"] as SetupOptions;
  const states = { before: new Map<string, unknown>(), after: new Map<string, unknown>() };
  const events: TimedEvent[] = [];
  for (const { kind, ...line } of rest) {
    if (kind === "event") events.push(line as unknown as TimedEvent);
    else if (kind === "before" || kind === "after") {
      states[kind].set(String(line["part"]), line["value"]);
    } else return refused(`it has a line of kind ${String(kind)}`);
  }
  const before = stateOf(options, states.before);
  const after = stateOf(options, states.after);
  if ("missing" in before || "missing" in after) {
    const missing = "missing" in before ? before.missing : "missing" in after ? after.missing : "";
    return refused(`a part of its states is missing: ${missing}`);
  }
  const { director, baton, time, at, why } = head as unknown as About;
  return {
    kind: "recording",
    recording: { before, events, after },
    about: { director, baton, time, at, why },
  };
}

function stateOf(
  options: SetupOptions,
  parts: ReadonlyMap<string, unknown>,
): DirectorState | { readonly missing: string } {
  const setup = makeSetup(options);
  const wanted = [...partsOf(initialDirector(setup, instant(0)))].map(([part]) => part);
  const missing = wanted.find((part) => !parts.has(part));
  if (missing !== undefined) return { missing };
  const instances: [string, unknown][] = [];
  const others: [string, unknown][] = [];
  for (const [part, value] of parts) {
    if (part.startsWith(`${INSTANCES}/`)) instances.push([part.slice(INSTANCES.length + 1), value]);
    else others.push([part, value]);
  }
  const state = { setup, ...Object.fromEntries(others), instances: Object.fromEntries(instances) };
  return state as unknown as DirectorState;
}

/** Parts in which two states differ. */
export function differences(one: DirectorState, other: DirectorState): readonly string[] {
  const [left, right] = [new Map(partsOf(one)), new Map(partsOf(other))];
  return [...new Set([...left.keys(), ...right.keys()])].filter(
    (part) => encodeLossless(left.get(part)) !== encodeLossless(right.get(part)),
  );
}

/** A random life of a cluster whose directors record as daemons do: what is replayed otherwise. */
import { replay } from "../../src/core/journal/replay.ts";
import { parsed, type Tape, taped, textOf } from "../support/recording.ts";
import { type ChaosRun, chaos, type Transport } from "./chaos.ts";

/** Each process's recording is run through the core again; the last one of the first also as text. */
export function recordedChaos(seed: number, transport: Transport): ChaosRun {
  let tapes: readonly (readonly Tape[])[] = [];
  const run = chaos(seed, transport, (cluster) => {
    tapes = cluster.nodes.map((node) => taped(node, () => cluster.now));
  });
  const recordings = tapes.flat().map((tape) => tape.recording());
  const written = tapes[0]?.at(-1);
  const all = written ? [...recordings, parsed(textOf(written.recording()))] : recordings;
  const problems = all.flatMap((recording) => {
    const { differences } = replay(recording);
    const { self } = recording.before.setup;
    return differences.length === 0 ? [] : [`${self} is replayed otherwise: ${differences}`];
  });
  return { ...run, problems: [...run.problems, ...problems] };
}

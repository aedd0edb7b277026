/** Whether what was seen around a fault is what was promised of it. */

/** What baton promises of a fault. */
export interface Expectation {
  /** Whether the role is with the other host afterwards. */
  readonly role: "stays" | "moves" | "either";
  /** The longest silence of the VIP, in milliseconds. */
  readonly gap: number;
  /** Whether every connection goes on. */
  readonly connections: "kept" | "either";
}

/** What `baton doctor` said on one host. */
export interface Diagnosis {
  readonly host: string;
  readonly code: number;
  /** Codes of its errors and warnings. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

export interface Observation {
  readonly before: string;
  /** Who had the VIP in the end of the fault, before anybody did something about it. */
  readonly during: readonly string[];
  /** Who has it afterwards, by the hosts' interfaces. */
  readonly after: readonly string[];
  /** Who answers for it on the wire. */
  readonly answering: readonly string[];
  /** The client's longest silence, in milliseconds. */
  readonly gap: number;
  readonly held: number;
  readonly kept: number;
  readonly doctor: readonly Diagnosis[];
  /** What could not be done or waited for. */
  readonly failures: readonly string[];
}

const list = (names: readonly string[]): string => names.join(" and ") || "nobody";

/** Sentences of what is not as it was promised; none where all is. */
export function judge(
  { role, gap, connections }: Expectation,
  seen: Observation,
): readonly string[] {
  const { before, during, after, answering, kept, held, doctor } = seen;
  const [owner] = after;
  const said = (wrong: boolean, sentence: string): readonly string[] => (wrong ? [sentence] : []);
  return [
    ...seen.failures,
    ...said(during.length !== 1, `while it lasted ${list(during)} had the VIP`),
    ...said(after.length !== 1, `afterwards ${list(after)} had the VIP`),
    ...said(
      answering.join() !== after.join(),
      `${list(answering)} answered for the VIP, which ${list(after)} had`,
    ),
    ...said(role === "stays" && owner !== before, `the role moved to ${list(after)}`),
    ...said(role === "moves" && owner === before, `the role stayed with ${before}`),
    ...said(seen.gap > gap, `clients waited ${Math.round(seen.gap)} ms, ${gap} at most promised`),
    ...said(connections === "kept" && kept < held, `${held - kept} of ${held} connections lost`),
    ...doctor.flatMap(diagnosed),
  ];
}

function diagnosed({ host, code, errors, warnings }: Diagnosis): readonly string[] {
  if (code === 0) return [];
  const what = [...errors, ...warnings].join(", ") || "no finding";
  return [`doctor on ${host}: exit ${code}, ${what}`];
}

/** What it takes to judge a file by itself, and against what runs: the part that costs time. */
import { parse } from "../config/load.ts";
import { type Locate, locateProblems, type Problem } from "../config/report.ts";
import type { Config } from "../config/types.ts";
import { planOf } from "../core/reload/plan.ts";
import type { Plan } from "../core/reload/types.ts";

/** Plain data, since it goes to a thread. */
export interface ReadWork {
  readonly text: string;
  /** Found by the host, and without their places in the file. */
  readonly problems: readonly Problem[];
  readonly running: Config;
  readonly self: string;
  readonly masterOf: readonly string[];
  /** Active connections by `SERVICE SERVER`. */
  readonly connections: Readonly<Record<string, number>>;
}

export type ReadResult =
  | { readonly kind: "invalid"; readonly problems: readonly Problem[] }
  | {
      readonly kind: "valid";
      readonly config: Config;
      readonly digest: string;
      readonly problems: readonly Problem[];
      /** Those of the host, with their places. */
      readonly located: readonly Problem[];
      readonly plan: Plan;
    };

export function readWork(work: ReadWork): ReadResult {
  const loaded = parse(work.text);
  if (loaded.kind === "invalid") return loaded;
  const { config, digest, problems, locate } = loaded;
  const located = place(work.problems, locate);
  const plan = planOf(work.running, config, {
    self: work.self,
    masterOf: new Set(work.masterOf),
    connections: (service, server) => work.connections[`${service} ${server}`],
  });
  return { kind: "valid", config, digest, problems, located, plan };
}

const place = (problems: readonly Problem[], locate: Locate): readonly Problem[] =>
  problems.length === 0 ? [] : locateProblems(problems, locate);

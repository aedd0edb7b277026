/** The host's side of `npm run demo`: boots the lab, shows its progress, prints its report. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bootLab, type LabResult } from "../lab/boot.ts";
import type { GuestEvent } from "../lab/marks.ts";
import { heldAll, report } from "./report.ts";
import type { Outcome } from "./types.ts";

/** Twice what it takes on a quiet machine. */
const LIMIT_MS = 560_000;
const LAST_LINES = 30;

export interface DemoOptions {
  /** Where the outcome goes as JSON, beside the page. */
  readonly json?: string;
}

/** Resolves with the exit code: 0 only where every expectation held. */
export async function demo({ json }: DemoOptions): Promise<number> {
  const started = Date.now();
  const say = (text: string): void => {
    const seconds = Math.round((Date.now() - started) / 1000);
    console.log(`${String(seconds).padStart(4)} s  ${text}`);
  };
  say("the lab boots: a kernel with IPVS in User-Mode Linux (linux.uml)");
  const lab = await bootLab({
    script: fileURLToPath(new URL("./guest.ts", import.meta.url)),
    timeout: LIMIT_MS,
    onEvent: (event) => {
      if (event.kind === "progress") say(String(event["text"]));
    },
  }).catch((error: unknown) => {
    console.error(`demo: linux.uml could not be started: ${String(error)}`);
    return undefined;
  });
  if (!lab) return 1;
  const told = lab.events.find(({ kind }) => kind === "outcome");
  if (!told) return explain(lab);
  const outcome = told["outcome"] as Outcome;
  const date = new Date().toISOString();
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ date, ...outcome }, null, 2)}\n`);
  console.log(`\n${report(outcome)}`);
  if (lab.code !== 0) return explain(lab);
  return heldAll(outcome) ? 0 : 1;
}

/** There is no outcome: what the guest said last, and what it may mean. */
function explain({ events, output, timedOut, code }: LabResult): number {
  const failure = events.find(({ kind }: GuestEvent) => kind === "failed");
  const why = timedOut
    ? `it did not end within ${LIMIT_MS / 1000} s`
    : `exit code ${code ?? "none"}`;
  if (events.length === 0) {
    console.error(`demo: the lab did not boot (${why}). Its kernel needs about 1 GB of memory in`);
    console.error("/dev/shm or the temporary folder, and ptrace. It said last:");
  } else console.error(`demo: the rehearsal broke off (${why}). The lab said last:`);
  console.error(output.split("\n").slice(-LAST_LINES).join("\n"));
  if (failure) console.error(String(failure["message"]));
  return 1;
}

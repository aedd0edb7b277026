/** A drill that a reader of the page asks for: `baton drill`, as a program of its own. */
import { fileURLToPath } from "node:url";
import type { InstanceRequest, Reply } from "../../control/api.ts";
import { type Ending, runProgram } from "../../os/process.ts";

/** Beside this program. */
const BATON = fileURLToPath(new URL("./baton.js", import.meta.url));
/** Two handovers, and half a minute in which the way back may open. */
const LIMIT_MS = 60_000;
/** Then it ends its hold, and says how far it came; a command that is on its way takes ten seconds. */
const GRACE_MS = 12_000;

/** Resolves with the report when the role is back, or was not moved. */
export type Drill = (request: InstanceRequest) => Promise<Reply>;

/** It asks who holds a VIP hundreds of times a second: not on the daemon's loop. One at a time. */
export function createDrill(
  root: string,
  program: readonly string[] = [BATON],
  limit = LIMIT_MS,
): Drill {
  const places = root === "" ? [] : ["--root", root];
  let running = false;
  return async ({ instance }) => {
    if (running) return { done: false, sentence: "a drill is under way already" };
    running = true;
    const names = instance === undefined ? [] : ["--", instance];
    const command = [process.execPath, ...program, ...places, "drill", ...names];
    const options = { limit, grace: GRACE_MS };
    const { output, words, ...ending } = await runProgram(command, options);
    running = false;
    const done = ending.kind === "ended" && ending.code === 0;
    const report = [output.trim(), ...endingWords(ending.kind, words)].join("\n").trim();
    return { done, sentence: report === "" ? `the drill ${words}` : report };
  };
}

/** Whom it could not tell, it could not end the hold for. */
const endingWords = (kind: Ending["kind"], words: string): readonly string[] =>
  kind === "killed"
    ? [
        `the drill ${words}: the role may be with the other director, and this one stay away for`,
        "two minutes; Resume ends that",
      ]
    : [];

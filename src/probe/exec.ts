/** exec: a program ends with 0. Whatever keeps it from running is a failure. */
import { beginProgram, type Ending } from "../os/process.ts";
import { type Attempt, down, type Outcome, type ProbeOf, up } from "./types.ts";

/** keepalived's misc_dynamic: exit codes from here on are a weight. */
const FIRST_WEIGHT = 2;
const MAX_SHOWN = 120;

type ExecProbe = ProbeOf<"exec">;

export function askExec(probe: ExecProbe, attempt: Attempt): void {
  const { action, target } = probe;
  attempt.waitsFor(`end of ${action.command[0]}`);
  const environment = { BATON_ADDRESS: target.address, BATON_PORT: String(target.port) };
  const program = beginProgram(action.command, { environment, user: action.user });
  attempt.onEnd(() => program.kill());
  void program.ending.then((ending) => attempt.end(judge(probe, ending)));
}

function judge({ action }: ExecProbe, ending: Ending): Outcome {
  const [program = ""] = action.command;
  const line = ending.output.trim().split("\n", 1)[0] ?? "";
  const said = line === "" ? "" : `: ${line.slice(0, MAX_SHOWN)}`;
  const failed = down(`${program} ${ending.words}${said}`);
  if (ending.kind !== "ended") return failed;
  if (ending.code === 0) return up(`${program} says yes`);
  if (!action.weightFromExit || ending.code < FIRST_WEIGHT) return failed;
  const weight = ending.code - FIRST_WEIGHT;
  return { ok: true, note: `${program} says weight ${weight}`, weight };
}

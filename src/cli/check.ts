/** `baton check`: every problem of the file, and of this host with it. */
import { filesOf } from "../config/host/files.ts";
import { usersOf } from "../config/host/programs.ts";
import { checkHost } from "../config/host.ts";
import type { Loaded } from "../config/load.ts";
import {
  formatPlace,
  formatProblem,
  hasErrors,
  locateProblems,
  type Problem,
  sortProblems,
} from "../config/report.ts";
import type { Config } from "../config/types.ts";
import { readHostFacts } from "../os/host-facts.ts";
import { refuseLaterState } from "../os/state-format.ts";
import { loadConfigFile } from "./config-file.ts";
import { type Context, EXIT, print, printJson } from "./context.ts";
import { livingDaemon } from "./living.ts";

export interface CheckOptions {
  readonly host: boolean;
  readonly json?: boolean;
  /** Whether this version may take the place of the daemon that ran last: a package asks. */
  readonly successor?: boolean;
}

interface Verdict {
  readonly problems: readonly Problem[];
  readonly digest: string | undefined;
  /** Undefined where the host was not looked at, or is no director. */
  readonly director: string | undefined;
}

export async function check(context: Context, options: CheckOptions): Promise<number> {
  if (options.successor) await refuseLaterState(context.places);
  const loaded = await loadConfigFile(context.configFile);
  const verdict = await judge(context, loaded, options.host);
  const valid = !hasErrors(verdict.problems);
  if (options.json) printJson(context, asJson(context.configFile, verdict));
  else print(context, ...asText(context, verdict, options.host));
  return valid ? EXIT.done : EXIT.wrong;
}

async function judge(context: Context, loaded: Loaded, withHost: boolean): Promise<Verdict> {
  if (loaded.kind === "invalid") {
    return { problems: loaded.problems, digest: undefined, director: undefined };
  }
  const { config, digest, problems, locate } = loaded;
  if (!withHost) return { problems, digest, director: undefined };
  const facts = await hostFactsFor(context, config);
  const { self, problems: found } = checkHost(config, facts);
  const all = sortProblems([...problems, ...locateProblems(found, locate)]);
  return { problems: all, digest, director: self };
}

/** What this host is and has, as far as this configuration has to do with it. */
export async function hostFactsFor(
  { as, places }: Context,
  config: Config,
): Promise<Awaited<ReturnType<typeof readHostFacts>>> {
  return readHostFacts({
    as,
    secretFile: config.heartbeat.secretFile,
    files: filesOf(config),
    users: usersOf(config),
    // Its own daemon has the port for good reason.
    port: (await livingDaemon(places)) === undefined ? portOf(config) : undefined,
  });
}

const portOf = ({ directors, heartbeat }: Config): Parameters<typeof readHostFacts>[0]["port"] =>
  heartbeat.transport === "vrrp"
    ? undefined
    : {
        number: heartbeat.port,
        addresses: directors.flatMap(({ paths }) => paths.map(({ address }) => address)),
      };

function asText(context: Context, verdict: Verdict, withHost: boolean): readonly string[] {
  const { problems, director, digest } = verdict;
  const lines = problems.map((problem) => formatProblem(problem, context.configFile));
  const counts = countOf(problems);
  if (hasErrors(problems)) return [...lines, `${context.configFile}: ${counts}`];
  const who = withHost && director !== undefined ? `; this host is ${director}` : "";
  const but = counts === "" ? "" : ` (${counts})`;
  return [...lines, `${context.configFile} is valid${but}: configuration ${digest}${who}`];
}

/** `2 errors, 1 warning`; empty where there are none. */
function countOf(problems: readonly Problem[]): string {
  const parts = (["error", "warning", "note"] as const).map((severity) => {
    const count = problems.filter((problem) => problem.severity === severity).length;
    return count === 0 ? "" : `${count} ${severity}${count === 1 ? "" : "s"}`;
  });
  return parts.filter((part) => part !== "").join(", ");
}

const asJson = (file: string, { problems, digest, director }: Verdict): unknown => ({
  format: 1,
  file,
  valid: !hasErrors(problems),
  director,
  configDigest: digest,
  problems: problems.map(({ severity, code, place, message, remedy, at }) => ({
    severity,
    code,
    line: at?.line,
    column: at?.column,
    key: formatPlace(place),
    message,
    remedy,
  })),
});

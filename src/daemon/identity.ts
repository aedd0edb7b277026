/** Which director this host is, and whether it is fit to run the configuration. */
import { filesOf } from "../config/host/files.ts";
import { usersOf } from "../config/host/programs.ts";
import { checkHost } from "../config/host.ts";
import { hasErrors, locateProblems, type Problem, sortProblems } from "../config/report.ts";
import type { Config } from "../config/types.ts";
import { readText } from "../os/files.ts";
import { isIpvsLoaded, readHostFacts } from "../os/host-facts.ts";
import { openIpvs } from "../os/ipvs.ts";
import { type Configuration, parseConfiguration, Refusal } from "./configuration.ts";

export interface Identity {
  readonly self: string;
  /** Warnings and notes about this host. */
  readonly problems: readonly Problem[];
}

/** Throws a Refusal with every problem, each with its position in the file. */
export async function identify(
  configuration: Configuration,
  as: string | undefined,
): Promise<Identity> {
  const { config } = configuration;
  const { secretFile } = config.heartbeat;
  // The port is tried in earnest a moment later.
  const named = { files: filesOf(config), users: usersOf(config) };
  const questions = { as, secretFile, ...named, port: undefined };
  const verdict = checkHost(config, await readHostFacts(questions));
  if (verdict.self !== undefined && !hasErrors(verdict.problems)) {
    if (usesIpvs(config)) await loadIpvs();
    return { self: verdict.self, problems: verdict.problems };
  }
  throw new Refusal(configuration.file, await withPositions(configuration, verdict.problems));
}

const usesIpvs = ({ services, connectionSync }: Config): boolean =>
  services.length > 0 || connectionSync !== undefined;

/** A module file that is there may still not load; before the start it is said, afterwards shown. */
async function loadIpvs(): Promise<void> {
  if (!(await isIpvsLoaded())) (await openIpvs()).close();
}

/** What the file and the host are told for, in the order of the file, as `baton check` does. */
async function withPositions(
  configuration: Configuration,
  problems: readonly Problem[],
): Promise<readonly Problem[]> {
  const { file, locate, locateLater } = configuration;
  if (locateLater) {
    return sortProblems([...configuration.problems, ...(await locateLater(problems))]);
  }
  if (locate) return locateProblems([...configuration.problems, ...problems], locate);
  // The configuration came from the cache: the positions are in the text.
  const parsed = await parseConfiguration(file, (await readText(file)) ?? "");
  return parsed.locate
    ? locateProblems([...parsed.problems, ...problems], parsed.locate)
    : problems;
}

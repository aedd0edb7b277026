/** `baton doctor`: whether this host is fit to be a director, and what to do where it is not. */
import { BatonError } from "../base/errors.ts";
import { checkHost, type HostFacts } from "../config/host.ts";
import type { Loaded } from "../config/load.ts";
import { locateProblems } from "../config/report.ts";
import type { Director } from "../config/types.ts";
import { examineHost, examinePair, sortFindings } from "../doctor/examine.ts";
import { about, commandOf, countOf, exitOf, type Finding } from "../doctor/finding.ts";
import { gather } from "../doctor/gather/gather.ts";
import { problemFinding } from "../doctor/rules/problems.ts";
import type { FoundHost } from "../os/host-facts.ts";
import { hostFactsFor } from "./check.ts";
import { loadConfigFile } from "./config-file.ts";
import { type Context, EXIT, print, printJson } from "./context.ts";
import { askPerson, fixesOf, forBoot, type Mended, mayAsk, mend } from "./doctor/fix.ts";
import { renderFindings } from "./doctor/render.ts";
import { livingDaemon } from "./living.ts";
import { styleOf, wrap } from "./text.ts";

export interface DoctorOptions {
  /** Milliseconds. */
  readonly listen: number;
  readonly verbose?: boolean;
  readonly json?: boolean;
  readonly fix?: boolean;
  readonly yes?: boolean;
}

export async function doctor(context: Context, options: DoctorOptions): Promise<number> {
  if (options.fix) mayAsk(options.yes ?? false);
  const examined = await examine(context, options.listen);
  if (!options.json) show(context, examined, options.verbose ?? false);
  const mended = options.fix ? await mendAll(context, examined.findings, options) : [];
  if (options.json) printJson(context, asJson(context, examined, mended));
  const done = new Set(mended.flatMap((one) => (one.problem === undefined ? [one.command] : [])));
  const left = examined.findings.filter(
    ({ fix }) => fix === undefined || !done.has(commandOf(fix)),
  );
  return examined.readable ? exitOf(left) : EXIT.wrong;
}

interface Examined {
  readonly findings: readonly Finding[];
  /** Whether the configuration could be used. */
  readonly readable: boolean;
  readonly director: string | undefined;
  readonly digest: string | undefined;
}

async function examine(context: Context, listenMs: number): Promise<Examined> {
  const { configFile, places } = context;
  const pid = await livingDaemon(places);
  const loaded = await loadOrSay(configFile);
  if ("severity" in loaded || loaded.kind === "invalid") {
    const facts = await gather({ config: undefined, self: undefined, places, pid, listenMs });
    const said =
      "severity" in loaded
        ? [loaded]
        : loaded.problems.map((one) => problemFinding(one, configFile));
    const findings = sortFindings([...said, ...examineHost(facts)]);
    return { findings, readable: false, director: undefined, digest: undefined };
  }
  const { config, digest } = loaded;
  const { self, findings: checked } = await checkAsDaemon(context, loaded);
  const facts = await gather({ config, self, places, pid, listenMs });
  const found = [...examineHost(facts), ...examinePair({ config, digest, self, facts })];
  return {
    findings: sortFindings([...checked, ...found]),
    readable: true,
    director: self?.name,
    digest,
  };
}

/** A file that can not be read is a finding: the host is looked at all the same. */
async function loadOrSay(path: string): Promise<Loaded | Finding> {
  try {
    return await loadConfigFile(path);
  } catch (error) {
    if (!(error instanceof BatonError)) throw error;
    return about("configuration").error(error.code, error.message, {
      why: "Without it doctor can say what this host is like, and not what it needs.",
      remedy: error.remedy,
    });
  }
}

interface Checked {
  readonly self: Director | undefined;
  readonly findings: readonly Finding[];
}

/** As `baton check` does it. What doctor's own rules judge better is kept from it. */
async function checkAsDaemon(
  context: Context,
  { config, problems, locate }: Extract<Loaded, { kind: "valid" }>,
): Promise<Checked> {
  const host = await hostFactsFor(context, config);
  const vips = config.instances.flatMap((instance) => instance.vips);
  const verdict = checkHost(config, withoutVips(asDaemon(host), vips));
  const all = [...problems, ...locateProblems(verdict.problems, locate)];
  return {
    self: config.directors.find(({ name }) => name === verdict.self),
    findings: all.map((one) => problemFinding(one, context.configFile)),
  };
}

/** doctor may be run by anybody: what this user lacks is not what the daemon lacks. */
function asDaemon(host: FoundHost): HostFacts {
  if (host.uid === 0) return host;
  const capabilities = { netAdmin: true, netRaw: true, setUser: true };
  const unreadable = host.secretFile?.kind === "unreadable";
  return { ...host, capabilities, ...(unreadable && { secretFile: undefined }) };
}

/** Where a VIP stands on its interface, the rules say whether it should. */
const withoutVips = (
  host: HostFacts,
  vips: readonly { readonly address: string; readonly interface: string }[],
): HostFacts => ({
  ...host,
  addresses: host.addresses.filter(
    (found) =>
      !vips.some((vip) => vip.address === found.address && vip.interface === found.interface),
  ),
});

function show(context: Context, { findings, director, digest }: Examined, verbose: boolean): void {
  const who = director === undefined ? "this host" : director;
  const by = digest === undefined ? context.configFile : `${context.configFile} (${digest})`;
  const head = `baton doctor: ${who}, by ${by}`;
  const lines = renderFindings({ head, findings, verbose }, styleOf(context.io.colour));
  print(context, ...lines.flatMap((line) => wrap(line, context.io.columns)));
}

async function mendAll(
  context: Context,
  findings: readonly Finding[],
  options: DoctorOptions,
): Promise<readonly Mended[]> {
  const say = (...lines: readonly string[]): void => {
    if (!options.json) print(context, ...lines);
  };
  const fixes = fixesOf(findings);
  if (fixes.length === 0) {
    say("", "There is nothing that --fix may do.");
    return [];
  }
  const mended: Mended[] = [];
  for (const fix of fixes) {
    const answer = options.yes ? "yes" : await askPerson(commandOf(fix));
    if (answer === "end") break;
    if (answer === "no") continue;
    const one = await mend(fix);
    mended.push(one);
    say(
      one.problem === undefined ? `done: ${one.command}` : `failed: ${one.command}: ${one.problem}`,
    );
  }
  say(...forBoot(mended));
  return mended;
}

function asJson(
  { configFile }: Context,
  { findings, director, digest }: Examined,
  mended: readonly Mended[],
): unknown {
  return {
    format: 1,
    file: configFile,
    director,
    configDigest: digest,
    counts: {
      error: countOf(findings, "error"),
      warning: countOf(findings, "warning"),
      note: countOf(findings, "note"),
      ok: countOf(findings, "ok"),
    },
    findings,
    mended: mended.map(({ command, problem }) => ({
      command,
      done: problem === undefined,
      problem,
    })),
  };
}

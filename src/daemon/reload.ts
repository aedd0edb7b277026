/** A reload: judged whole, planned, and carried out whole, or not at all. */
import { BatonError, messageOf } from "../base/errors.ts";
import type { Places } from "../base/places.ts";
import { endpointName, serviceName } from "../base/service.ts";
import { formatProblem, sortProblems } from "../config/report.ts";
import type { Config } from "../config/types.ts";
import { holdsVips } from "../core/director/desired.ts";
import { makeSetup } from "../core/director/setup.ts";
import { retiredBy } from "../core/reload/retire.ts";
import type { Operation, Plan } from "../core/reload/types.ts";
import type { Secret } from "../os/hmac.ts";
import {
  type Configuration,
  keyOf,
  Refusal,
  read,
  rememberConfiguration,
} from "./configuration.ts";
import { guardPlan } from "./guard.ts";
import { identify } from "./identity.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { Page } from "./page/page.ts";
import type { ReadResult, ReadWork } from "./read-work.ts";
import { readInThread } from "./reader.ts";
import type { Succession } from "./succession.ts";
import { readSecrets, type Voices } from "./voices.ts";

export interface ReloadOptions {
  readonly running: Succession;
  readonly voices: Voices;
  readonly metrics: Pick<Metrics, "listenOn">;
  readonly page: Pick<Page, "listenOn">;
  readonly places: Places;
  readonly self: string;
  /** What a start takes, for the guard's patience. */
  readonly startTook: Parameters<typeof guardPlan>[1];
  readonly log: Log;
  /** The daemon is about to end: nothing begins any more. */
  readonly isEnding: () => boolean;
  /** Instead of a thread of its own. */
  readonly read?: (work: ReadWork) => Promise<ReadResult>;
}

/** What became of it; nothing has changed where it is not done. */
export interface Reloaded {
  readonly done: boolean;
  readonly sentence: string;
  readonly plan: Plan | undefined;
  /** The file is wrong, or this host is not fit for it: the same call fails again. */
  readonly invalid: boolean;
  /** What runs now; undefined where that is what ran before. */
  readonly configuration: Configuration | undefined;
}

/** A text that was judged by this host, with all that it takes to run it. */
interface Candidate {
  readonly configuration: Configuration;
  readonly secrets: readonly Secret[];
  readonly plan: Plan;
}

/** Who retires hands over within this; then nothing is changed. */
const RETIRE_LIMIT_MS = 10_000;
const RETIRE_STEP_MS = 10;
/** The kernel's part of what is under way; whatever is left is repaired afterwards. */
const SETTLE_LIMIT_MS = 500;

/** What a reload would do; throws a Refusal or a BatonError where it would do nothing. */
export async function plan(options: ReloadOptions, file: string): Promise<Plan> {
  return (await judge(options, await read(file), file)).plan;
}

/** Never rejects. `move`: roles may move. */
export async function reload(
  options: ReloadOptions,
  request: { readonly file: string; readonly text: string; readonly move: boolean },
): Promise<Reloaded> {
  try {
    const candidate = await judge(options, request.text, request.file);
    return await carryOut(options, candidate, request.move);
  } catch (error) {
    return { ...NOTHING, ...refusalOf(error) };
  }
}

const NOTHING = {
  done: false,
  invalid: false,
  plan: undefined,
  configuration: undefined,
} as const;

async function judge(options: ReloadOptions, text: string, file: string): Promise<Candidate> {
  const { running, self, read: readWhole = readInThread } = options;
  const work: ReadWork = { ...workOf(options), text, problems: [] };
  const result = await readWhole(work);
  if (result.kind === "invalid") throw new Refusal(file, sortProblems(result.problems));
  const { config, digest, problems, plan: planned } = result;
  const configuration: Configuration = {
    file,
    key: keyOf(file, text),
    config,
    digest,
    problems,
    locate: undefined,
    locateLater: async (found) => {
      const again = await readWhole({ ...work, problems: found });
      return again.kind === "valid" ? again.located : found;
    },
  };
  const identity = await identify(configuration, self);
  for (const { severity, message } of [...problems, ...identity.problems]) {
    if (severity === "warning") options.log.warn(message);
  }
  const secrets = await readSecrets(config);
  const { keyId } = running.loop.state().setup;
  const keys = keyId === (secrets[0]?.id ?? 0) ? [] : [KEYS];
  const operations = [...planned.operations, ...keys];
  return { configuration, secrets, plan: { operations, moves: planned.moves } };
}

/** What runs, as a thread has to know it. */
function workOf({ running, self }: ReloadOptions): Omit<ReadWork, "text" | "problems"> {
  const state = running.loop.state();
  const tables = running.levels.ipvs?.reading?.tables ?? [];
  const connections = tables.flatMap(({ service, destinations }) =>
    destinations.map((one) => [
      `${serviceName(service.key)} ${endpointName(one)}`,
      one.activeConnections,
    ]),
  );
  return {
    running: state.setup.config,
    self,
    masterOf: Object.keys(state.instances).filter((name) => holdsVips(state, name)),
    connections: Object.fromEntries(connections),
  };
}

const KEYS: Operation = {
  subject: "heartbeat",
  what: "is signed with another key",
  disturbs: "unless the other directors know the key they do not believe this one",
};

async function carryOut(
  options: ReloadOptions,
  { configuration, secrets, plan: planned }: Candidate,
  move: boolean,
): Promise<Reloaded> {
  if (planned.moves.length > 0 && !move) {
    const sentence = `a role would move, and that was not asked for: ${movesText(planned)}`;
    return { ...NOTHING, plan: planned, sentence };
  }
  const { running } = options;
  try {
    await succeed(options, configuration, secrets);
  } catch (error) {
    // Who let go stands for election again.
    running.loop.dispatch({ kind: "reconfigured" });
    throw error;
  }
  await rememberConfiguration(configuration, options.places);
  const count = planned.operations.length;
  const done = count === 0 ? "nothing has changed" : `${count} change${count === 1 ? "" : "s"}`;
  const sentence = `configuration ${configuration.digest} runs: ${done}`;
  return { done: true, sentence, invalid: false, plan: planned, configuration };
}

/** Nothing comes between what is spoken and who speaks it; what fails is taken back. */
async function succeed(
  options: ReloadOptions,
  configuration: Configuration,
  secrets: readonly Secret[],
): Promise<void> {
  const { running, voices, startTook } = options;
  const { config, file } = configuration;
  const before = running.loop.state().setup.config;
  await letGo(options, config);
  const settled = running.levels.settled().catch(() => undefined);
  await Promise.race([settled, pause(SETTLE_LIMIT_MS)]);
  try {
    await listenAs(options, config);
    await voices.speakAs(config, secrets);
    await within(voices, () => {
      if (options.isEnding()) throw new BatonError("BATON_REFUSED", "this director is stopping");
      const setup = setupOf(options, configuration, secrets);
      running.succeed({ setup, configFile: file, guardPlan: guardPlan(config, startTook) });
    });
  } catch (error) {
    await listenAs(options, before).catch(() => undefined);
    throw error;
  }
}

async function listenAs({ metrics, page }: ReloadOptions, config: Config): Promise<void> {
  // Each may take what the other had.
  if (config.metrics === undefined) await metrics.listenOn(undefined);
  await page.listenOn(config.page);
  await metrics.listenOn(config.metrics);
}

/** Who spoke before speaks again where the step fails. */
async function within(voices: Voices, step: () => void): Promise<void> {
  try {
    step();
  } catch (error) {
    await voices.speakAsBefore();
    throw error;
  }
}

const movesText = ({ moves }: Plan): string =>
  moves.map(({ instance, why }) => `${instance}: ${why}`).join("; ");

/** Instances that are other ones in the new file: their peers take over what they serve. */
async function letGo({ running }: ReloadOptions, after: Config): Promise<void> {
  const serves = (name: string): boolean => {
    const state = running.loop.state();
    return holdsVips(state, name) || state.instances[name]?.kind === "leaving";
  };
  const before = running.loop.state().setup.config;
  const names = retiredBy(before, after).map(({ name }) => name);
  const kept = new Set(after.instances.map(({ name }) => name));
  running.removing(names.filter((name) => !kept.has(name)));
  for (const instance of names) running.loop.dispatch({ kind: "retired", instance });
  const limit = performance.now() + RETIRE_LIMIT_MS;
  while (names.some(serves)) {
    if (performance.now() > limit) {
      throw new BatonError("BATON_REFUSED", `${names.filter(serves).join(", ")} did not let go`);
    }
    await pause(RETIRE_STEP_MS);
  }
}

function setupOf(
  { running, self }: ReloadOptions,
  { config, digest }: Configuration,
  secrets: readonly Secret[],
): ReturnType<typeof makeSetup> {
  const { session, counter } = running.loop.state().setup;
  return makeSetup({
    config,
    configDigest: digest,
    self,
    session,
    counter,
    keyId: secrets[0]?.id ?? 0,
    authenticated: secrets.length > 0,
  });
}

/** As `baton check` would tell it. */
export function refusalOf(error: unknown): Pick<Reloaded, "sentence" | "invalid"> {
  if (error instanceof Refusal) {
    const told = error.problems.filter(({ severity }) => severity !== "note");
    const lines = told.map((problem) => formatProblem(problem, error.file));
    return { sentence: lines.join("\n"), invalid: true };
  }
  if (error instanceof BatonError) {
    const sentence = `${error.message}\n    ${error.remedy}`;
    return { sentence, invalid: error.code === "BATON_CONFIG" };
  }
  return { sentence: messageOf(error), invalid: false };
}

const pause = (duration: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, duration));

/** `baton run`: the order of a start, and of an end. */
import { randomBytes } from "node:crypto";
import { BatonError, messageOf } from "../base/errors.ts";
import { type Places, places } from "../base/places.ts";
import { type Millis, ms } from "../base/units.ts";
import type { ConfigurationFacts } from "../core/director/observed.ts";
import { initialDirector, makeSetup } from "../core/director/setup.ts";
import { bootId, now } from "../os/clock.ts";
import { acquireLock, readText } from "../os/files.ts";
import type { Secret } from "../os/hmac.ts";
import { refuseLaterState } from "../os/state-format.ts";
import { createAlerts } from "./alerts.ts";
import { awaitUsable, openNetwork } from "./await-network.ts";
import { createChronicle } from "./chronicle.ts";
import { type Configuration, loadConfiguration, rememberConfiguration } from "./configuration.ts";
import { commandHandlers } from "./control.ts";
import { createCourier } from "./courier.ts";
import { guardPlan, startGuard } from "./guard.ts";
import { identify } from "./identity.ts";
import { begin, leftoversOf, readDecided } from "./inherit.ts";
import { openJournal } from "./journal.ts";
import { alertStore } from "./kept-alerts.ts";
import { createLagMeter } from "./lag.ts";
import { createLimiter } from "./limiter.ts";
import { createLog, type Log } from "./log.ts";
import { nextCounter, openMemory } from "./memory.ts";
import { createMeters, type Meters } from "./metrics/meters.ts";
import { createMetrics, type Metrics } from "./metrics/metrics.ts";
import type { Network } from "./network.ts";
import { createDrill, type Drill } from "./page/drill.ts";
import { createPage, type Page, type PageOptions } from "./page/page.ts";
import { openPastConfigurations } from "./past-configurations.ts";
import { adoptable, readPrevious } from "./previous.ts";
import { createPushes, type Pushes } from "./push.ts";
import { createReloads, type Reloads, type ReloadsOptions } from "./reloads.ts";
import { bringBack, takeReturning } from "./returning.ts";
import type { Running } from "./running.ts";
import { serveUntilStopped } from "./service.ts";
import { createSuccession, type Succession } from "./succession.ts";
import { createVoices, readSecrets, type Voices } from "./voices.ts";

export interface RunOptions {
  readonly config: string | undefined;
  readonly root: string;
  readonly as: string | undefined;
}

const SESSION_LENGTH = 16;
const LOCK_PATIENCE: Millis = ms(1000);

/** Resolves with the exit code. Refusals are thrown. */
export async function run(options: RunOptions): Promise<number> {
  const at = places(options.root);
  // A release or a guard that lets go holds it for a moment.
  const lock = await acquireLock(at.lock, LOCK_PATIENCE);
  if (lock.kind === "held") {
    const pid = lock.pid === undefined ? "" : ` (pid ${lock.pid})`;
    throw new BatonError("BATON_RUNNING", `another baton${pid} holds ${at.lock}`);
  }
  try {
    // Since the process began, with all that it had to load: what a successor will need as well.
    const startTook = ms(performance.now());
    await refuseLaterState(at);
    return await start(options, at, startTook);
  } finally {
    lock.release();
  }
}

async function start(options: RunOptions, at: Places, startTook: Millis): Promise<number> {
  let self = options.as ?? "baton";
  const log = createLog(() => self, process.stdout.isTTY === true);
  const unwritten = diskTrouble(log);
  const [configuration, previous, counter, decided] = await Promise.all([
    loadConfiguration(options.config ?? at.config, at),
    readPrevious(at),
    nextCounter(at, unwritten),
    readDecided(at),
  ]);
  if (previous.refused !== undefined) log.warn(`${previous.refused}; nothing is taken up`);
  let running: Succession | undefined;
  const network = await openNetwork(configuration.config, log, () => running);
  self = await whoAmI(configuration, options.as, log);
  const secrets = await readSecrets(configuration.config);
  const initial = initialDirector(setupOf(configuration, { self, secrets, counter }), now());
  const memory = await openMemory(at, bootId(), unwritten);
  const adopt = adoptable(configuration.config, self, previous, network.addresses());
  let reloads: Reloads | undefined;
  const voices = voicesFor({ self, network }, () => running);
  const lasting = createLasting(at, log);
  const stopped = new Promise<void>((resolve) => {
    running = createSuccession({
      initial,
      network,
      memory,
      guardPlan: guardPlan(configuration.config, startTook),
      log,
      configFile: configuration.file,
      leftovers: leftoversOf(previous),
      voice: () => voices.current(),
      ...lasting,
      facts: () => ({ configuration: reloads?.facts() ?? begun(configuration) }),
      onStopped: resolve,
    });
  });
  const host = running;
  if (!host) throw new TypeError("the director was not made");
  await awaitUsable(configuration.config, self, network);
  await voices.speakAs(configuration.config, secrets);
  const guard = await startGuard({
    places: at,
    root: options.root,
    byUnit: process.env["BATON_GUARD"] === "unit",
    onTrouble: (sentence) => log.warn(sentence),
  });
  begin(host, configuration.config, { adopt, previous, decided });
  void settleIn(host, configuration, { at, log });
  const common = { running: host, self, log };
  let pushes: Pushes | undefined;
  const outside = outsideOf(options.root, () => pushes);
  const windows = openWindows({ ...common, ...lasting, ...outside }, configuration.config);
  const began = { startTook, ...(await beginning(configuration, at, unwritten)) };
  reloads = createReloads({ ...common, ...lasting, ...windows, voices, places: at, ...began });
  pushes = createPushes({ ...common, ...lasting, places: at, reloads });
  reloads.onTaken(() => void pushes?.refresh());
  void pushes.refresh();
  const end = { memory, voices, guard, network, log, stopped, places: at, configuration };
  return serveUntilStopped(host, { ...lasting, ...end, ...windows, reloads, pushes });
}

/** Where the page goes beyond this process. */
const outsideOf = (root: string, pushes: () => Pushes | undefined): Outside => ({
  ask: async (question) => pushes()?.ask(question),
  drill: createDrill(root),
});

type Outside = Pick<PageOptions, "ask"> & { readonly drill: Drill };

/** Who looks in from outside; what can not be had yet is tried again. */
function openWindows(
  options: { readonly running: Running; readonly meters: Meters; readonly log: Log } & Outside,
  config: Configuration["config"],
): { readonly metrics: Metrics; readonly page: Page } {
  const metrics = createMetrics(options);
  metrics.begin(config.metrics);
  const { running, drill } = options;
  const page = createPage({ ...options, commands: { ...commandHandlers(running), drill } });
  page.begin(config.page);
  return { metrics, page };
}

/** What is remembered and counted over every reload. */
const createLasting = (places: Places, log: Log) => ({
  chronicle: createChronicle(),
  limiter: createLimiter(),
  trackRuns: new Map(),
  alerts: createAlerts(log, createCourier(), alertStore(places.alerts)),
  lag: createLagMeter(),
  meters: createMeters(),
  journal: openJournal(places, (sentence) => log.warn(sentence)),
});

/** What has time until something is decided. */
async function settleIn(
  host: Succession,
  configuration: Configuration,
  { at, log }: { readonly at: Places; readonly log: Log },
): Promise<void> {
  await rememberConfiguration(configuration, at);
  await bringBack(host, await takeReturning(at), { log });
}

/** A disk that takes nothing fails several times a second; one line of each kind is enough. */
function diskTrouble(log: Log): (error: unknown) => void {
  const limiter = createLimiter();
  return (error) => {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
    const suppressed = limiter.count(code, now());
    if (suppressed === undefined) return;
    log.warn(`state could not be written: ${messageOf(error)}`, { suppressed });
  };
}

function setupOf(
  { config, digest }: Configuration,
  options: { readonly self: string; readonly secrets: readonly Secret[]; readonly counter: number },
): ReturnType<typeof makeSetup> {
  const { self, secrets, counter } = options;
  return makeSetup({
    config,
    configDigest: digest,
    self,
    session: randomBytes(SESSION_LENGTH).toString("hex"),
    counter,
    keyId: secrets[0]?.id ?? 0,
    authenticated: secrets.length > 0,
  });
}

/** What is heard is told to whoever runs by then. */
const voicesFor = (
  where: { readonly self: string; readonly network: Network },
  running: () => Running | undefined,
): Voices =>
  createVoices({
    ...where,
    hear: (event) => running()?.loop.dispatch(event),
    hearAdvert: (advert) => running()?.loop.hear(advert),
    onRefused: (reason, from) => running()?.refused(reason, from),
  });

const begun = ({ file }: Configuration): ConfigurationFacts => ({
  file,
  loadedAt: now(),
  lastReload: undefined,
  confirmUntil: undefined,
});

/** What begins to run is the newest of those that ran. */
async function beginning(
  { file, digest }: Configuration,
  at: Places,
  onError: (error: unknown) => void,
): Promise<Pick<ReloadsOptions, "file" | "text" | "past">> {
  const text = await readText(file).catch(() => undefined);
  const past = await openPastConfigurations(at);
  if (text !== undefined) await past.add(text, { digest, how: "start" }).catch(onError);
  return { file, text, past };
}

async function whoAmI(
  configuration: Configuration,
  as: string | undefined,
  log: Log,
): Promise<string> {
  const { self, problems } = await identify(configuration, as);
  for (const { severity, message } of [...configuration.problems, ...problems]) {
    if (severity === "warning") log.warn(message);
  }
  return self;
}

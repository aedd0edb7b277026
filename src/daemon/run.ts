/** `baton run`: the order of a start, and of an end. */
import { randomBytes } from "node:crypto";
import { BatonError, messageOf } from "../base/errors.ts";
import { type Places, places } from "../base/places.ts";
import { serviceName } from "../base/service.ts";
import { type Millis, ms } from "../base/units.ts";
import type { ConfigurationFacts } from "../core/director/observed.ts";
import { directorOf, initialDirector, makeSetup } from "../core/director/setup.ts";
import { bootId, bootTime, now } from "../os/clock.ts";
import { acquireLock, readText } from "../os/files.ts";
import type { Secret } from "../os/hmac.ts";
import { notify } from "../os/sdnotify.ts";
import { refuseLaterState } from "../os/state-format.ts";
import { createAlerts } from "./alerts.ts";
import { createChronicle } from "./chronicle.ts";
import { type Configuration, loadConfiguration, rememberConfiguration } from "./configuration.ts";
import { commandHandlers } from "./control.ts";
import { createCourier } from "./courier.ts";
import { guardPlan, startGuard } from "./guard.ts";
import type { Leftovers } from "./host-levels.ts";
import { identify } from "./identity.ts";
import { openJournal } from "./journal.ts";
import { alertStore } from "./kept-alerts.ts";
import { createLagMeter } from "./lag.ts";
import { createLimiter } from "./limiter.ts";
import { createLog, type Log } from "./log.ts";
import { nextCounter, openMemory, readDecisions, readHolds } from "./memory.ts";
import { createMeters, type Meters } from "./metrics/meters.ts";
import { createMetrics, type Metrics } from "./metrics/metrics.ts";
import { type Network, watchNetwork } from "./network.ts";
import { createDrill, type Drill } from "./page/drill.ts";
import { createPage, type Page, type PageOptions } from "./page/page.ts";
import { openPastConfigurations } from "./past-configurations.ts";
import { adoptable, type Previous, readPrevious } from "./previous.ts";
import { createPushes, type Pushes } from "./push.ts";
import { createReloads, type Reloads, type ReloadsOptions } from "./reloads.ts";
import type { Running } from "./running.ts";
import { readLeaving } from "./saved-leaving.ts";
import { serveUntilStopped } from "./service.ts";
import { createSuccession, type Succession } from "./succession.ts";
import { createVoices, readSecrets, type Voices } from "./voices.ts";

export interface RunOptions {
  readonly config: string | undefined;
  readonly root: string;
  readonly as: string | undefined;
}

const SESSION_LENGTH = 16;
const WAIT_STEP: Millis = ms(200);
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
  const network = await openNetwork(configuration, log, () => running);
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
  void rememberConfiguration(configuration, at);
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

/** What people decided in earlier runs, and what drains because of it. */
const readDecided = (at: Places) =>
  Promise.all([
    readHolds(at, bootId()),
    readDecisions(at, now()),
    readLeaving(at, bootId()),
  ] as const);

interface Inherited {
  readonly adopt: readonly string[];
  readonly previous: Previous;
  readonly decided: Awaited<ReturnType<typeof readDecided>>;
}

/** What an earlier run left is known before the first decision. */
function begin(
  host: Succession,
  config: Configuration["config"],
  { adopt, previous, decided: [holds, decisions, leaving] }: Inherited,
): void {
  delayStart(config, adopt, host);
  for (const entry of decisions) host.loop.dispatch({ kind: "decided", entry });
  for (const [service, servers] of leaving) {
    host.loop.dispatch({ kind: "drains", service, servers });
  }
  host.loop.dispatch({
    kind: "started",
    adopt,
    level: adopt.length > 0 && (previous.state?.level ?? false),
    holds: remaining(holds),
  });
}

/** A fault that ends by itself: nothing is heard in it, and nothing taken. */
function delayStart(
  { instances, startDelay }: Configuration["config"],
  adopt: readonly string[],
  host: Succession,
): void {
  if (startDelay === 0) return;
  for (const { name } of instances) {
    if (adopt.includes(name)) continue;
    const event = { instance: name, fault: "starting" } as const;
    host.loop.dispatch({ kind: "faulted", ...event });
    setTimeout(() => host.loop.dispatch({ kind: "repaired", ...event }), startDelay).unref();
  }
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

/** Duplicate address detection takes a second or two; until then an IPv6 path can not be bound. */
const TENTATIVE_LIMIT_MS = 5000;

async function awaitUsable(
  config: Configuration["config"],
  self: string,
  network: Network,
): Promise<void> {
  const own = new Set(directorOf(config, self).paths.map(({ address }) => address));
  const since = now();
  const tentative = (): boolean =>
    network.addresses().some((one) => own.has(one.address) && one.tentative);
  while (tentative() && now() - since < TENTATIVE_LIMIT_MS) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_STEP));
    await network.refresh();
  }
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

async function openNetwork(
  { config }: Configuration,
  log: Log,
  running: () => Running | undefined,
): Promise<Network> {
  const network = await watchNetwork(
    (change) => running()?.networkChanged(change),
    (error) => log.warn(`netlink: ${error.message}`),
  );
  if (config.waitForInterface) await awaitInterfaces(config, network, log);
  return network;
}

/** Longer than what comes between the wait and the watchdog of a running director. */
const PATIENT_WATCHDOG = "WATCHDOG_USEC=30000000";

/** A director starts before its network at boot: waiting is a state, not a failure. */
async function awaitInterfaces(
  config: Configuration["config"],
  network: Network,
  log: Log,
): Promise<void> {
  const own = new Set(config.directors.flatMap(({ paths }) => paths.map(({ address }) => address)));
  const missing = (): readonly string[] => [
    ...config.instances.map(({ interface: link }) => link).filter((link) => !network.link(link)),
    ...(network.addresses().some(({ address }) => own.has(address)) ? [] : ["an own address"]),
  ];
  for (let said = ""; missing().length > 0; ) {
    const list = missing().join(", ");
    if (list !== said) log.info(`waiting for ${list}`);
    said = list;
    // Waiting is decided as well: a boot goes on, and the watchdog is patient until it is over.
    notify(["READY=1", `STATUS=waiting for ${list}`, PATIENT_WATCHDOG, "WATCHDOG=1"]);
    await log.open();
    await new Promise((resolve) => setTimeout(resolve, WAIT_STEP));
  }
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

const leftoversOf = ({ state }: Previous): Leftovers => ({
  vips: state?.added.vips ?? [],
  links: state?.added.links ?? [],
  services: state?.added.services.map(serviceName) ?? [],
  roles: state?.added.roles ?? [],
  routing: state?.added.routing ?? { routes: [], rules: [] },
});

/** Holds are kept on CLOCK_BOOTTIME; what is over is dropped. */
const remaining = (holds: Readonly<Record<string, number>>): Readonly<Record<string, Millis>> =>
  Object.fromEntries(
    Object.entries(holds)
      .map(([name, until]): [string, Millis] => [name, ms(until - bootTime())])
      .filter(([, left]) => left > 0),
  );

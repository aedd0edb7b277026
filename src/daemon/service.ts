/** The running service around a director: control socket, signals, service manager, orderly end. */
import { messageOf } from "../base/errors.ts";
import type { Places } from "../base/places.ts";
import { type Millis, ms } from "../base/units.ts";
import { shortestInterval } from "../config/intervals.ts";
import type { ControlServer } from "../control/server.ts";
import type { DirectorState } from "../core/director/types.ts";
import { utter } from "../core/director/utter.ts";
import { now } from "../os/clock.ts";
import { readText } from "../os/files.ts";
import { notify, watchdogInterval } from "../os/sdnotify.ts";
import type { Alerts } from "./alerts.ts";
import type { Configuration } from "./configuration.ts";
import { controlHandlers } from "./control.ts";
import { awaitSuccessor, type Guard } from "./guard.ts";
import { type Journal, RESTART_PATIENCE, STOP_PATIENCE } from "./journal.ts";
import type { Log } from "./log.ts";
import type { Memory } from "./memory.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { Network } from "./network.ts";
import type { Page } from "./page/page.ts";
import { prepareRestart } from "./planned-restart.ts";
import type { Pushes } from "./push.ts";
import type { Reloads } from "./reloads.ts";
import { lookEvery } from "./rounds.ts";
import { watchRunFolder } from "./run-folder.ts";
import type { Running } from "./running.ts";
import type { Voices } from "./voices.ts";

export interface End {
  readonly memory: Memory;
  readonly voices: Voices;
  readonly metrics: Metrics;
  readonly page: Page;
  readonly guard: Guard;
  readonly network: Network;
  readonly log: Log;
  readonly journal: Journal;
  readonly alerts: Alerts;
  readonly stopped: Promise<void>;
  readonly places: Places;
  readonly configuration: Configuration;
  readonly reloads: Reloads;
  readonly pushes: Pushes;
}

/** Longer than any handover: then the VIPs go whatever is missing. */
const STOP_LIMIT_MS = 8000;
/** A goodbye that is lost costs the clients three intervals: it is said more than once. */
const GOODBYES = 3;
const GOODBYE_PAUSE_MS = 5;
const STATUS: Millis = ms(1000);

export async function serveUntilStopped(running: Running, end: End): Promise<number> {
  const { log, places, stopped } = end;
  const stopping = awaitSignal(end.reloads);
  const ready = watchReadiness(running);
  const { serve } = await import("../control/server.ts");
  // Without its socket a director can not be asked; it can still serve.
  const open = (): Promise<ControlServer | undefined> =>
    serve(controlHandlers(running, end), places.socket).catch((error: unknown) => {
      log.error(`there is no control socket: ${messageOf(error)}`);
      return undefined;
    });
  let control = await open();
  const folder = watchRunFolder({
    places,
    restore: async () => {
      end.memory.reopen();
      running.save();
      await control?.close();
      control = await open();
    },
    onTrouble: (sentence) => log.error(sentence),
  });
  await log.open();
  log.info("baton runs", { config: end.configuration.file, digest: end.configuration.digest });
  const signal = await Promise.race([stopping, stopped.then(() => "itself")]);
  notify(["STOPPING=1"]);
  folder.close();
  end.reloads.close();
  end.pushes.close();
  if (signal === "SIGTERM" && (await isRestart(places))) {
    await Promise.all([control?.close(), end.metrics.close(), end.page.close()]);
    await prepareRestart(running, end);
    await stepAside(running, end);
    return 0;
  }
  log.info(`stopping: ${signal}`);
  running.loop.dispatch({ kind: "stopping" });
  await within(STOP_LIMIT_MS, stopped, () => log.error("the handover did not end in time"));
  await farewell(running, end);
  await Promise.all([control?.close(), end.metrics.close(), end.page.close()]);
  await tearDown(running, end);
  // Until here: the watchdog watches a stop as well.
  ready.close();
  return 0;
}

/** The unit's ExecStop leaves the file where its job is a restart, and takes it away otherwise. */
const isRestart = async ({ restarting }: Places): Promise<boolean> =>
  (await readText(restarting).catch(() => undefined)) !== undefined;

/** The successor adopts what stands: nothing is taken down, and the last advert is a fresh one. */
async function stepAside(running: Running, end: End): Promise<void> {
  const { voices, memory, log } = end;
  running.loop.close();
  end.guard.close();
  const { said } = utter(running.loop.state(), "hello", now());
  if (said) voices.current()?.say(said);
  memory.beat();
  const kept = within(RESTART_PATIENCE, end.alerts.keep(), () => undefined);
  await Promise.all([memory.flush(), end.journal.close(RESTART_PATIENCE), kept]);
  await awaitSuccessor(end.places, running.loop.state().setup.config);
  log.info("restarting: the next baton takes over what stands");
  log.close();
}

/** The last datagrams carry state initialize: peers neither wait for us nor count on us. */
async function farewell(running: Running, { voices }: End): Promise<void> {
  let state = running.loop.state();
  for (let i = 1; i < GOODBYES; i++) {
    await pause(GOODBYE_PAUSE_MS);
    const uttered = utter(state, "released", now());
    state = uttered.state;
    if (uttered.said) voices.current()?.say(uttered.said);
  }
}

/** Levels come to rest; a sync role that lingers keeps its queue until it is sent. */
async function tearDown(running: Running, end: End): Promise<void> {
  await within(NOTIFY_LIMIT_MS, running.notified(), () =>
    end.log.warn("a notified program did not end in time: baton ends without it"),
  );
  await within(STOP_LIMIT_MS, running.levels.settled(), () => undefined);
  if (lingers(running)) {
    await within(LINGER_LIMIT_MS, lingering(running), () => undefined);
    await within(STOP_LIMIT_MS, running.levels.settled(), () => undefined);
  }
  await within(STOP_LIMIT_MS, end.alerts.keep(), () => undefined);
  running.close();
  end.guard.close();
  end.voices.close();
  end.network.close();
  await end.memory.close();
  await end.journal.close(STOP_PATIENCE);
  end.log.info("baton has stopped");
  end.log.close();
}

/** Whoever is told of the stop has this long; the VIPs are off already. */
const NOTIFY_LIMIT_MS = 3000;
const LINGER_LIMIT_MS = 4000;
const LINGER_STEP_MS = 100;

const lingers = (running: Running): boolean => {
  const { setup, syncRoles } = running.loop.state();
  return setup.config.connectionSync !== undefined && syncRoles.master.lingersUntil !== undefined;
};

async function lingering(running: Running): Promise<void> {
  while (lingers(running)) await pause(LINGER_STEP_MS);
  // The loop asks the levels at the end of the turn in which the state changed.
  await new Promise((resolve) => setImmediate(resolve));
}

function awaitSignal(reloads: Reloads): Promise<string> {
  // A role never moves by it: nobody was asked. The log says how.
  process.on("SIGHUP", () => reloads.signalled());
  // Whoever read our output may go away.
  process.on("SIGPIPE", () => undefined);
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => resolve(signal));
  });
}

/** READY when every role is decided, a line of status, and the watchdog's sign of life. */
function watchReadiness(running: Running): { close(): void } {
  let ready = false;
  let told: string | undefined;
  const tell = (): void => {
    const state = running.loop.state();
    const line = `STATUS=${statusLine(state)}`;
    const becameReady = !ready && isDecided(state);
    if (!becameReady && line === told) return;
    told = line;
    ready ||= becameReady;
    notify(becameReady ? [line, "READY=1"] : [line]);
  };
  const unsubscribe = running.subscribe((effect) => {
    if (effect.kind === "transition" || !ready) setImmediate(tell);
  });
  const endRounds = lookEvery(STATUS, tell);
  const watchdog = watchdogInterval();
  const interval = shortestInterval(running.loop.state().setup.config);
  // 1.5 intervals, and a second at least (PROTOCOL.md §7): the unit's figure is only the first one.
  const limit = Math.max(1000, interval * 1.5);
  if (watchdog !== undefined) notify([`WATCHDOG_USEC=${limit * 1000}`]);
  const endBarks =
    watchdog === undefined
      ? undefined
      : lookEvery(barkPeriod(Math.min(watchdog, limit), interval), () => notify(["WATCHDOG=1"]));
  tell();
  return {
    close: () => {
      unsubscribe();
      endRounds();
      endBarks?.();
    },
  };
}

/** With each beat where that is often enough: it is a wake-up less. */
const barkPeriod = (limit: number, interval: Millis): Millis =>
  ms(Math.min(limit / 3, Math.max(limit / 4, interval)));

/** Waiting for a master is undecided; a fault is a decision. */
const isDecided = (state: DirectorState): boolean =>
  Object.values(state.instances).every(
    (one) =>
      one.kind === "fault" ||
      (one.kind === "master" && one.vips === "on") ||
      (one.kind === "backup" && one.following !== undefined),
  );

const statusLine = (state: DirectorState): string =>
  Object.entries(state.instances)
    .map(([name, one]) => `${name} ${one.kind}`)
    .join(", ");

function within(limit: number, promise: Promise<void>, onLimit: () => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      onLimit();
      resolve();
    }, limit);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}

const pause = (duration: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, duration));

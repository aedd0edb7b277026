/** Tells others of the instances' states, in keepalived's words: programs, and a named pipe. */
import type { Config, Notify, Reader } from "../config/types.ts";
import { wordsOf } from "../core/alert/text.ts";
import type { AlertEvent } from "../core/alert/types.ts";
import type { DirectorEffect, DirectorState } from "../core/director/types.ts";
import { causeText } from "../core/vrrp/cause.ts";
import { effectivePriority } from "../core/vrrp/election.ts";
import type { VrrpState } from "../core/vrrp/types.ts";
import { type Fifo, openFifo } from "../os/fifo.ts";
import { type FifoReader, startFifoReader } from "./fifo-reader.ts";
import { createHooks, type Hooks } from "./hooks.ts";
import type { Log } from "./log.ts";

/** As keepalived calls the states. */
export type NotifiedState = "MASTER" | "BACKUP" | "FAULT" | "STOP";

export interface Notification {
  readonly instance: string;
  readonly state: NotifiedState;
  readonly priority: number;
  /** What led to it, for programs that read their environment. */
  readonly why: string;
}

export interface Notifier {
  /** The name of the group that has come to this state as a whole with it. */
  tell(notification: Notification): string | undefined;
  /** A line for who reads of servers and quorums. */
  tellService(event: AlertEvent): void;
  /** Resolves when every program that was begun or waits has ended. */
  settled(): Promise<void>;
  close(): void;
}

/** What keepalived writes where an instance has its priority. */
const GROUP_PRIORITY = 0;

interface Told extends Omit<Notification, "instance"> {
  readonly kind: "INSTANCE" | "GROUP";
  readonly name: string;
  readonly notify: Notify;
}

const PROGRAMS: Readonly<Record<NotifiedState, "master" | "backup" | "fault" | "stop">> = {
  MASTER: "master",
  BACKUP: "backup",
  FAULT: "fault",
  STOP: "stop",
};

/** One queue an instance or group: its programs run in the order of the states, others need not wait. */
export function createNotifier(config: Config, log: Log): Notifier {
  const queues = new Map<string, Hooks>();
  /** What was told last, by instance. */
  const last = new Map<string, NotifiedState>();
  const pipes = openPipes(config, log);
  const fifo = pipes.notify;
  const queueOf = (key: string, { timeout }: Notify): Hooks => {
    const known = queues.get(key);
    if (known) return known;
    const made = createHooks(log, timeout);
    queues.set(key, made);
    return made;
  };
  const run = ({ kind, name, notify, state, priority, why }: Told): void => {
    const environment = {
      [`BATON_${kind}`]: name,
      BATON_STATE: state,
      BATON_PRIORITY: String(priority),
      BATON_WHY: why,
    };
    const around = { environment, user: notify.user };
    const queue = queueOf(`${kind} ${name}`, notify);
    queue.run(notify[PROGRAMS[state]], around);
    if (notify.any.length === 0) return;
    queue.run([...notify.any, kind, name, state, String(priority)], around);
  };
  return {
    tell: ({ instance, state, priority, why }) => {
      fifo?.write(`INSTANCE "${instance}" ${state} ${priority}\n`);
      const notify = config.instances.find(({ name }) => name === instance)?.notify;
      if (notify) run({ kind: "INSTANCE", name: instance, notify, state, priority, why });
      const name = groupReached(config, last.set(instance, state), instance);
      if (name === undefined) return undefined;
      fifo?.write(`GROUP "${name}" ${state} ${GROUP_PRIORITY}\n`);
      const group = config.groups.find((one) => one.name === name);
      if (group) {
        run({ kind: "GROUP", name, notify: group.notify, state, priority: GROUP_PRIORITY, why });
      }
      return name;
    },
    tellService: (event) => pipes.service?.write(`${wordsOf(event, config).join(" ")}\n`),
    settled: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.settled()));
    },
    close: () => {
      for (const queue of queues.values()) queue.close();
      pipes.close();
    },
  };
}

interface Pipes {
  readonly notify: Fifo | undefined;
  readonly service: Fifo | undefined;
  readonly close: () => void;
}

/** One pipe for both where both name the same. */
function openPipes(config: Config, log: Log): Pipes {
  const { notifyFifo, serviceFifo, notifyFifoScript, serviceFifoScript } = config;
  const open = (path: string | undefined): Fifo | undefined =>
    path === undefined ? undefined : openFifo(path, (sentence) => log.error(sentence));
  const notify = open(notifyFifo);
  const service = serviceFifo === notifyFifo ? notify : open(serviceFifo);
  const read = (fifo: Fifo | undefined, pipe = "", script?: Reader): readonly FifoReader[] => {
    if (fifo === undefined || script === undefined) return [];
    return [startFifoReader(script, { pipe, prepared: fifo.prepared, log })];
  };
  const readers = [
    ...read(notify, notifyFifo, notifyFifoScript),
    ...read(service, serviceFifo, serviceFifoScript),
  ];
  const close = (): void => {
    for (const reader of readers) reader.close();
    notify?.close();
    if (service !== notify) service?.close();
  };
  return { notify, service, close };
}

/** The group of `instance` where all of it has come to the same state now. */
function groupReached(
  { instances }: Config,
  last: ReadonlyMap<string, NotifiedState>,
  instance: string,
): string | undefined {
  const group = instances.find(({ name }) => name === instance)?.group;
  if (group === undefined) return undefined;
  const members = instances.filter((one) => one.group === group);
  const state = last.get(instance);
  return members.every(({ name }) => last.get(name) === state) ? group : undefined;
}

/** A master is one when its VIPs stand; `leaving` is nothing that others have to know. */
export function notificationOf(
  effect: DirectorEffect,
  { instances, setup }: DirectorState,
): Notification | undefined {
  if (effect.kind !== "told" && effect.kind !== "transition") return undefined;
  const { instance } = effect;
  const one = instances[instance];
  const election = setup.elections[instance];
  if (!one || !election) return undefined;
  const state =
    effect.kind === "transition"
      ? STATES[effect.transition.to]
      : effect.story.kind === "took"
        ? "MASTER"
        : undefined;
  const priority = effectivePriority(election, one);
  return state && { instance, state, priority, why: causeText(one.cause) };
}

const STATES: Readonly<Record<VrrpState["kind"], NotifiedState | undefined>> = {
  initialize: "STOP",
  backup: "BACKUP",
  fault: "FAULT",
  leaving: undefined,
  // Told when the VIPs stand.
  master: undefined,
};

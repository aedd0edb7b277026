/** Tells others of the instances' states, in keepalived's words: programs, and a named pipe. */
import type { Config, Notify } from "../config/types.ts";
import { wordsOf } from "../core/alert/text.ts";
import type { AlertEvent } from "../core/alert/types.ts";
import type { DirectorEffect } from "../core/director/effects.ts";
import type { DirectorState } from "../core/director/types.ts";
import { causeText } from "../core/vrrp/cause.ts";
import { effectivePriority } from "../core/vrrp/election.ts";
import type { VrrpState } from "../core/vrrp/types.ts";
import { createHooks, type Hooks } from "./hooks.ts";
import type { Log } from "./log.ts";
import { openPipes } from "./pipes.ts";

/** As keepalived calls the states. */
export type NotifiedState = "MASTER" | "BACKUP" | "FAULT" | "STOP";

/** What is told beside the states. */
export type Notice =
  /** A master of lower priority was heard. */
  | { readonly kind: "rivalled"; readonly instance: string; readonly priority: number }
  | {
      readonly kind: "reweighed";
      readonly instance: string;
      readonly state: "MASTER" | "BACKUP";
      readonly priority: number;
    };

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
  notice(notice: Notice): void;
  /** Stops of these are told as DELETED, where they ask for that. */
  removing(instances: readonly string[]): void;
  /** A line for who reads of servers and quorums. */
  tellService(event: AlertEvent): void;
  /** Resolves when every program that was begun or waits has ended. */
  settled(): Promise<void>;
  close(): void;
}

/** What keepalived writes where an instance has its priority. */
const GROUP_PRIORITY = 0;

type Word = NotifiedState | "DELETED" | "MASTER_RX_LOWER_PRI";

interface Told extends Omit<Notification, "instance" | "state"> {
  readonly kind: "INSTANCE" | "GROUP";
  readonly name: string;
  readonly notify: Notify;
  readonly state: Word;
}

const PROGRAMS = {
  MASTER: "master",
  BACKUP: "backup",
  FAULT: "fault",
  STOP: "stop",
  DELETED: "deleted",
  MASTER_RX_LOWER_PRI: "lowerPriority",
} as const satisfies Readonly<Record<Word, keyof Notify>>;

interface Programs {
  run(told: Told): void;
  settled(): Promise<void>;
  close(): void;
}

/** One queue an instance or group: its programs run in the order of the states, others need not wait. */
function createPrograms(log: Log): Programs {
  const queues = new Map<string, Hooks>();
  const queueOf = (key: string, { timeout }: Notify): Hooks => {
    const known = queues.get(key);
    if (known) return known;
    const made = createHooks(log, timeout);
    queues.set(key, made);
    return made;
  };
  return {
    run: ({ kind, name, notify, state, priority, why }) => {
      const environment = {
        [`BATON_${kind}`]: name,
        BATON_STATE: state,
        BATON_PRIORITY: String(priority),
        BATON_WHY: why,
      };
      const around = { environment, user: notify.user };
      const queue = queueOf(`${kind} ${name}`, notify);
      queue.run(notify[PROGRAMS[state]], around);
      // It is no state: keepalived tells its own program and the pipe alone.
      if (notify.any.length === 0 || state === "MASTER_RX_LOWER_PRI") return;
      queue.run([...notify.any, kind, name, state, String(priority)], around);
    },
    settled: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.settled()));
    },
    close: () => {
      for (const queue of queues.values()) queue.close();
    },
  };
}

export function createNotifier(config: Config, log: Log): Notifier {
  const programs = createPrograms(log);
  /** What was told last, by instance. */
  const last = new Map<string, NotifiedState>();
  const leaving = new Set<string>();
  const pipes = openPipes(config, log);
  const tellInstance = (told: Omit<Told, "kind" | "notify">): void => {
    pipes.notify?.write(`INSTANCE "${told.name}" ${told.state} ${told.priority}\n`);
    const notify = notifyOf(config, told.name);
    if (notify) programs.run({ ...told, kind: "INSTANCE", notify });
  };
  const tellGroup = (told: Omit<Told, "kind" | "notify">): void => {
    pipes.notify?.write(`GROUP "${told.name}" ${told.state} ${told.priority}\n`);
    const group = config.groups.find(({ name }) => name === told.name);
    if (group) programs.run({ ...told, kind: "GROUP", notify: group.notify });
  };
  return {
    tell: ({ instance, state, priority, why }) => {
      const gone = state === "STOP" && leaving.delete(instance);
      const deleted = gone && notifyOf(config, instance)?.deleted.length !== 0;
      tellInstance({ name: instance, state: deleted ? "DELETED" : state, priority, why });
      const group = groupReached(config, last.set(instance, state), instance);
      if (group !== undefined) tellGroup({ name: group, state, priority: GROUP_PRIORITY, why });
      return group;
    },
    notice: (notice) => {
      const { instance: name, priority } = notice;
      if (notice.kind === "rivalled") {
        tellInstance({ name, state: "MASTER_RX_LOWER_PRI", priority, why: "" });
      } else if (notifyOf(config, name)?.priorityChanges) {
        pipes.notify?.write(`INSTANCE "${name}" ${notice.state}_PRIORITY ${priority}\n`);
      }
    },
    removing: (instances) => {
      for (const instance of instances) leaving.add(instance);
    },
    tellService: (event) => pipes.service?.write(`${wordsOf(event, config).join(" ")}\n`),
    settled: () => programs.settled(),
    close: () => {
      programs.close();
      pipes.close();
    },
  };
}

const notifyOf = ({ instances }: Config, instance: string): Notify | undefined =>
  instances.find(({ name }) => name === instance)?.notify;

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

export function noticeOf(
  effect: DirectorEffect,
  { instances, setup }: DirectorState,
): Notice | undefined {
  if (effect.kind !== "rivalled" && effect.kind !== "reweighed") return undefined;
  const { instance } = effect;
  const one = instances[instance];
  const election = setup.elections[instance];
  if (!one || !election) return undefined;
  if (effect.kind === "rivalled") {
    return { kind: "rivalled", instance, priority: effectivePriority(election, one) };
  }
  const { priority } = effect;
  if (one.kind === "master") return { kind: "reweighed", instance, state: "MASTER", priority };
  if (one.kind === "backup") return { kind: "reweighed", instance, state: "BACKUP", priority };
  return undefined;
}

const STATES: Readonly<Record<VrrpState["kind"], NotifiedState | undefined>> = {
  initialize: "STOP",
  backup: "BACKUP",
  fault: "FAULT",
  leaving: undefined,
  // Told when the VIPs stand.
  master: undefined,
};

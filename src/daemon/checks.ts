/** Checks of the servers in the running daemon: answers in, a line of log for each change. */
import { endpointName } from "../base/service.ts";
import type { Config } from "../config/types.ts";
import { eventOfHealth } from "../core/alert/event.ts";
import { environmentOf } from "../core/alert/text.ts";
import type {
  HealthChange,
  LeavingChange,
  ServerChange,
  ServerKind,
} from "../core/health/types.ts";
import { createHooks, type Hooks } from "./hooks.ts";
import type { Log } from "./log.ts";
import { createProber, type Prober, type ProberOptions } from "./prober.ts";

export interface ChecksOptions {
  readonly config: Config;
  readonly log: Log;
  readonly onResults: ProberOptions["onResults"];
}

export interface Checks {
  /** Once the director runs. */
  start(): void;
  changed(change: HealthChange): void;
  problem(): string | undefined;
  /** Nobody is asked any more; programs that wait are still run. */
  retire(): void;
  close(): void;
}

export function createChecks({ config, log, onResults }: ChecksOptions): Checks {
  const prober: Prober = createProber({
    config,
    onResults,
    onTrouble: (sentence) => log.error(sentence),
  });
  /** A queue a service: somebody else's program must not hold up its own. */
  const queues = new Map<string, Hooks>();
  const hooksOf = (service: string): Hooks => {
    const known = queues.get(service);
    if (known) return known;
    const made = createHooks(log);
    queues.set(service, made);
    return made;
  };
  const all = (): readonly Hooks[] => [...queues.values()];
  return {
    start: () => prober.start(),
    changed: (change) => {
      if (change.kind === "server") {
        tellServer(log, change);
        return runServer(config, change, hooksOf);
      }
      if (change.kind === "left") return tellLeaving(log, change);
      const { service, from, to, up, wanted } = change;
      if (to === "unknown") return undefined;
      const sentence = `${service}: the quorum is ${to}, weight ${up} of ${wanted} is up`;
      if (to === "lost") log.error(sentence, { service });
      else log.info(sentence, { service });
      const { onQuorum } = config.services.find(({ name }) => name === service)?.health ?? {};
      const command = to === "lost" ? onQuorum?.down : onQuorum?.up;
      const environment = { BATON_SERVICE: service, BATON_QUORUM: to, BATON_FROM: from };
      return hooksOf(service).run(command ?? [], { environment, user: onQuorum?.user });
    },
    problem: () => prober.problem(),
    retire: () => {
      prober.close();
      for (const hooks of all()) void hooks.settled().finally(() => hooks.close());
    },
    close: () => {
      prober.close();
      for (const hooks of all()) hooks.close();
    },
  };
}

const tellLeaving = (log: Log, { service, server, why }: LeavingChange): void =>
  log.info(`server ${server} of ${service} has left: ${why}`, { service, server });

/** A first good answer and a doubt are nothing that a program has to know. */
function runServer(
  { services }: Config,
  change: ServerChange,
  hooksOf: (service: string) => Hooks,
): void {
  const event = eventOfHealth(change);
  if (event?.subject !== "server") return;
  const service = services.find(({ name }) => name === event.service);
  const at = service?.servers.findIndex((one) => endpointName(one) === event.server) ?? -1;
  const notify = service?.own[at]?.notify;
  if (!notify) return;
  hooksOf(event.service).run(notify[event.state], {
    environment: environmentOf(event),
    user: notify.user,
  });
}

const WORDS: Readonly<Record<ServerKind, string>> = {
  checking: "being checked",
  up: "up",
  doubted: "in doubt",
  down: "down",
};

function tellServer(log: Log, { service, server, from, to, why }: ServerChange): void {
  const more = to === "doubted" ? ", with too many others at once: it stays for now" : "";
  const sentence = `server ${server} of ${service} is ${WORDS[to]}: ${why}${more}`;
  if (to === "up") log.info(sentence, { service, server, from });
  else log.warn(sentence, { service, server, from });
}

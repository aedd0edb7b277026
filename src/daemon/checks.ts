/** Checks of the servers in the running daemon: answers in, a line of log for each change. */
import type { Config } from "../config/types.ts";
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
  const hooks: Hooks = createHooks(log);
  return {
    start: () => prober.start(),
    changed: (change) => {
      if (change.kind === "server") return tellServer(log, change);
      if (change.kind === "left") return tellLeaving(log, change);
      const { service, from, to, up, wanted } = change;
      if (to === "unknown") return undefined;
      const sentence = `${service}: the quorum is ${to}, weight ${up} of ${wanted} is up`;
      if (to === "lost") log.error(sentence, { service });
      else log.info(sentence, { service });
      const { onQuorum } = config.services.find(({ name }) => name === service)?.health ?? {};
      const command = to === "lost" ? onQuorum?.down : onQuorum?.up;
      const environment = { BATON_SERVICE: service, BATON_QUORUM: to, BATON_FROM: from };
      return hooks.run(command ?? [], { environment, user: onQuorum?.user });
    },
    problem: () => prober.problem(),
    retire: () => {
      prober.close();
      void hooks.settled().finally(() => hooks.close());
    },
    close: () => {
      prober.close();
      hooks.close();
    },
  };
}

const tellLeaving = (log: Log, { service, server, why }: LeavingChange): void =>
  log.info(`server ${server} of ${service} has left: ${why}`, { service, server });

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

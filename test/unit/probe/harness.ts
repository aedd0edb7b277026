/** One question to a server of the test, and how it went. */
import type { Ip } from "../../../src/base/ip.ts";
import { ms } from "../../../src/base/units.ts";
import type { Probe, ProbeAction, TlsOptions } from "../../../src/config/check-types.ts";
import { ask } from "../../../src/probe/ask.ts";
import { createPinger, type Pinger } from "../../../src/probe/ping.ts";
import { startScheduler } from "../../../src/probe/scheduler.ts";
import type { Outcome } from "../../../src/probe/types.ts";

export const LOCAL = "127.0.0.1" as Ip;

export const TLS: TlsOptions = {
  verify: true,
  serverName: undefined,
  caFile: undefined,
  warnBefore: ms(0),
};

export const probeOf = (
  action: ProbeAction,
  port: number,
  changes: Partial<Probe> = {},
): Probe => ({
  action,
  target: { address: LOCAL, port },
  source: undefined,
  interval: ms(60_000),
  timeout: ms(2000),
  connectTimeout: ms(2000),
  jitter: ms(0),
  ...changes,
});

/** The first outcome; the scheduler is the real one. */
export function outcomeOf(probe: Probe, pinger: Pinger = createPinger({})): Promise<Outcome> {
  return new Promise((resolve) => {
    const scheduler = startScheduler({
      probes: [probe],
      ask: (one, attempt) => ask(one, attempt, pinger),
      onOutcome: (_, outcome) => {
        scheduler.close();
        resolve(outcome);
      },
    });
  });
}

/** Metrics of a running director: made when somebody asks, and told where the configuration says. */

import { METRICS_TYPE } from "../../control/api.ts";
import type { Snapshot } from "../../core/director/snapshot-types.ts";
import { type Address, refuse, tell } from "../http/answer.ts";
import { createDoor, type Door } from "../http/door.ts";
import type { Exchange, Listener } from "../http/listener.ts";
import { reused } from "../http/reuse.ts";
import type { Log } from "../log.ts";
import type { Meters } from "./meters.ts";

export interface MetricsOptions {
  readonly running: { snapshotInTurns(): Promise<Snapshot> };
  readonly meters: Pick<Meters, "read">;
  readonly log: Pick<Log, "error" | "info">;
  /** Between two trials of an address that could not be had at the start. */
  readonly retryMs?: number;
}

export interface Metrics extends Door<Address> {
  /** The text that Prometheus reads. */
  render(): Promise<string>;
}

const PATH = "/metrics";
const MAX_CONNECTIONS = 8;

export function createMetrics({ running, meters, log, retryMs }: MetricsOptions): Metrics {
  // Loaded when it is needed: no start waits for it.
  const render = reused(async () => {
    const { exposition } = await import("./exposition.ts");
    return exposition(await running.snapshotInTurns(), meters.read());
  });
  const open = async (address: Address): Promise<Listener> => {
    const { openListener } = await import("../http/listener.ts");
    return openListener({
      address,
      key: "metrics",
      maxConnections: MAX_CONNECTIONS,
      handle: (exchange) => handle(exchange, render),
      onProblem: log.error,
    });
  };
  return { render, ...createDoor({ key: "metrics", open, log, retryMs }) };
}

async function handle(
  { request, response }: Exchange,
  render: () => Promise<string>,
): Promise<void> {
  const [path = ""] = (request.url ?? "").split("?");
  if (path !== PATH) return refuse(response, 404, `there is ${PATH} only`);
  if (request.method !== "GET") {
    response.setHeader("allow", "GET");
    return refuse(response, 405, `${PATH} takes GET only`);
  }
  tell(response, 200, { type: METRICS_TYPE, text: await render() });
}

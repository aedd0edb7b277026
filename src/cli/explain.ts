/** `baton explain SERVER`: in which state a real server is, why, and how it came to that. */
import { endpointName } from "../base/service.ts";
import { type Endpoint, isMeant } from "../config/endpoint.ts";
import type { ServiceSnapshot, Snapshot } from "../core/director/snapshot-types.ts";
import { type Context, EXIT, print, printJson } from "./context.ts";
import { serverNamed } from "./server-name.ts";
import { stateOf, whyOf } from "./status/render-health.ts";
import { ago, type Style, styleOf, table } from "./text.ts";

interface ExplainOptions {
  readonly server: string;
  readonly service?: string;
  readonly json?: true;
}

type Server = ServiceSnapshot["servers"][number];

interface Explained {
  readonly service: string;
  readonly server: string;
  readonly now: Server;
  readonly changes: Snapshot["serverHistory"];
}

export function explainServer(
  context: Context,
  snapshot: Snapshot,
  options: ExplainOptions,
): number {
  const named = serverNamed(options.server);
  const found = explanations(snapshot, named, options.service);
  if (found.length === 0) {
    const names = snapshot.services.map(({ name }) => name).join(", ");
    const where = options.service === undefined ? `of ${names}` : `of ${options.service}`;
    context.io.err(`baton: no server ${options.server} was found among those ${where}\n`);
    return EXIT.failed;
  }
  if (options.json) printJson(context, found);
  else print(context, found.map((one) => words(one, styleOf(context.io.colour))).join("\n"));
  return EXIT.done;
}

function explanations(
  snapshot: Snapshot,
  named: Endpoint,
  service: string | undefined,
): readonly Explained[] {
  return snapshot.services
    .filter(({ name }) => service === undefined || service === name)
    .flatMap(({ name, servers }) =>
      servers
        .filter((server) => isMeant(named, server))
        .map((now): Explained => {
          const server = endpointName(now);
          const changes = snapshot.serverHistory.filter(
            (change) => change.service === name && change.server === server,
          );
          return { service: name, server, now, changes };
        }),
    );
}

function words({ service, server, now, changes }: Explained, style: Style): string {
  const { health } = now;
  const state = stateOf(health, style) || "not checked";
  const why = whyOf(health, style);
  const told = changes
    .toReversed()
    .map((change) => [
      change.time.slice(0, 19).replace("T", " "),
      ago(change.agoMs),
      `${change.from} to ${change.to}`,
      change.why,
    ]);
  return [
    `${style.bold(`${server} of ${service}`)}: ${state}${why === "" ? "" : `, ${why}`}`,
    ...(told.length === 0 ? ["  no change since this daemon started"] : table(told, 2)),
  ].join("\n");
}

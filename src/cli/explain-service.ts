/** `baton explain SERVICE`: its quorum, its servers, and what changed of them. */
import { endpointName } from "../base/service.ts";
import type { ServiceSnapshot, Snapshot } from "../core/director/snapshot-types.ts";
import { type Context, EXIT, print, printJson } from "./context.ts";
import { quorumWords, stateOf, whyOf } from "./status/render-health.ts";
import { age, ago, type Style, styleOf, table } from "./text.ts";

/** Changes that are told. */
const LAST = 10;

export function explainService(
  context: Context,
  snapshot: Snapshot,
  { name, json }: { readonly name: string; readonly json: boolean },
): number {
  const service = snapshot.services.find((one) => one.name === name);
  if (!service) return EXIT.failed;
  const changes = snapshot.serverHistory.filter((change) => change.service === name).slice(-LAST);
  if (json) printJson(context, { service, changes });
  else print(context, ...words(service, changes, styleOf(context.io.colour)));
  return EXIT.done;
}

function words(
  service: ServiceSnapshot,
  changes: Snapshot["serverHistory"],
  style: Style,
): readonly string[] {
  const { name, listen, instance, scheduler, inKernel } = service;
  const moves = instance === undefined ? "with no instance" : `with ${instance}`;
  const where = inKernel ? "" : style.bad(", not in the kernel");
  return [
    `${style.bold(name)}: ${listen}, ${scheduler}, moves ${moves}${where}`,
    `  ${quorumSentence(service, style)}`,
    ...table(
      service.servers.map((server) => serverRow(server, style)),
      2,
    ),
    ...(changes.length === 0 ? ["  no change of a server since this daemon started"] : []),
    ...table(
      changes
        .toReversed()
        .map(({ time, agoMs, server, from, to, why }) => [
          time.slice(0, 19).replace("T", " "),
          ago(agoMs),
          server,
          `${from} to ${to}`,
          why,
        ]),
      2,
    ),
  ];
}

function quorumSentence({ health, servers }: ServiceSnapshot, style: Style): string {
  if (!health) return "nothing is checked";
  const up = servers.filter(({ health: { state } }) => state === "up" || state === "doubted");
  const odd = quorumWords(health, style);
  const held = odd.length === 0 ? `the quorum of ${health.wanted} is held` : odd.join(", ");
  const counted = `${up.length} of ${servers.length} servers are up`;
  return `${held} since ${age(health.quorumSinceMs)}; ${counted}`;
}

const serverRow = (server: ServiceSnapshot["servers"][number], style: Style): readonly string[] => [
  endpointName(server),
  stateOf(server.health, style) || "not checked",
  `weight ${server.kernelWeight ?? "none"} of ${server.weight}`,
  whyOf(server.health, style),
];

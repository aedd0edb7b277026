/** What the core has found as events for those outside, and who wants which. */
import { endpointName } from "../../base/service.ts";
import { elapsed, type Instant, type Millis } from "../../base/units.ts";
import type { Alert } from "../../config/alert-types.ts";
import type { Config } from "../../config/types.ts";
import type { DirectorState } from "../director/types.ts";
import type { HealthChange } from "../health/types.ts";
import { causeText } from "../vrrp/cause.ts";
import type { AlertEvent, Trouble } from "./types.ts";

/** Undefined where nobody has to know: a doubt, a first answer that is good. */
export function eventOfHealth(change: HealthChange): AlertEvent | undefined {
  if (change.kind === "left") return undefined;
  const { service, from, to } = change;
  if (change.kind === "server") {
    const { server, why } = change;
    if (to === "down") return { subject: "server", service, server, state: "down", why };
    const back = to === "up" && from === "down";
    return back ? { subject: "server", service, server, state: "up", why } : undefined;
  }
  const { up, wanted } = change;
  if (to === "lost") return { subject: "quorum", service, state: "lost", up, wanted };
  const back = to === "held" && from === "lost";
  return back ? { subject: "quorum", service, state: "held", up, wanted } : undefined;
}

/** Whether an alert is for this event, on a director in this state. */
export function wants(alert: Alert, event: AlertEvent, state: DirectorState): boolean {
  if (!alert.events.includes(event.subject)) return false;
  switch (event.subject) {
    case "instance":
      return has(alert.instances, event.instance);
    case "group":
      return has(alert.groups, event.group);
    case "server":
    case "quorum":
      return has(alert.services, event.service) && tells(alert, event.service, state);
  }
}

const has = (names: readonly string[] | undefined, name: string): boolean =>
  names === undefined || names.includes(name);

/** A service that moves with no instance is everybody's. */
function tells({ by }: Alert, name: string, { instances, setup }: DirectorState): boolean {
  if (by === "each") return true;
  const service = setup.config.services.find((one) => one.name === name);
  const instance = service?.instance === undefined ? undefined : instances[service.instance];
  return instance === undefined || instance.kind === "master";
}

/** All that is not as it should be. */
export const troublesOf = (state: DirectorState): readonly Trouble[] => [
  ...faultsOf(state),
  ...state.setup.config.services.flatMap((service, i) => lossesOf(state, service, i)),
];

const faultsOf = ({ instances, setup }: DirectorState): readonly Trouble[] =>
  setup.config.instances.flatMap(({ name, priorities }): Trouble[] => {
    const one = instances[name];
    if (one?.kind !== "fault") return [];
    const priority = priorities[setup.self] ?? 0;
    const event = { subject: "instance", instance: name, state: "fault", priority } as const;
    return [{ event: { ...event, why: causeText(one.cause) }, since: one.since }];
  });

function lossesOf(
  { health }: DirectorState,
  { name, servers, health: policy }: Config["services"][number],
  at: number,
): readonly Trouble[] {
  const found = health.services[at];
  if (!found) return [];
  const { quorum, quorumSince } = found;
  const lost = { subject: "quorum", service: name, state: "lost", up: 0 } as const;
  return [
    ...(quorum === "lost"
      ? [{ event: { ...lost, wanted: policy.quorum }, since: quorumSince }]
      : []),
    ...found.servers.flatMap(({ kind, reason, since }, i): Trouble[] => {
      const server = servers[i];
      if (kind !== "down" || !server) return [];
      const down = { subject: "server", service: name, state: "down", why: reason } as const;
      return [{ event: { ...down, server: endpointName(server) }, since }];
    }),
  ];
}

/** Whether a whole number of reminders lies between two looks at a trouble. */
export function isRemindDue(
  since: Instant,
  remind: Millis,
  { from, to }: { readonly from: Instant; readonly to: Instant },
): boolean {
  if (remind === 0) return false;
  const count = (at: Instant): number => Math.floor(Math.max(0, elapsed(since, at)) / remind);
  return count(to) > count(from);
}

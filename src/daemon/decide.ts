/** `baton drain`, `disable`, `enable`: what somebody says about a server becomes a decision. */
import { formatDuration, ms } from "../base/units.ts";
import { isMeant, parseEndpoint } from "../config/values.ts";
import type { Reply, ServerRequest } from "../control/api.ts";
import { endOf, nextVersion, scopeText } from "../core/health/admin.ts";
import type { AdminEntry } from "../core/health/types.ts";
import { now } from "../os/clock.ts";
import type { Running } from "./running.ts";

export function decide(running: Running, request: ServerRequest): Reply {
  const state = running.loop.state();
  const named = parseEndpoint(request.server);
  if ("complaint" in named) return { done: false, sentence: named.complaint.message };
  const scope = named.value;
  const { services } = state.setup.config;
  const found = services.filter(
    ({ name, servers }) =>
      (request.service === undefined || name === request.service) &&
      servers.some((server) => isMeant(scope, server)),
  );
  if (found.length === 0) return { done: false, sentence: notFound(running, request) };
  const entry: AdminEntry = {
    ...scope,
    service: request.service,
    action: request.action,
    version: nextVersion(state.health.admin),
    director: state.setup.self,
    who: request.who,
    reason: request.reason,
    time: new Date().toISOString(),
    until: endOf(
      request.action,
      request.forMs === undefined ? undefined : ms(request.forMs),
      now(),
    ),
  };
  running.loop.dispatch({ kind: "decided", entry });
  return {
    done: true,
    sentence: told(
      entry,
      request,
      found.map(({ name }) => name),
    ),
  };
}

function notFound(running: Running, { server, service }: ServerRequest): string {
  const { services } = running.loop.state().setup.config;
  if (service !== undefined && !services.some(({ name }) => name === service)) {
    const names = services.map(({ name }) => name).join(", ");
    return `there is no service ${service}; there is ${names}`;
  }
  const where = service === undefined ? "no service has" : `${service} does not have`;
  return `${where} a server ${server}; \`baton status\` shows them`;
}

const DONE = { drain: "drains", disable: "is disabled", enable: "is enabled" } as const;

function told(
  entry: AdminEntry,
  { forMs, action }: ServerRequest,
  names: readonly string[],
): string {
  const span = forMs === undefined || action === "enable" ? "" : ` for ${formatDuration(forMs)}`;
  return `${scopeText(entry)} ${DONE[action]}${span} (${names.join(", ")})`;
}

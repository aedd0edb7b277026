/** `baton drain`, `disable`, `enable`: what somebody says about a server becomes a decision. */
import { endpointName } from "../base/service.ts";
import { formatDuration, ms } from "../base/units.ts";
import { type Endpoint, isMeant, parseEndpoint } from "../config/endpoint.ts";
import type { Reply, ServerRequest } from "../control/api.ts";
import { leavingOf } from "../core/director/health.ts";
import { endOf, hasRoom, MAX_ENTRIES, nextVersion, scopeText } from "../core/health/admin.ts";
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
  if (found.length === 0) {
    const leaving = leavingNamed(running, request, scope);
    if (leaving.length > 0) return decideLeaving(running, request, leaving);
    return { done: false, sentence: notFound(running, request) };
  }
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
  if (!hasRoom(state.health.admin, entry)) return { done: false, sentence: FULL };
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

interface Leaving {
  readonly service: string;
  /** By endpointName. */
  readonly servers: readonly string[];
}

/** By service, what drains because a reload took it out of the file. */
function leavingNamed(
  running: Running,
  { service }: ServerRequest,
  scope: Endpoint,
): readonly Leaving[] {
  const state = running.loop.state();
  return state.setup.config.services
    .filter(({ name }) => service === undefined || name === service)
    .map(({ name }) => ({
      service: name,
      servers: leavingOf(state, name)
        .filter(({ destination }) => isMeant(scope, destination))
        .map(({ destination }) => endpointName(destination)),
    }))
    .filter(({ servers }) => servers.length > 0);
}

/** Nothing is remembered of it: in the file again it is a server like any other. */
function decideLeaving(
  running: Running,
  { server, action }: ServerRequest,
  leaving: readonly Leaving[],
): Reply {
  const names = leaving.map(({ service }) => service).join(", ");
  switch (action) {
    case "enable": {
      const why = `${server} is not in the file any more, and drains (${names})`;
      return { done: false, sentence: `${why}; write it there again, and \`baton reload\`` };
    }
    case "drain":
      return { done: true, sentence: `${server} drains already: a reload took it out (${names})` };
    case "disable":
      for (const one of leaving) {
        running.loop.dispatch({ kind: "drained", ...one, why: "disabled" });
      }
      return { done: true, sentence: `${server} is out of the table of this director (${names})` };
  }
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

const FULL =
  `${MAX_ENTRIES} servers are drained or disabled, and no more are remembered: enable some, ` +
  "or take them out of the file and `baton reload`";

const DONE = { drain: "drains", disable: "is disabled", enable: "is enabled" } as const;

function told(
  entry: AdminEntry,
  { forMs, action }: ServerRequest,
  names: readonly string[],
): string {
  const span = forMs === undefined || action === "enable" ? "" : ` for ${formatDuration(forMs)}`;
  return `${scopeText(entry)} ${DONE[action]}${span} (${names.join(", ")})`;
}

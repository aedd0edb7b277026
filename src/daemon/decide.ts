/** `baton drain`, `disable`, `enable`: what somebody says about a server becomes a decision. */
import { parseIp } from "../base/ip.ts";
import { after, formatDuration, hours, type Instant, ms } from "../base/units.ts";
import type { Reply, ServerRequest } from "../control/api.ts";
import { nextVersion, scopeText } from "../core/health/admin.ts";
import type { AdminEntry } from "../core/health/types.ts";
import { now } from "../os/clock.ts";
import type { Running } from "./running.ts";

/** An `enable` is remembered so long, for a director that was away when it was said. */
const ENABLE_REMEMBERED = hours(24);

export function decide(running: Running, request: ServerRequest): Reply {
  const state = running.loop.state();
  const scope = parseServer(request.server);
  if (!scope) {
    const sentence = `${request.server} is neither ADDRESS nor ADDRESS:PORT`;
    return { done: false, sentence };
  }
  const { services } = state.setup.config;
  const found = services.filter(
    ({ name, servers }) =>
      (request.service === undefined || name === request.service) &&
      servers.some(
        ({ address, port }) =>
          address === scope.address && (scope.port === undefined || port === scope.port),
      ),
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
    until: endOf(request),
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

function endOf({ action, forMs }: ServerRequest): Instant | undefined {
  if (action === "enable") return after(now(), ENABLE_REMEMBERED);
  return forMs === undefined ? undefined : after(now(), ms(forMs));
}

function parseServer(text: string): Pick<AdminEntry, "address" | "port"> | undefined {
  const bare = parseIp(text);
  if (bare) return { address: bare, port: undefined };
  const [, host = "", digits = ""] = /^\[?([^\]]*)\]?:(\d{1,5})$/.exec(text) ?? [];
  const address = parseIp(host);
  return address && { address, port: Number(digits) };
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

/** What a reload does to services and their servers. */
import { endpointName, serviceName } from "../../base/service.ts";
import { formatDuration } from "../../base/units.ts";
import type { Config, VirtualService } from "../../config/types.ts";
import type { Destination } from "../../wire/ipvs/types.ts";
import { changed, compared, keysOf, operation, same, text } from "./changes.ts";
import { movedShare } from "./hash.ts";
import type { Operation, Viewpoint } from "./types.ts";

type View = Pick<Viewpoint, "connections">;

/** With what its checks ask, instead of its position in the list of all that is asked. */
type Asked = Omit<VirtualService, "checks"> & { readonly checks: readonly (readonly object[])[] };

const askedBy = ({ services, probes }: Config): readonly Asked[] =>
  services.map((service) => ({
    ...service,
    checks: service.checks.map((checks) =>
      checks.map((check) => ({ ...check, probe: probes[check.probe] })),
    ),
  }));

export function planServices(before: Config, after: Config, view: View): readonly Operation[] {
  const keyOf = ({ service }: Asked): string => serviceName(service.key);
  const subject = ({ name }: Asked): string => `service ${name}`;
  return compared({ before: askedBy(before), after: askedBy(after) }, keyOf, {
    added: (one) => [operation(subject(one), `${keyOf(one)} is added`)],
    removed: (one) => [operation(subject(one), `${keyOf(one)} is removed`, "its connections end")],
    both: (was, is) => planService(was, is, view),
  });
}

function planService(was: Asked, is: Asked, view: View): readonly Operation[] {
  const subject = `service ${is.name}`;
  const pair = { before: was.service, after: is.service };
  const rest = { before: was, after: is };
  const policy = { before: was.health, after: is.health };
  return [
    ...changed(subject, rest, keysOf(was, is, TOLD_APART)),
    ...changed(subject, pair, keysOf(pair.before, pair.after, ["key"]), {
      scheduler: hashes(was, is) ? "clients that a hash sends may go to another server" : undefined,
      netmask: "persistent clients are grouped anew",
    }),
    ...changed(subject, policy, keysOf(policy.before, policy.after), {
      removal: is.health.removal === "immediate" ? "what still drains goes at once" : undefined,
    }),
    ...planServers(subject, was, is, view),
    ...moved(subject, was, is),
    ...planFallback(subject, was, is),
    ...planEach(subject, was, is),
  ];
}

const TOLD_APART: readonly (keyof Asked)[] = [
  "service",
  "servers",
  "fallback",
  "checks",
  "health",
  "own",
];

const hashes = (...services: readonly Asked[]): boolean =>
  services.some(({ service }) => ["sh", "dh", "mh"].includes(service.scheduler));

function planServers(
  subject: string,
  was: Asked,
  is: Asked,
  { connections }: View,
): readonly Operation[] {
  return compared({ before: was.servers, after: is.servers }, endpointName, {
    added: (one) => [operation(subject, `server ${endpointName(one)} is added`)],
    removed: (one) => {
      const name = endpointName(one);
      const open = connections(serviceName(was.service.key), name);
      const its = open === undefined ? "its connections" : `its ${open} connections`;
      if (is.health.removal === "drain") return [drains(subject, name, its, is)];
      return [operation(subject, `server ${name} is removed`, `${its} end`)];
    },
    both: (before, after) => {
      const name = `${subject}, server ${endpointName(after)}`;
      return changed(name, { before, after }, keysOf(before, after), {
        forward: "packets of open connections go on as they did",
      });
    },
  });
}

function drains(subject: string, name: string, its: string, { health }: Asked): Operation {
  const limit = `${formatDuration(health.drainLimit)} at most`;
  return operation(subject, `server ${name} is removed: it drains, ${its} go on for ${limit}`);
}

function moved(subject: string, was: Asked, is: Asked): readonly Operation[] {
  const { scheduler } = is.service;
  if (scheduler !== was.service.scheduler) return [];
  const share = movedShare(scheduler, was.servers, is.servers);
  if (share === undefined || share === 0) return [];
  const percent = Math.max(1, Math.round(share * 100));
  const about = scheduler === "mh" ? "at least about " : "about ";
  const what = `the ${scheduler} hash is made anew`;
  return [operation(subject, what, `${about}${percent} % of the clients go to another server`)];
}

function planFallback(subject: string, was: Asked, is: Asked): readonly Operation[] {
  const list = (servers: readonly Destination[]): string => servers.map(endpointName).join(", ");
  if (same(was.fallback, is.fallback)) return [];
  const what = `fallback changes from ${text(list(was.fallback))} to ${text(list(is.fallback))}`;
  return [operation(subject, what)];
}

const EACH = {
  checks: "checks change of",
  own: "what is said of single servers changes of",
} as const;

const planEach = (subject: string, was: Asked, is: Asked): readonly Operation[] =>
  (["checks", "own"] as const).flatMap((key) => {
    const names = differing(key, was, is);
    if (names.length === 0) return [];
    return [operation(subject, `${EACH[key]} ${text(names.join(", "))}`)];
  });

/** Servers that stay, and have another value. */
function differing(key: keyof typeof EACH, was: Asked, is: Asked): readonly string[] {
  const known = new Map(was.servers.map((server, at) => [endpointName(server), at]));
  return is.servers.flatMap((server, at) => {
    const name = endpointName(server);
    const old = known.get(name);
    return old === undefined || same(was[key][old], is[key][at]) ? [] : [name];
  });
}

/** What is said aloud when something changed: for who does not see it. */
import type { Snapshot } from "../core/director/snapshot-types.ts";
import { addressOf } from "./traces.ts";

/** A flood of changes is one sentence. */
const MAX_SAID = 3;

export function sayings(before: Snapshot, after: Snapshot): readonly string[] {
  const all = [...roles(before, after), ...servers(before, after), ...alarms(before, after)];
  const more = all.length - MAX_SAID;
  return more > 0 ? [...all.slice(0, MAX_SAID), `${more} more changes`] : all;
}

const roles = (before: Snapshot, after: Snapshot): readonly string[] =>
  after.instances.flatMap(({ name, master, state }) => {
    const was = before.instances.find((one) => one.name === name);
    if (was?.master === master && was?.state === state) return [];
    const who = master === undefined ? "nobody serves" : `${master} serves`;
    return [`${name}: ${who}, ${after.director} is ${state}`];
  });

function servers(before: Snapshot, after: Snapshot): readonly string[] {
  const states = new Map(statesOf(before));
  return statesOf(after).flatMap(([server, state]) => {
    const was = states.get(server);
    return was === undefined || was === state ? [] : [`${server} is ${state}`];
  });
}

const statesOf = ({ services }: Snapshot): readonly (readonly [string, string])[] =>
  services.flatMap((service) =>
    service.servers.map(
      (server) => [`${service.name} ${addressOf(server)}`, server.health.state] as const,
    ),
  );

const alarms = (before: Snapshot, after: Snapshot): readonly string[] =>
  after.alarms.length > before.alarms.length ? ["there is a new alarm"] : [];

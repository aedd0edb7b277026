/** Many servers that fail at once: is it they, or is it this director?
 *
 * More than a bounded share does not go out at the same moment. The rest stays in the table until
 * a peer has the same finding, or, where no peer says anything, until the patience is over. Peers
 * that go on seeing the servers up say that the fault is this director's: then it is for them to
 * serve, and the table stays as it is.
 */
import { after, earliest, type Instant } from "../../base/units.ts";
import type { Circumstances, PeerOpinion, ServerHealth, ServiceHealth } from "./types.ts";

/** Losses within this belong together, and at least within the time that a check needs. */
const TOGETHER_MS = 5000;

export interface Doubted {
  readonly servers: readonly ServerHealth[];
  readonly since: Instant | undefined;
  readonly local: boolean;
  readonly deadline: Instant | undefined;
}

export function doubt(
  before: ServiceHealth,
  found: readonly ServerHealth[],
  about: Circumstances,
): Doubted {
  const failing = failingNow(before, found);
  if (failing.length === 0) return settled(found);
  const excess = failing.length - allowance(before, found, about);
  if (excess <= 0) return settled(take(before, found, failing, about));
  const since = before.doubtSince ?? about.now;
  const verdict = hearPeers(found, since, about);
  if (verdict.kind === "confirmed") return settled(take(before, found, failing, about));
  const kept = new Set(failing.slice(-excess));
  const servers = found.map((server, i) => (kept.has(i) ? keep(before, server, i, about) : server));
  const gone = failing.filter((i) => !kept.has(i));
  return {
    servers: take(before, servers, gone, about),
    since,
    local: verdict.kind === "local",
    deadline: verdict.deadline,
  };
}

const settled = (servers: readonly ServerHealth[]): Doubted => ({
  servers,
  since: undefined,
  local: false,
  deadline: undefined,
});

/** Those that have served until now, and are found to be down: new ones, and doubted ones. */
function failingNow(before: ServiceHealth, found: readonly ServerHealth[]): readonly number[] {
  return found.flatMap((server, i) => {
    const was = before.servers[i]?.kind;
    const failed = was === "up" && server.kind === "down";
    const doubted = was === "doubted" && server.kind === "doubted";
    return failed || doubted ? [i] : [];
  });
}

/** How many of those may go: one always, and the share of what served a moment ago. */
function allowance(
  before: ServiceHealth,
  found: readonly ServerHealth[],
  { service, detection, now }: Circumstances,
): number {
  // A doubt does not pass with time: it counts who is out, however long.
  const window =
    before.doubtSince === undefined ? Math.max(TOGETHER_MS, detection) : Number.POSITIVE_INFINITY;
  const serving = before.servers.filter(({ kind }) => kind === "up" || kind === "doubted").length;
  const gone = found.filter(({ kind, losses }, i) => {
    const last = losses.at(-1);
    const was = before.servers[i]?.kind;
    return kind === "down" && was === "down" && last !== undefined && now - last <= window;
  }).length;
  const share = Math.max(1, Math.floor((serving + gone) * service.health.share));
  return Math.max(0, share - gone);
}

type Heard =
  | { readonly kind: "confirmed" }
  | { readonly kind: "open" | "local"; readonly deadline: Instant | undefined };

function hearPeers(
  found: readonly ServerHealth[],
  since: Instant,
  { opinions, service, detection, now }: Circumstances,
): Heard {
  const total = found.length;
  const own = found.filter(isUp).length;
  const few = Math.max(own, Math.ceil(total * (1 - service.health.share)) - 1);
  if (opinions.some(({ up }) => up <= few)) return { kind: "confirmed" };
  const { patience } = service.health;
  if (opinions.length === 0) {
    const end = after(since, patience);
    return end <= now ? { kind: "confirmed" } : { kind: "open", deadline: end };
  }
  // A peer needs its own time to find out.
  const judged = after(since, detection);
  const late = earliest(...opinions.map(({ heardAt }: PeerOpinion) => heardAt));
  const heard = late !== undefined && late >= judged;
  if (heard) return { kind: "local", deadline: undefined };
  return { kind: "open", deadline: judged > now ? judged : undefined };
}

const isUp = ({ kind }: ServerHealth): boolean => kind === "up";

/** Out of the table: as `findAll` had it, also for those that were in doubt. */
function take(
  before: ServiceHealth,
  found: readonly ServerHealth[],
  failing: readonly number[],
  { now }: Circumstances,
): readonly ServerHealth[] {
  return found.map((server, i) => {
    if (!failing.includes(i) || server.kind !== "doubted") return server;
    const losses = [...(before.servers[i]?.losses ?? []), now];
    return { ...server, kind: "down", since: now, losses };
  });
}

/** Still in the table, although it was found to be down. */
function keep(
  before: ServiceHealth,
  server: ServerHealth,
  index: number,
  { now }: Circumstances,
): ServerHealth {
  const was = before.servers[index];
  if (server.kind === "doubted" || !was) return server;
  const { losses, heldUntil, rampSince } = was;
  return { ...server, kind: "doubted", since: now, losses, heldUntil, rampSince };
}

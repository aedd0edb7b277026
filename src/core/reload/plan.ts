/** The difference between two configurations as a list of operations; empty where they are equal. */
import type { Config } from "../../config/types.ts";
import { changed, compared, keysOf, operation, same } from "./changes.ts";
import { movesOf, planInstances } from "./plan-instances.ts";
import { planServices } from "./plan-services.ts";
import type { Operation, Plan, Viewpoint } from "./types.ts";

export function planOf(before: Config, after: Config, view: Viewpoint): Plan {
  return {
    operations: keysOf(before, after).flatMap((key) => planKey(key, { before, after }, view)),
    moves: movesOf(before, after, view),
  };
}

interface Both {
  readonly before: Config;
  readonly after: Config;
}

type Planner = (both: Both, view: Viewpoint) => readonly Operation[];

const TOGETHER = "the other directors have to reload as well: until then they are not heard";
const COUNTS = "where it does not hold, an instance that tracks it loses priority, or the role";
const UNSYNCED = "the sync daemon is started anew: what is opened meanwhile is not synchronised";

/** Every key of a configuration has one, so that nothing changes unsaid. */
const PLANNERS: Readonly<Record<keyof Config, Planner>> = {
  cluster: (both) => changed("pair", both, ["cluster"], { cluster: TOGETHER }),
  directors: planDirectors,
  heartbeat: planHeartbeat,
  instances: ({ before, after }) => planInstances(before, after),
  groups: (both) => planNamed("group", both, "groups"),
  tracks: (both) => planNamed("track", both, "tracks"),
  notifyFifo: (both) => changed("daemon", both, ["notifyFifo"]),
  notifyFifoScript: (both) => changed("daemon", both, ["notifyFifoScript"]),
  serviceFifoScript: (both) => changed("daemon", both, ["serviceFifoScript"]),
  serviceFifo: (both) => changed("daemon", both, ["serviceFifo"]),
  alerts: (both) => planNamed("alert", both, "alerts"),
  connectionSync: (both) =>
    changed("sync daemon", both, ["connectionSync"], { connectionSync: UNSYNCED }),
  ipvs: ({ before, after }) => {
    const pair = { before: before.ipvs, after: after.ipvs };
    return changed("ipvs", pair, keysOf(pair.before, pair.after));
  },
  services: ({ before, after }, view) => planServices(before, after, view),
  // They follow from the services, which tell of them.
  probes: () => [],
  announce: (both) => changed("daemon", both, ["announce"]),
  metrics: (both) => changed("daemon", both, ["metrics"]),
  page: (both) => changed("daemon", both, ["page"]),
  startDelay: (both) => changed("daemon", both, ["startDelay"]),
  vipLease: (both) => changed("daemon", both, ["vipLease"]),
  waitForInterface: (both) => changed("daemon", both, ["waitForInterface"]),
  onStop: (both) => changed("daemon", both, ["onStop"]),
};

/** What differs and has no words of its own is the order, or a detail. */
function planKey(key: keyof Config, both: Both, view: Viewpoint): readonly Operation[] {
  if (same(both.before[key], both.after[key])) return [];
  const told = PLANNERS[key](both, view);
  if (told.length > 0 || key === "probes") return told;
  return [operation("file", `${key} change in their order or in details`)];
}

function planDirectors({ before, after }: Both): readonly Operation[] {
  return compared({ before: before.directors, after: after.directors }, ({ name }) => name, {
    added: ({ name }) => [operation(`director ${name}`, "is added")],
    removed: ({ name }) => [operation(`director ${name}`, "is removed")],
    both: (was, is) =>
      changed(`director ${is.name}`, { before: was, after: is }, keysOf(was, is), {
        paths: TOGETHER,
      }),
  });
}

function planHeartbeat({ before, after }: Both): readonly Operation[] {
  const pair = { before: before.heartbeat, after: after.heartbeat };
  return changed("heartbeat", pair, keysOf(pair.before, pair.after), {
    transport: TOGETHER,
    port: TOGETHER,
    multicast: TOGETHER,
    secretFile: "unless the other directors know the key they are not heard",
  });
}

const planNamed = (
  word: string,
  { before, after }: Both,
  key: "groups" | "tracks" | "alerts",
): readonly Operation[] =>
  compared<Config[typeof key][number]>(
    { before: before[key], after: after[key] },
    ({ name }) => name,
    {
      added: ({ name }) => [
        operation(`${word} ${name}`, "is added", word === "alert" ? undefined : COUNTS),
      ],
      removed: ({ name }) => [operation(`${word} ${name}`, "is removed")],
      both: (was, is) => changed(`${word} ${is.name}`, { before: was, after: is }, keysOf(was, is)),
    },
  );

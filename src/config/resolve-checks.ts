/** Checks as the file writes them to probes, each distinct one once, and what their answers mean. */
import { ms } from "../base/units.ts";
import { actionOf, type CheckTarget } from "./check-actions.ts";
import { complaintsOf, MAX_WEIGHT } from "./check-complaints.ts";
import type { Check, HealthPolicy, Probe } from "./check-types.ts";
import { error, type Place, type Problem } from "./report.ts";
import type { FileCheck } from "./schema/checks.ts";
import type { FileService } from "./schema.ts";

/** Collects the probes of all services. */
export interface Probes {
  readonly list: Probe[];
  readonly positions: Map<string, number>;
  readonly problems: Problem[];
}

export const newProbes = (problems: Problem[]): Probes => ({
  list: [],
  positions: new Map(),
  problems,
});

type FileChecks = FileService["check"];

const listed = (checks: FileChecks): readonly FileCheck[] => {
  if (checks === undefined || checks === "none") return [];
  return "type" in checks ? [checks] : checks;
};

/** What one server is asked: for the service, and for itself. */
export function resolveChecks(
  probes: Probes,
  target: CheckTarget,
  ...groups: readonly { readonly checks: FileChecks; readonly place: Place }[]
): readonly Check[] {
  return groups.flatMap(({ checks, place }) => {
    const several = Array.isArray(checks);
    return listed(checks).flatMap((check, i) => {
      const here = several ? [...place, i] : place;
      return resolveCheck(probes, target, check, here);
    });
  });
}

function resolveCheck(
  probes: Probes,
  target: CheckTarget,
  file: FileCheck,
  place: Place,
): readonly Check[] {
  const found = complaintsOf(file, target);
  probes.problems.push(...found.map(([key, message]) => error([...place, ...key], message)));
  const action = actionOf(file, target);
  if (!action || found.length > 0) return [];
  const probe: Probe = {
    action,
    target: { address: file.address ?? target.address, port: file.port ?? target.port },
    source: file.source,
    interval: file.interval,
    timeout: file.timeout,
    connectTimeout: ms(Math.min(file.connectTimeout ?? file.timeout, file.timeout)),
    jitter: ms(Math.min(file.jitter, file.interval / 2)),
  };
  const { rise, fall, minWeight = 0, maxWeight = MAX_WEIGHT } = file;
  return [{ probe: positionOf(probes, probe), rise, fall, minWeight, maxWeight }];
}

/** Equal questions are one probe. */
function positionOf({ list, positions }: Probes, probe: Probe): number {
  const key = JSON.stringify(probe);
  const known = positions.get(key);
  if (known !== undefined) return known;
  positions.set(key, list.length);
  list.push(probe);
  return list.length - 1;
}

export const resolveHealth = (file: FileService): HealthPolicy => ({
  onFailure: file.onFailure,
  removal: file.removal,
  drainLimit: file.drainLimit,
  assumeUp: file.assumeUp,
  slowStart: file.slowStart,
  damping: file.damping,
  quorum: file.quorum,
  hysteresis: file.hysteresis,
  penalty: file.quorumPenalty,
  onQuorum: { ...file.onQuorum, user: file.onQuorum.user },
  share: file.doubt.share / 100,
  patience: file.doubt.patience,
});

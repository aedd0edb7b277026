/** Which connection-sync roles this host plays: the union of what its instances ask for. */
import { after, type Instant, seconds } from "../../base/units.ts";
import type { SyncRole } from "../../wire/ipvs/types.ts";
import type { DirectorState, SyncRoleState } from "./types.ts";

/** Stopping a role throws its queue away, up to two seconds of changes (PROTOCOL.md §4). */
const LINGER = seconds(3);

export function withRoles(state: DirectorState, now: Instant): DirectorState {
  const instances = Object.values(state.instances);
  const master = instances.some(({ kind }) => kind === "master" || kind === "leaving");
  const backup = instances.some(learns);
  const syncRoles = {
    master: next(state.syncRoles.master, state.running && master, now),
    backup: next(state.syncRoles.backup, state.running && backup, now),
  };
  const same =
    syncRoles.master === state.syncRoles.master && syncRoles.backup === state.syncRoles.backup;
  return same ? state : { ...state, syncRoles };
}

/** What ends for good learns nothing any more: a role would be started for a moment only. */
const learns = (instance: InstanceState): boolean =>
  instance.kind === "leaving"
    ? instance.next !== "initialize"
    : instance.kind === "backup" || instance.kind === "fault";

type InstanceState = DirectorState["instances"][string];

function next(role: SyncRoleState, wanted: boolean, now: Instant): SyncRoleState {
  if (wanted) return role.wanted ? role : { wanted: true, lingersUntil: undefined };
  if (role.wanted) return { wanted: false, lingersUntil: after(now, LINGER) };
  const over = role.lingersUntil !== undefined && role.lingersUntil <= now;
  return over ? { wanted: false, lingersUntil: undefined } : role;
}

/** The roles that should run, lingering ones included. */
export const activeRoles = (state: DirectorState): readonly SyncRole[] =>
  (["master", "backup"] as const).filter((role) => {
    const { wanted, lingersUntil } = state.syncRoles[role];
    // A director that ends waits for what it still has to send, and for nothing else.
    return wanted || (lingersUntil !== undefined && (state.running || role === "master"));
  });

/** A drill on protocol 112, where masters alone speak and nobody can be asked to take over. */
import { formatDuration, ms } from "../../base/units.ts";
import type { InstanceSnapshot, Snapshot } from "../../core/director/snapshot-types.ts";
import { ownComplaints, type Plan, unfit } from "./fitness.ts";

/** Who has just let go said once more that it was master; who is says so each interval. */
const RIVAL_INTERVALS = 2;

type Speaking = InstanceSnapshot & { readonly vrrp: NonNullable<InstanceSnapshot["vrrp"]> };

/** Who takes over where several could, or nobody of the file is there. */
const ANYBODY = "another router";

/** This director gives the role, and takes it back by its own preemption. */
export function planByAdverts(snapshot: Snapshot, instance: Speaking, stay: boolean): Plan {
  const { director } = snapshot;
  const { state, why, vrrp } = instance;
  if (state === "backup") return unfit(elsewhere(director, instance));
  if (state !== "master") return unfit(`${director} is in state ${state}: ${why}`);
  const recent = RIVAL_INTERVALS * vrrp.intervalMs;
  const rivals = instance.peers.filter((peer) => peer.claims && peer.heardAgoMs <= recent);
  const reasons = [
    ...rivals.map((rival) => saysSo(rival)),
    ...ownComplaints(director, instance),
    ...(stay || vrrp.preemptAfterMs !== undefined ? [] : [noWayBack(director)]),
  ];
  if (reasons.length > 0) return unfit(...reasons);
  const [only, ...others] = snapshot.peers;
  const to = only && others.length === 0 ? only.director : ANYBODY;
  return {
    kind: "ready",
    instance,
    from: director,
    to,
    giving: true,
    waitsMs: vrrp.preemptAfterMs ?? 0,
    unknown: [
      `whether ${to} lives, is fit and knows the connections: a backup is silent over VRRP, ` +
        "its takeover alone shows it",
    ],
  };
}

const saysSo = ({ director, heardAgoMs }: InstanceSnapshot["peers"][number]): string =>
  `${director} said ${formatDuration(ms(heardAgoMs))} ago that it is master: wait until it is not`;

const elsewhere = (director: string, { master }: InstanceSnapshot): string =>
  `${director} is backup, and VRRP has no word to ask a master for the role: run the drill on ` +
  `${master ?? "the master"}; where that is a keepalived, lower its priority and raise it again`;

const noWayBack = (director: string): string =>
  `${director} would not come back by itself (preempt: never), and VRRP has no word to ask for ` +
  "the role: leave it there with --stay, and run a drill on the other one to bring it back";

/** Why the role does not come back by itself; undefined where it does. */
export function stuckAt(instance: InstanceSnapshot, before: InstanceSnapshot): string | undefined {
  const own = before.effectivePriority;
  const master = instance.peers.find(({ claims }) => claims);
  if (instance.state === "master" || !master || master.priority < own) return undefined;
  return (
    `${master.director} stays master: its priority is ${master.priority}, this director's ${own}; ` +
    "lower it there, or stop it"
  );
}

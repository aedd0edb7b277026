/** Whether a drill may start: who is master, who would take over, and what speaks against it. */
import type {
  InstanceSnapshot,
  PeerSnapshot,
  Snapshot,
} from "../../core/director/snapshot-types.ts";

export type Plan =
  | {
      readonly kind: "ready";
      readonly instance: InstanceSnapshot;
      /** Directors by name; one of them is this one. */
      readonly from: string;
      readonly to: string;
      /** This director is the master, and hands over first. */
      readonly giving: boolean;
    }
  | { readonly kind: "unfit"; readonly reasons: readonly string[] };

const unfit = (...reasons: readonly string[]): Plan => ({ kind: "unfit", reasons });

const SILENT =
  "a backup is silent on the vrrp transport: nobody can tell whether it is fit to take over; " +
  "`baton failover` hands over all the same";

export function planDrill(snapshot: Snapshot, name: string | undefined): Plan {
  if (snapshot.heartbeat.transport === "vrrp") return unfit(SILENT);
  const instance = choose(snapshot, name);
  if (typeof instance === "string") return unfit(instance);
  if (instance.state === "master") return planGiving(snapshot, instance);
  if (instance.state === "backup") return planTaking(snapshot, instance);
  return unfit(`${snapshot.director} is in state ${instance.state}: ${instance.why}`);
}

function choose({ instances }: Snapshot, name: string | undefined): InstanceSnapshot | string {
  const names = instances.map((one) => one.name).join(", ");
  if (name === undefined) {
    const [only, ...others] = instances;
    return only && others.length === 0 ? only : `there are several instances, name one: ${names}`;
  }
  return instances.find((one) => one.name === name) ?? `no instance ${name}; there are ${names}`;
}

function planGiving(snapshot: Snapshot, instance: InstanceSnapshot): Plan {
  const wayBack = ownComplaints(snapshot.director, instance);
  const rivals = instance.peers.filter((peer) => peer.claims);
  if (rivals.length > 0) {
    return unfit(...rivals.map(({ director }) => `${director} claims to be master as well`));
  }
  const candidates = snapshot.peers.map(({ director }) => ({
    director,
    complaints: peerComplaints(snapshot, instance, director),
    priority: instance.peers.find((peer) => peer.director === director)?.priority ?? 0,
  }));
  const [best] = candidates
    .filter(({ complaints }) => complaints.length === 0)
    .sort((a, b) => b.priority - a.priority);
  if (!best) {
    const reasons = candidates.flatMap(({ complaints }) => complaints);
    return unfit(...(reasons.length === 0 ? ["there is no other director"] : reasons));
  }
  if (wayBack.length > 0) return unfit(...wayBack);
  return { kind: "ready", instance, from: snapshot.director, to: best.director, giving: true };
}

function planTaking(snapshot: Snapshot, instance: InstanceSnapshot): Plan {
  const { director } = snapshot;
  const masters = instance.peers.filter((peer) => peer.claims);
  const [master, ...others] = masters;
  if (!master) return unfit("no master is heard");
  if (others.length > 0) {
    return unfit(`several claim to be master: ${masters.map((one) => one.director).join(", ")}`);
  }
  const reasons = [
    ...ownComplaints(director, instance),
    ...contactComplaints(snapshot, instance, master.director),
  ];
  if (reasons.length > 0) return unfit(...reasons);
  return { kind: "ready", instance, from: master.director, to: director, giving: false };
}

/** What keeps this director from taking over, now or on the way back. */
export function ownComplaints(director: string, instance: InstanceSnapshot): readonly string[] {
  return [
    ...instance.faults.map((fault) => `${director}: ${fault}`),
    ...(instance.level ? [] : [`${director} is not level: its connection table is incomplete`]),
    ...(instance.holdMs === undefined ? [] : [`${director} is on hold: see \`baton resume\``]),
  ];
}

/** What keeps another director from taking over. */
export function peerComplaints(
  snapshot: Snapshot,
  instance: InstanceSnapshot,
  director: string,
): readonly string[] {
  const contact = contactComplaints(snapshot, instance, director);
  const peer = instance.peers.find((one) => one.director === director);
  if (!peer || !isAlive(snapshot.peers, director)) return contact;
  return [
    ...contact,
    ...(peer.state === "backup" ? [] : [`${director} is in state ${peer.state}`]),
    ...(peer.level ? [] : [`${director} is not level: its connection table is incomplete`]),
    ...(peer.serviceable ? [] : [`${director} can not serve`]),
    ...(peer.hold ? [`${director} is on hold: see \`baton resume\` there`] : []),
  ];
}

/** What keeps two directors from agreeing on anything. */
function contactComplaints(
  snapshot: Snapshot,
  instance: InstanceSnapshot,
  director: string,
): readonly string[] {
  const peer = instance.peers.find((one) => one.director === director);
  if (!peer || !isAlive(snapshot.peers, director)) return [`${director} is not heard`];
  const same = snapshot.peers.find((one) => one.director === director)?.sameConfig;
  return [
    ...(peer.hearsUs ? [] : [`${director} does not hear ${snapshot.director}`]),
    ...(same === true ? [] : [`${director} runs another configuration`]),
    ...(peer.sameVips ? [] : [`${director} has other VIPs`]),
  ];
}

const isAlive = (peers: readonly PeerSnapshot[], director: string): boolean =>
  peers.some((peer) => peer.director === director && peer.alive);

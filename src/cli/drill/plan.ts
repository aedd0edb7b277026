/** Whether a drill may start: who is master, who would take over, and what speaks against it. */
import type {
  InstanceSnapshot,
  PeerSnapshot,
  Snapshot,
} from "../../core/director/snapshot-types.ts";
import { planByAdverts } from "./by-adverts.ts";
import { ownComplaints, type Plan, unfit } from "./fitness.ts";

export interface Wish {
  readonly name?: string | undefined;
  /** The role is to stay where the first handover brings it. */
  readonly stay?: boolean;
}

export function planDrill(snapshot: Snapshot, { name, stay = false }: Wish): Plan {
  const instance = choose(snapshot, name);
  if (typeof instance === "string") return unfit(instance);
  const { vrrp } = instance;
  if (vrrp) return planByAdverts(snapshot, { ...instance, vrrp }, stay);
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

/** Directors that hear each other in every state know all of it, and can be asked. */
const TOLD = { waitsMs: undefined, unknown: [] } as const;

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
  const way = { from: snapshot.director, to: best.director, giving: true };
  return { kind: "ready", instance, ...way, ...TOLD };
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
  const way = { from: master.director, to: director, giving: false };
  return { kind: "ready", instance, ...way, ...TOLD };
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

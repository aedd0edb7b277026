/** Groups of instances that are master together or not at all (keepalived's sync groups). */
import type { Instance } from "../../config/types.ts";
import type { VrrpState } from "../vrrp/types.ts";
import { apply, type Draft } from "./draft.ts";
import type { DirectorState } from "./types.ts";

/** The others of an instance's group, itself included; itself alone where it has none. */
export function matesOf({ setup }: DirectorState, name: string): readonly Instance[] {
  const { instances } = setup.config;
  const group = instances.find((one) => one.name === name)?.group;
  return instances.filter((one) => (group === undefined ? one.name === name : one.group === group));
}

/** What a step did to one member, done to the others. */
export function keepGroups(draft: Draft, before: DirectorState): void {
  for (const members of draft.state.setup.groups) {
    shareFaults(draft, members);
    shareLoss(draft, before, members);
    takeTogether(draft, members);
  }
}

const ownFaults = (one: VrrpState | undefined): number =>
  one?.faults.filter((fault) => fault !== "group").length ?? 0;

function shareFaults(draft: Draft, members: readonly string[]): void {
  for (const name of members) {
    const one = draft.instances[name];
    const others = members.some((other) => other !== name && ownFaults(draft.instances[other]) > 0);
    if (!one || one.faults.includes("group") === others) continue;
    apply(draft, name, { kind: others ? "faulted" : "repaired", fault: "group" });
  }
}

/** Who lost the role in this step takes the others along, whether or not its VIPs were on. */
function shareLoss(draft: Draft, before: DirectorState, members: readonly string[]): void {
  const lost = members.find((name) => {
    const one = draft.instances[name];
    if (before.instances[name]?.kind !== "master") return false;
    return one?.kind === "backup" || (one?.kind === "leaving" && one.cause.kind === "rival");
  });
  if (lost === undefined) return;
  for (const name of members) {
    if (draft.instances[name]?.kind === "master") {
      apply(draft, name, { kind: "groupYields", member: lost });
    }
  }
}

function takeTogether(draft: Draft, members: readonly string[]): void {
  const states = members.map((name) => draft.instances[name]);
  const able = states.every(
    (one) => one?.kind === "master" || (one?.kind === "backup" && one.ready !== undefined),
  );
  if (!able) return;
  for (const name of members) {
    if (draft.instances[name]?.kind === "backup") apply(draft, name, { kind: "groupTakes" });
  }
}

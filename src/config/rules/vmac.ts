/** Rules about virtual MACs: the names of their links, and who can have one. */
import { error, note, type Place, type Problem } from "../report.ts";
import type { Config, Instance } from "../types.ts";

const OWNER = 255;
const RENAME = "Write `vmac: { interface: NAME }` with another name, of 15 characters at most.";

export const checkVmacs = (config: Config): Problem[] =>
  config.instances.flatMap((instance) => {
    const { vmac } = instance.vrrp ?? {};
    if (vmac === undefined) return [];
    const place = ["instances", instance.name, "vmac"];
    return [
      ...sharedName(instance, vmac.interface, config, place),
      ...owner(instance, place),
      ...unicast(instance, place),
    ];
  });

function sharedName(
  { name }: Instance,
  link: string,
  { instances, connectionSync }: Config,
  place: Place,
): Problem[] {
  const first = instances.find(({ vrrp }) => vrrp?.vmac?.interface === link);
  if (first !== undefined && first.name !== name) {
    const message = `${link} is the macvlan of ${first.name} too`;
    return [error(place, message, { remedy: RENAME })];
  }
  const real = [...instances.map((one) => one.interface), connectionSync?.interface];
  if (!real.includes(link)) return [];
  return [error(place, `${link} is an interface that is there already`, { remedy: RENAME })];
}

function owner({ priorities }: Instance, place: Place): Problem[] {
  if (!Object.values(priorities).includes(OWNER)) return [];
  const message = "an owner (priority 255) has the VIP on its interface, which has another MAC";
  return [error(place, message, { remedy: "Leave vmac out, or give it 254 at most." })];
}

function unicast({ vrrp }: Instance, place: Place): Problem[] {
  if (vrrp?.unicast !== true) return [];
  return [note(place, "unicast advertisements leave with the interface's own MAC")];
}

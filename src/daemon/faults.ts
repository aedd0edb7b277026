/** What stands in an instance's way on this host: derived from links and addresses. */
import type { Config, Director, Instance } from "../config/types.ts";
import type { DirectorEvent } from "../core/director/types.ts";
import type { Fault } from "../core/vrrp/types.ts";
import type { Network } from "./network.ts";
import { sourceOf } from "./source.ts";

/** The faults that follow from the network; `vipRefused` is the VIP level's to tell. */
export const NETWORK_FAULTS = [
  "interfaceMissing",
  "linkDown",
  "addressLost",
  "sourceMissing",
] as const;

export function networkFaults(
  instance: Instance,
  self: Director,
  network: Network,
): readonly Fault[] {
  const link = network.link(instance.interface);
  const faults: Fault[] = [];
  if (!link) faults.push("interfaceMissing");
  else if (!link.up || !link.running) faults.push("linkDown");
  if (!hasSource(instance, self, network)) {
    faults.push(instance.vrrp ? "sourceMissing" : "addressLost");
  }
  return faults;
}

/** On protocol 112 it has to be on the instance's own interface, and usable. */
const hasSource = (instance: Instance, self: Director, network: Network): boolean =>
  instance.vrrp
    ? sourceOf(instance, self, network.addresses()) !== undefined
    : self.paths.some(({ address }) => network.has(address));

/** What has to be told so that the instance knows the faults of now. */
export function faultEvents(
  instance: Instance,
  found: readonly Fault[],
  known: readonly Fault[],
): readonly Extract<DirectorEvent, { readonly fault: Fault }>[] {
  return NETWORK_FAULTS.flatMap((fault) => {
    const event = { instance: instance.name, fault } as const;
    if (found.includes(fault) === known.includes(fault)) return [];
    return [
      { kind: found.includes(fault) ? ("faulted" as const) : ("repaired" as const), ...event },
    ];
  });
}

/** Instances whose VIPs or elections have to do with a link. */
export const instancesOn = (config: Config, link: string): readonly Instance[] =>
  config.instances.filter(
    (instance) =>
      instance.interface === link || instance.vips.some((vip) => vip.interface === link),
  );

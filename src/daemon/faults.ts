/** What stands in an instance's way on this host: derived from links and addresses. */
import type { Config, Director, Instance } from "../config/types.ts";
import type { DirectorEvent } from "../core/director/types.ts";
import type { Fault } from "../core/vrrp/types.ts";
import type { Network } from "./network.ts";
import { movingOf, sourceOf } from "./source.ts";

/** The faults that follow from the network; `vipRefused` is the VIP level's to tell. */
export const NETWORK_FAULTS = [
  "interfaceMissing",
  "linkDown",
  "addressLost",
  "sourceMissing",
] as const;

/** Of every instance, by name. */
export function networkFaults(
  config: Config,
  self: Director,
  network: Network,
): ReadonlyMap<string, readonly Fault[]> {
  const standing = { addresses: network.addresses(), moving: movingOf(config) };
  const hasSource = (instance: Instance): boolean =>
    sourceOf(instance, self, standing) !== undefined;
  return new Map(
    config.instances.map((instance) => {
      const faults = linkFaults(instance, network);
      // On protocol 112 it has to be on the instance's own interface, and usable.
      if (instance.vrrp && !hasSource(instance)) faults.push("sourceMissing");
      if (!instance.vrrp && !hasOwn(self, network)) faults.push("addressLost");
      return [instance.name, faults];
    }),
  );
}

function linkFaults(instance: Instance, network: Network): Fault[] {
  const link = network.link(instance.interface);
  if (!link) return ["interfaceMissing"];
  const stands = !instance.trackInterface || (link.up && link.running);
  return stands ? [] : ["linkDown"];
}

const hasOwn = (self: Director, network: Network): boolean =>
  self.paths.some(({ address }) => network.has(address));

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

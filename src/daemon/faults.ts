/** What stands in an instance's way on this host: derived from links and addresses. */
import type { Config, Director, Instance } from "../config/types.ts";
import type { Fault } from "../core/vrrp/types.ts";
import type { Network } from "./network.ts";

/** The faults that follow from the network; `vipRefused` is the VIP level's to tell. */
export const NETWORK_FAULTS = ["interfaceMissing", "linkDown", "addressLost"] as const;

export function networkFaults(
  instance: Instance,
  self: Director,
  network: Network,
): readonly Fault[] {
  const link = network.link(instance.interface);
  const faults: Fault[] = [];
  if (!link) faults.push("interfaceMissing");
  else if (!link.up || !link.running) faults.push("linkDown");
  if (!self.paths.some(({ address }) => network.has(address))) faults.push("addressLost");
  return faults;
}

/** Instances whose VIPs or elections have to do with a link. */
export const instancesOn = (config: Config, link: string): readonly Instance[] =>
  config.instances.filter(
    (instance) =>
      instance.interface === link || instance.vips.some((vip) => vip.interface === link),
  );

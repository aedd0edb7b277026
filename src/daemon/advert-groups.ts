/** Which instances share the sockets that adverts go through. */
import type { Config, Instance, VrrpOptions } from "../config/types.ts";

export type Speaking = Instance & { readonly vrrp: VrrpOptions };

/** Alike in everything that a socket is bound to, joins or filters by. */
export interface AdvertGroup {
  readonly key: string;
  readonly link: string;
  readonly instances: readonly Speaking[];
}

/** As the director `self` opens them. */
export function groupsOf({ instances }: Config, self: string): readonly AdvertGroup[] {
  const groups = new Map<string, Speaking[]>();
  for (const instance of instances) {
    const { vrrp } = instance;
    if (!vrrp) continue;
    const { unicast, minTtl, peers, sources } = vrrp;
    const where = unicast ? `unicast ${minTtl} ${JSON.stringify(peers)}` : vrrp.group;
    const key = [instance.interface, vrrp.family, where, sources[self] ?? ""].join(" ");
    groups.set(key, [...(groups.get(key) ?? []), { ...instance, vrrp }]);
  }
  return [...groups].map(([key, members]) => ({
    key,
    link: members[0]?.interface ?? "",
    instances: members,
  }));
}

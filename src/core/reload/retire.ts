/** Which instances carry their role over a reload, and which have to let go of it first. */
import type { Config, Instance } from "../../config/types.ts";
import { same, text } from "./changes.ts";

export interface Retired {
  readonly name: string;
  /** A clause: what of it changes. */
  readonly why: string;
}

/** Those of `before` that are another virtual router in `after`, or none. */
export function retiredBy(before: Config, after: Config): readonly Retired[] {
  return before.instances.flatMap((one) => {
    const next = after.instances.find(({ name }) => name === one.name);
    const why = next ? another(one, next) : "it is not in the file any more";
    return why === undefined ? [] : [{ name: one.name, why }];
  });
}

/** Peers know an instance by its router id, and by where and how it speaks. */
function another(before: Instance, after: Instance): string | undefined {
  if (before.routerId !== after.routerId) {
    return `its routerId changes from ${before.routerId} to ${after.routerId}`;
  }
  if (before.interface !== after.interface) {
    return `its interface changes from ${before.interface} to ${after.interface}`;
  }
  const [was, is] = [before.vrrp, after.vrrp];
  if (!was && !is) return undefined;
  if (!was || !is) return `its transport changes to ${is ? "vrrp" : "udp"}`;
  const changed = WIRE.find((key) => !same(was[key], is[key]));
  return (
    changed &&
    `its ${changed} changes from ${text(was[changed], changed)} to ${text(is[changed], changed)}`
  );
}

const WIRE = ["version", "family", "unicast", "group", "vmac"] as const satisfies readonly string[];

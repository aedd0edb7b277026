/** What a reload does to instances, and whether a role moves by it. */
import { formatCidr } from "../../base/ip.ts";
import type { Config, Instance, Vip } from "../../config/types.ts";
import { directorOf } from "../director/setup.ts";
import { changed, compared, keysOf, operation } from "./changes.ts";
import { retiredBy } from "./retire.ts";
import type { Move, Operation, Viewpoint } from "./types.ts";

const named = ({ name }: { readonly name: string }): string => name;

export function planInstances(before: Config, after: Config): readonly Operation[] {
  const retired = new Map(retiredBy(before, after).map(({ name, why }) => [name, why]));
  const subject = ({ name }: Instance): string => `instance ${name}`;
  return compared({ before: before.instances, after: after.instances }, named, {
    added: (one) => [operation(subject(one), "is added: it stands for election")],
    removed: (one) => [operation(subject(one), "is removed", "its VIPs go off this host")],
    both: (was, is) => {
      const why = retired.get(is.name);
      const anew = `begins anew: ${why}`;
      if (why !== undefined) return [operation(subject(is), anew, "its role is handed over first")];
      return planInstance(subject(is), was, is);
    },
  });
}

const nameOf = (vip: Vip): string => `${formatCidr(vip)} on ${vip.interface}`;

function goes(before: Instance, vip: Vip): string {
  const unserved = "its clients are not served any more";
  const unbelieved = listed(before, vip);
  return unbelieved === undefined ? unserved : `${unserved}; ${unbelieved}`;
}

/** keepalived drops adverts with another list than its own, and becomes master beside us. */
const listed = ({ vrrp }: Instance, vip: Vip): string | undefined =>
  vrrp?.advertised.includes(vip.address)
    ? "a keepalived with another list does not believe the adverts, and serves as well"
    : undefined;

function planInstance(subject: string, before: Instance, after: Instance): readonly Operation[] {
  return [
    ...planVips(subject, before, after),
    ...planVrrp(subject, before, after),
    ...changed(subject, { before, after }, keysOf(before, after, ["vips", "vrrp"])),
  ];
}

function planVips(subject: string, before: Instance, after: Instance): readonly Operation[] {
  return compared({ before: before.vips, after: after.vips }, formatCidr, {
    added: (vip) => [operation(subject, `VIP ${nameOf(vip)} is added`, listed(after, vip))],
    removed: (vip) => [operation(subject, `VIP ${nameOf(vip)} is removed`, goes(before, vip))],
    both: (was, vip) => {
      if (was.interface !== vip.interface) {
        return [operation(subject, `VIP ${nameOf(was)} moves to ${vip.interface}`)];
      }
      const what = `VIP ${nameOf(vip)} is put on in another manner`;
      return [operation(subject, what, "from the next takeover")];
    },
  });
}

/** What is advertised follows from the VIPs. */
function planVrrp(subject: string, before: Instance, after: Instance): readonly Operation[] {
  const [was, is] = [before.vrrp, after.vrrp];
  if (!was || !is) return changed(subject, { before, after }, ["vrrp"]);
  const keys = keysOf(was, is, ["advertised"]);
  return changed(subject, { before: was, after: is }, keys);
}

/** Roles that this director has and the new file takes from it. */
export function movesOf(before: Config, after: Config, view: Viewpoint): readonly Move[] {
  const retired = retiredBy(before, after).map(({ name, why }) => ({ instance: name, why }));
  const outdone = after.instances.flatMap((instance) => {
    const was = before.instances.find(({ name }) => name === instance.name);
    if (!was || instance.preempt.kind === "never") return [];
    const better = betterThan(view.self, after, instance);
    const already =
      was.preempt.kind !== "never" && betterThan(view.self, before, was) !== undefined;
    if (better === undefined || already) return [];
    const why = `${better.name} has priority ${better.priority}, and this director ${better.own}`;
    return [{ instance: instance.name, why: `${why} by the new file` }];
  });
  const gone = new Set(retired.map(({ instance }) => instance));
  return [...retired, ...outdone.filter(({ instance }) => !gone.has(instance))].filter(
    ({ instance }) => view.masterOf.has(instance),
  );
}

function betterThan(
  self: string,
  config: Config,
  { priorities }: Instance,
): { readonly name: string; readonly priority: number; readonly own: number } | undefined {
  const priorityOf = (name: string): number =>
    priorities[name] ?? directorOf(config, name).priority;
  const own = priorityOf(self);
  return config.directors
    .filter(({ name }) => name !== self)
    .map(({ name }) => ({ name, priority: priorityOf(name), own }))
    .find(({ priority }) => priority > own);
}

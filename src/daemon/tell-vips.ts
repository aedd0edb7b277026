/** What became of the VIPs in the kernel, told to the elections that wait to know. */
import type { Config } from "../config/types.ts";
import { holdsVips } from "../core/director/desired.ts";
import type { DirectorEvent, DirectorState } from "../core/director/types.ts";
import type { PlacedVip } from "../core/types.ts";
import { vipKey } from "../core/vip/diff.ts";

/** After this long a VIP that the kernel refused is tried again. */
const REFUSED_VIP_PAUSE_MS = 10_000;

/** Whom the kernel's news are told. */
export interface Told {
  readonly config: Config;
  readonly state: () => DirectorState;
  readonly dispatch: (event: DirectorEvent) => void;
}

/** All stand, or none does: what an instance that takes or lets go waits for. */
export function vipsSettled({ config, state, dispatch }: Told, present: ReadonlySet<string>): void {
  for (const { name: instance, vips } of config.instances) {
    const one = state().instances[instance];
    const standing = vips.filter((vip) => present.has(vipKey(vip))).length;
    if (holdsVips(state(), instance)) {
      const waits = one?.kind === "master" && one.vips === "pending";
      if (waits && standing === vips.length) dispatch({ kind: "vipsOn", instance });
    } else if (standing === 0) {
      const waits = one?.kind === "leaving" || (one?.kind === "fault" && !one.released);
      if (waits) dispatch({ kind: "vipsOff", instance });
    }
  }
}

/** Neighbours may have learned another owner while the VIP was gone. */
export function vipsReturned({ config, dispatch }: Told, again: readonly PlacedVip[]): void {
  const keys = new Set(again.map(vipKey));
  for (const { name: instance, vips } of config.instances) {
    if (vips.some((vip) => keys.has(vipKey(vip)))) dispatch({ kind: "vipsOn", instance });
  }
}

export function vipRefused({ config, dispatch }: Told, vip: PlacedVip): void {
  const fault = "vipRefused";
  for (const { name: instance, vips } of config.instances) {
    if (!vips.some((one) => vipKey(one) === vipKey(vip))) continue;
    dispatch({ kind: "faulted", instance, fault });
    setTimeout(() => dispatch({ kind: "repaired", instance, fault }), REFUSED_VIP_PAUSE_MS).unref();
  }
}

/** What should stand on a link that is none of ours. */
export function linkRefused(told: Told, link: string): void {
  const [refused] = told.config.instances.flatMap(({ vips }) =>
    vips.filter((vip) => vip.interface === link),
  );
  if (refused) vipRefused(told, refused);
}

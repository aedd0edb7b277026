/** Faults and returns of interfaces: derived from what the network is now, and told. */
import { directorOf } from "../core/director/setup.ts";
import type { NetworkChange } from "../os/rtnl.ts";
import { faultEvents, instancesOn, networkFaults } from "./faults.ts";
import type { Network } from "./network.ts";
import type { Told } from "./tell-vips.ts";

export interface LinkJudgeOptions extends Told {
  readonly self: string;
  readonly network: Network;
  /** After the faults are told. */
  readonly onSettled: () => void;
}

export interface LinkJudge {
  changed(change: NetworkChange | undefined): void;
}

/** Judges at once; afterwards a thousand notifications of one turn are judged once. */
export function judgeLinks(options: LinkJudgeOptions): LinkJudge {
  const changed = new Set<string>();
  /** Links without a carrier when they were last looked at. */
  const down = new Set<string>();
  let waits = false;
  judgeAll(options);
  return {
    changed: (change) => {
      if (change?.kind === "linkChanged") changed.add(change.link.name);
      if (waits) return;
      waits = true;
      setImmediate(() => {
        waits = false;
        judgeAll(options);
        options.onSettled();
        for (const name of changed) {
          const running = options.network.link(name)?.running ?? false;
          if (!running) down.add(name);
          else if (down.delete(name)) tellReturn(options, name);
        }
        changed.clear();
      });
    },
  };
}

function judgeAll({ config, self, network, state, dispatch }: LinkJudgeOptions): void {
  const director = directorOf(config, self);
  const faults = networkFaults(config, director, network);
  for (const instance of config.instances) {
    const found = faults.get(instance.name) ?? [];
    const known = state().instances[instance.name]?.faults ?? [];
    for (const event of faultEvents(instance, found, known)) dispatch(event);
  }
}

function tellReturn({ config, dispatch }: Told, link: string): void {
  if (config.connectionSync?.interface === link) dispatch({ kind: "syncMissed" });
  for (const { name } of instancesOn(config, link)) {
    dispatch({ kind: "linkReturned", instance: name });
  }
}

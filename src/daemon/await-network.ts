/** A director starts before its network: it waits for interfaces, and until addresses can be used. */
import { type Millis, ms } from "../base/units.ts";
import type { Config } from "../config/types.ts";
import { directorOf } from "../core/director/setup.ts";
import { now } from "../os/clock.ts";
import { notify } from "../os/sdnotify.ts";
import type { Log } from "./log.ts";
import { type Network, watchNetwork } from "./network.ts";
import type { Running } from "./running.ts";

const WAIT_STEP: Millis = ms(200);
/** Duplicate address detection takes a second or two; until then an IPv6 path can not be bound. */
const TENTATIVE_LIMIT_MS = 5000;

export async function awaitUsable(config: Config, self: string, network: Network): Promise<void> {
  const own = new Set(directorOf(config, self).paths.map(({ address }) => address));
  const since = now();
  const tentative = (): boolean =>
    network.addresses().some((one) => own.has(one.address) && one.tentative);
  while (tentative() && now() - since < TENTATIVE_LIMIT_MS) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_STEP));
    await network.refresh();
  }
}

export async function openNetwork(
  config: Config,
  log: Log,
  running: () => Running | undefined,
): Promise<Network> {
  const network = await watchNetwork(
    (change) => running()?.networkChanged(change),
    (error) => log.warn(`netlink: ${error.message}`),
  );
  if (config.waitForInterface) await awaitInterfaces(config, network, log);
  return network;
}

/** Longer than what comes between the wait and the watchdog of a running director. */
const PATIENT_WATCHDOG = "WATCHDOG_USEC=30000000";

/** A director starts before its network at boot: waiting is a state, not a failure. */
async function awaitInterfaces(config: Config, network: Network, log: Log): Promise<void> {
  const own = new Set(config.directors.flatMap(({ paths }) => paths.map(({ address }) => address)));
  const missing = (): readonly string[] => [
    ...config.instances.map(({ interface: link }) => link).filter((link) => !network.link(link)),
    ...(network.addresses().some(({ address }) => own.has(address)) ? [] : ["an own address"]),
  ];
  for (let said = ""; missing().length > 0; ) {
    const list = missing().join(", ");
    if (list !== said) log.info(`waiting for ${list}`);
    said = list;
    // Waiting is decided as well: a boot goes on, and the watchdog is patient until it is over.
    notify(["READY=1", `STATUS=waiting for ${list}`, PATIENT_WATCHDOG, "WATCHDOG=1"]);
    await log.open();
    await new Promise((resolve) => setTimeout(resolve, WAIT_STEP));
  }
}

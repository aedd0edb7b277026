/** All levels of this host under one roof: VIPs and their links, routes, IPVS, sysctls.
 *
 * The order, and why: the table is complete before a VIP is up, or clients are answered with
 * resets; the sync role starts before the VIPs, or the first connections are not synchronised;
 * old sync roles stop last, and later (core/director/roles).
 */
import { messageOf } from "../base/errors.ts";
import type { Desired } from "../core/types.ts";
import { readSysctl, writeSysctl } from "../os/sysctl.ts";
import { IpvsLevel, type IpvsLevelOptions } from "./ipvs-level.ts";
import { RouteLevel, type RouteLevelOptions } from "./route-level.ts";
import { VipLevel, type VipLevelOptions } from "./vip-level.ts";
import { VmacLevel, type VmacLevelOptions } from "./vmac-level.ts";

/** A VIP waits so long for a table that is being programmed; then clients are better served at all. */
const GATE_MS = 500;

export interface LevelsOptions {
  readonly vips: Omit<VipLevelOptions, "gate" | "lowered" | "promoted">;
  readonly vmacs: VmacLevelOptions;
  readonly routing: RouteLevelOptions;
  /** Undefined where the configuration asks nothing of IPVS. */
  readonly ipvs: IpvsLevelOptions | undefined;
  readonly onRepaired: (what: string) => void;
  readonly onTrouble: (sentence: string) => void;
}

export interface Levels {
  request(desired: Desired): void;
  /** The kernel's addresses changed. */
  vipsChanged(): void;
  /** Looks whether somebody changed what notifies nobody: the IPVS table, sysctls. */
  patrol(isUrgent: () => boolean): Promise<void>;
  readonly ipvs: IpvsLevel | undefined;
  /** Resolves when all that was requested is applied, or could not be. */
  settled(): Promise<void>;
  close(): void;
}

export function createLevels(options: LevelsOptions): Levels {
  const ipvs = options.ipvs && new IpvsLevel(options.ipvs);
  const vmacs = new VmacLevel(options.vmacs);
  const gate = async (): Promise<void> => {
    await vmacs.settled();
    await within(GATE_MS, ipvs?.settled() ?? Promise.resolve());
  };
  const sysctls = sysctlLevel(options);
  const promoted = (): Promise<void> => within(GATE_MS, sysctls.settled());
  const lowered = (): Promise<void> => vmacs.settled();
  const vips = new VipLevel({ ...options.vips, gate, lowered, promoted });
  const routing = new RouteLevel(options.routing);
  let vipList: string | undefined;
  let cleared: Promise<void> = Promise.resolve();
  const report = (error: unknown): void => options.onTrouble(String(error));
  return {
    request: (desired) => {
      sysctls.request(desired.sysctls);
      ipvs?.request(desired).catch(report);
      const list = keyOf(desired);
      if (list === vipList) return;
      vipList = list;
      void vmacs.request(desired.vmacs);
      const applied = vips.request(desired.vips);
      applied.catch(report);
      cleared = applied.then(() => vmacs.clear(), report);
      void routing.request(desired, applied);
    },
    vipsChanged: () => {
      void vmacs.again();
      vips.again().catch(report);
      routing.again();
    },
    patrol: async (isUrgent) => {
      sysctls.again();
      routing.again();
      await ipvs?.patrol(isUrgent);
    },
    ipvs,
    settled: async () => {
      await vips.again();
      await cleared;
      await routing.settled();
      await ipvs?.settled();
    },
    close: () => {
      vips.close();
      ipvs?.close();
    },
  };
}

const keyOf = ({ vips, vmacs }: Desired): string =>
  [
    ...vips.map((vip) => `${vip.address}/${vip.prefix}%${vip.interface}`),
    ...vmacs.map(({ name, up }) => `${name} ${up}`),
  ].join(" ");

/** Writes each value once, and again when it is another one. */
function sysctlLevel({ onRepaired, onTrouble }: Pick<LevelsOptions, "onRepaired" | "onTrouble">): {
  request(wanted: Readonly<Record<string, string>>): void;
  again(): void;
  /** Resolves when what was requested is written, or could not be. */
  settled(): Promise<void>;
} {
  const written = new Map<string, string>();
  let requested: Promise<unknown> = Promise.resolve();
  /** Resolves with what the value was, where it was another one. */
  const write = async (name: string, value: string): Promise<string | undefined> => {
    try {
      const found = await readSysctl(name);
      if (found === value) return undefined;
      await writeSysctl(name, value);
      return found;
    } catch (error) {
      written.delete(name);
      onTrouble(`sysctl ${name} = ${value}: ${messageOf(error)}`);
      return undefined;
    }
  };
  return {
    request: (wanted) => {
      for (const [name, value] of Object.entries(wanted)) {
        if (written.get(name) === value) continue;
        written.set(name, value);
        requested = Promise.all([requested, write(name, value)]);
      }
    },
    again: () => {
      for (const [name, value] of written) {
        void write(name, value).then((found) => {
          if (found !== undefined) onRepaired(`sysctl ${name} was ${found} instead of ${value}`);
        });
      }
    },
    settled: async () => {
      await requested;
    },
  };
}

function within(limit: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limit);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}

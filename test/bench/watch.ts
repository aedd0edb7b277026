/** Exact times from the kernel and from `ip monitor`: adverts on the wire, VIPs on an interface.
 *
 * All are on the wall clock, because that is what tcpdump and ip print. They are only ever
 * compared with each other, over seconds.
 */
import type { Network } from "../support/network.ts";
import { eventually, type Running } from "../support/process.ts";

/** Now, on the wall clock, in milliseconds with a fraction. `Date` alone has none. */
export const wall = (): number => performance.timeOrigin + performance.now() + drift();

let correction = { at: Number.NEGATIVE_INFINITY, value: 0 };
const CORRECTED_FOR = 60_000;

/** How far the wall clock has moved away from this process's own since the start. */
function drift(): number {
  if (performance.now() - correction.at < CORRECTED_FOR) return correction.value;
  // The moment at which the millisecond changes is known to some microseconds.
  for (const before = Date.now(); ; ) {
    const now = Date.now();
    if (now === before) continue;
    const value = now - (performance.timeOrigin + performance.now());
    correction = { at: performance.now(), value };
    return value;
  }
}

export interface Capture {
  /** When each packet came, by the kernel's stamp. */
  readonly times: readonly number[];
  /** The last one before `at`. */
  lastBefore(at: number): number | undefined;
  stop(): Promise<void>;
}

/** Captures on a host's eth0 what the filter lets through. */
export async function capture(network: Network, host: string, filter: string): Promise<Capture> {
  const flags = ["-i", "eth0", "-n", "-tt", "-l", "--immediate-mode", "-s", "64"];
  const argv = ["tcpdump", ...flags, "--time-stamp-precision=nano", filter];
  const child = network.spawn(host, argv);
  await eventually("tcpdump", () => child.stderr().includes("listening on"));
  const times: number[] = [];
  let read = 0;
  const collect = (): void => {
    const text = child.stdout();
    const end = text.lastIndexOf("\n") + 1;
    for (const line of text.slice(read, end).split("\n")) {
      const stamp = /^(\d+\.\d+) /.exec(line)?.[1];
      if (stamp !== undefined) times.push(Number(stamp) * 1000);
    }
    read = end;
  };
  return {
    get times() {
      collect();
      return times;
    },
    lastBefore: (at) => {
      collect();
      return times.findLast((time) => time < at);
    },
    stop: async () => {
      await child.stop();
      collect();
    },
  };
}

export interface AddressChange {
  readonly at: number;
  readonly present: boolean;
}

export interface AddressWatch {
  holds(): boolean;
  readonly changes: readonly AddressChange[];
  stop(): Promise<unknown>;
}

/** Notes when an address comes to a host, and when it goes. */
export function watchAddress(network: Network, host: string, address: string): AddressWatch {
  // It stamps what it prints: on a busy machine it has to come first.
  const argv = ["nice", "-n", "-20", "ip", "-o", "-ts", "monitor", "address"];
  const child = network.spawn(host, argv);
  const changes = (): readonly AddressChange[] => readChanges(child, address);
  return {
    get changes() {
      return changes();
    },
    holds: () => changes().at(-1)?.present ?? false,
    stop: () => child.stop(),
  };
}

const LINE = /^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)\](.*)$/;

function readChanges(child: Running, address: string): readonly AddressChange[] {
  return child
    .stdout()
    .split("\n")
    .filter((line) => line.includes(` ${address}/`))
    .flatMap((line) => {
      const [, seconds, fraction, rest] = LINE.exec(line) ?? [];
      if (seconds === undefined || fraction === undefined || rest === undefined) return [];
      const at = new Date(seconds).getTime() + Number(fraction) * 1000;
      return [{ at, present: !rest.includes("Deleted") }];
    });
}

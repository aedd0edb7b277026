/** Many connections taught to a director that starts without them: two hosts, two kernels.
 *
 * In one kernel their connections would lie in one list, and the master's walk through it would
 * grow with everything that the other one learns.
 */
import { readFileSync } from "node:fs";
import type { Snapshot } from "../../src/core/director/snapshot-types.ts";
import type { Guest } from "../hosts/guest.ts";
import {
  bootPair,
  installBaton,
  other,
  type Pair,
  SERVER,
  SERVICE_PORT,
  VIP,
} from "../hosts/pair.ts";
import { eventually } from "../support/process.ts";
import { programFile } from "../support/programs.ts";

export interface ManyResult {
  readonly planted: number;
  readonly arrived: number;
  /** From the start of the empty director until it is level. */
  readonly ms: number;
  /** How late the master's loop was at worst: before, and with the resync. */
  readonly lag: { readonly before: number; readonly during: number };
  readonly last: string;
}

const PROGRAM = "usr/lib/lab/sync.js";
const LIMIT_MS = 120_000;

export async function measureMany(count: number): Promise<ManyResult> {
  const program = readFileSync(await programFile("sync"));
  const furnish = (guest: Guest): void => {
    installBaton(guest);
    guest.install(PROGRAM, program);
  };
  const pair = await bootPair({ furnish });
  try {
    return await taught(pair, count);
  } finally {
    await pair.close();
  }
}

/** The master fills its backup's kernel, hands over, and starts anew as one that knows nothing. */
async function taught(pair: Pair, count: number): Promise<ManyResult> {
  const pupil = await pair.master();
  const teacher = other(pupil);
  await pair.fit(teacher);
  const at = `${VIP}:${SERVICE_PORT} ${SERVER}:${SERVICE_PORT}`;
  const guest = pair.host(pupil);
  const plant = `node /${PROGRAM} plant ${count} eth1 51 ${at}`;
  // Twice, for what the first time was lost.
  await guest.must(`${plant} && ${plant}`, LIMIT_MS);
  const planted = await settled(pair.host(teacher));
  await guest.must("baton failover");
  await pair.master();
  const before = (await statusOf(pair.host(teacher))).loop.worstLagMs;
  const started = performance.now();
  const start = "systemctl restart baton";
  await guest.must(`${start} && node /${PROGRAM} level /run/baton/control.sock`, LIMIT_MS);
  const ms = Math.round(performance.now() - started);
  const { loop, sync } = await statusOf(pair.host(teacher));
  const lag = { before, during: loop.worstLagMs };
  return { planted, arrived: await settled(guest), ms, lag, last: sync?.resync.last ?? "" };
}

/** The command has two seconds for an answer: a busy guest may need another attempt. */
async function statusOf(guest: Guest): Promise<Snapshot> {
  const told = async (): Promise<Snapshot | undefined> => {
    const { code, stdout } = await guest.exec("baton status --json");
    return code === 0 ? (JSON.parse(stdout) as Snapshot) : undefined;
  };
  return eventually(`${guest.name} answers`, told, { timeout: LIMIT_MS, interval: 500 });
}

/** The established connections of a host, when no more arrive. */
async function settled(guest: Guest): Promise<number> {
  let last = -1;
  const still = async (): Promise<boolean> => {
    const count = await established(guest);
    const same = count === last;
    last = count;
    return same;
  };
  await eventually("its table is still", still, { timeout: LIMIT_MS, interval: 500 });
  return last;
}

async function established(guest: Guest): Promise<number> {
  const table = await guest.must("cat /proc/net/ip_vs");
  return [...table.matchAll(/-> \S+ +Route +\d+ +(\d+)/g)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );
}

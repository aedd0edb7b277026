/** Connections over handover, loss and return, quiet ones and young ones; and a table of many. */

import type { Ip } from "../../../src/base/ip.ts";
import { openSyncSender } from "../../../src/os/sync-sender.ts";
import { encodeMessages, type SyncRecord } from "../../../src/wire/sync/message.ts";
import {
  buildPair,
  type DirectorName,
  failover,
  INTERVAL_MS,
  ipvsadm,
  level,
  other,
  type Pair,
  startBoth,
} from "../../lab/guest/pair.ts";
import { type Answered, type Quiet, startQuiet } from "../../lab/guest/quiet.ts";
import { emit, main } from "../../lab/guest/report.ts";
import { SERVICE_PORT, serverAddress, type Variant, VIP } from "../../lab/guest/topology.ts";
import { eventually, sleep } from "../../support/process.ts";

const QUIET = 1000;
const YOUNG = 100;
const BATCH = 100;
const MANY = Number(process.argv[2] ?? 100_000);
const LEVEL_LIMIT_MS = 120_000;

const since = (started: number): number => Math.round(performance.now() - started);

function told(variant: Variant, fault: string, ms: number, answered: Answered): void {
  emit({ kind: "connections", variant, fault, ms, ...answered, lost: answered.lost.length });
}

async function connections(variant: Variant): Promise<void> {
  const pair = await buildPair(variant);
  try {
    await startBoth(pair);
    await level(pair, "lb2");
    const quiet = await startQuiet(pair);
    for (let open = 0; open < QUIET; open += BATCH) await quiet.open(BATCH);
    // What the kernel sends by itself has gone: two seconds at most.
    await sleep(3000);
    await moves(pair, variant, quiet, "planned handover, quiet connections");
    await quiet.open(YOUNG);
    await moves(pair, variant, quiet, "planned handover, the youngest a moment old");
    await loss(pair, variant, quiet);
  } finally {
    await pair.network.close();
  }
}

async function master(pair: Pair): Promise<DirectorName> {
  const [holder] = await pair.holders();
  if (!holder) throw new Error("nobody has the VIP");
  return holder;
}

async function moves(pair: Pair, variant: Variant, quiet: Quiet, fault: string): Promise<void> {
  const from = await master(pair);
  await level(pair, other(from));
  const started = performance.now();
  await failover(pair, from);
  const took = since(started);
  await pair.settled(other(from));
  told(variant, fault, took, await quiet.ask());
  await pair.command(from, "/v1/resume");
}

/** The master's host goes, and comes back empty; then the other one goes. */
async function loss(pair: Pair, variant: Variant, quiet: Quiet): Promise<void> {
  const lost = await master(pair);
  const heir = other(lost);
  const taken = async (): Promise<boolean> => (await pair.holders()).includes(heir);
  let started = performance.now();
  pair.network.isolate(lost);
  await eventually("a takeover", taken, { timeout: 10 * INTERVAL_MS, interval: 10 });
  told(variant, "host lost", since(started), await quiet.ask());
  await pair.reboot(lost);
  started = performance.now();
  await pair.start(lost);
  await level(pair, lost);
  const levelled = since(started);
  await failover(pair, heir);
  await pair.settled(lost);
  told(variant, "host back, empty, taught, master again", levelled, await quiet.ask());
}

const record = (n: number): SyncRecord => ({
  protocol: 6,
  flags: 3,
  state: 1,
  client: `10.${1 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}` as Ip,
  clientPort: 40_000,
  virtual: VIP as Ip,
  virtualPort: SERVICE_PORT,
  destination: serverAddress("rs1") as Ip,
  destinationPort: SERVICE_PORT,
  mark: 0,
  timeout: 900,
  engine: undefined,
});

/** Plants connections in lb1's kernel as a sync daemon would, before any baton runs. */
async function plant(pair: Pair): Promise<number> {
  const web = `${VIP}:${SERVICE_PORT}`;
  await ipvsadm(pair, "lb1", "-A", "-t", web, "-s", "rr");
  const server = `${serverAddress("rs1")}:${SERVICE_PORT}`;
  await ipvsadm(pair, "lb1", "-a", "-t", web, "-r", server, "-g");
  await ipvsadm(
    pair,
    "lb1",
    "--start-daemon",
    "backup",
    "--mcast-interface",
    "eth1",
    "--syncid",
    "51",
  );
  const argv = [process.execPath, process.argv[1] ?? "", "plant", String(MANY)];
  await pair.network.must("lb2", argv, { timeout: LEVEL_LIMIT_MS });
  await sleep(1000);
  await ipvsadm(pair, "lb1", "--stop-daemon", "backup");
  return active(pair, "lb1");
}

async function active(pair: Pair, host: DirectorName): Promise<number> {
  const text = await ipvsadm(pair, host, "-Ln");
  return [...text.matchAll(/Route +\d+ +(\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
}

async function many(): Promise<void> {
  const pair = await buildPair("dr");
  try {
    const planted = await plant(pair);
    await pair.start("lb1");
    await sleep(5 * INTERVAL_MS);
    const before = (await pair.status("lb1")).loop.worstLagMs;
    const started = performance.now();
    await pair.start("lb2");
    const levelled = async (): Promise<boolean> =>
      (await pair.status("lb2")).instances.every((one) => one.level);
    await eventually("lb2 is level", levelled, { timeout: LEVEL_LIMIT_MS, interval: 200 });
    const ms = since(started);
    const { loop, sync } = await pair.status("lb1");
    const arrived = await active(pair, "lb2");
    const lag = { before, during: loop.worstLagMs };
    emit({ kind: "many", planted, arrived, ms, lag, last: sync?.resync.last });
  } finally {
    await pair.network.close();
  }
}

if (process.argv[2] === "plant") {
  const target = { interface: "eth1", group: undefined, port: undefined, ttl: undefined };
  const sender = await openSyncSender(target);
  const records = Array.from({ length: Number(process.argv[3]) }, (_, n) => record(n));
  for (const [index, message] of encodeMessages(51, records, 1400).entries()) {
    await sender.send(message);
    if (index % 16 === 15) await sleep(2);
  }
  sender.close();
} else {
  await main(async () => {
    for (const variant of ["dr", "nat"] as const) await connections(variant);
    await many();
  });
}

/** What surrounds an instance, beside a real keepalived: tracks that move it, programs that are told. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createMixed, type Mixed, type MixedOptions } from "../../support/mixed.ts";
import { begin } from "../../support/mixed-stories.ts";
import { eventually, sleep } from "../../support/process.ts";

const OPTIONS: MixedOptions = {
  version: 3,
  family: 4,
  interval: 100,
  priorities: { baton: 150, keepalived: 100 },
};

let mixed: Mixed | undefined;
afterEach(async () => {
  await mixed?.close();
  mixed = undefined;
});

const create = async (changes: Partial<MixedOptions>): Promise<Mixed> => {
  mixed = await createMixed({ ...OPTIONS, ...changes });
  return mixed;
};

function program(folder: string, name: string, lines: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${lines}\n`);
  chmodSync(path, 0o755);
  return path;
}

const readLines = (path: string): readonly string[] =>
  existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];

test("a script that fails moves the role, and back when it holds", async () => {
  const pair = await createWithTrack();
  const { flag } = pair;
  await begin(pair.mixed, "baton");
  writeFileSync(flag, "");
  await pair.mixed.servedBy("keepalived");
  expect((await pair.mixed.instance()).effectivePriority).toBe(90);
  expect((await pair.mixed.instance()).tracks).toMatchObject([{ name: "alive", holds: false }]);
  rmSync(flag);
  await pair.mixed.servedBy("baton");
  expect((await pair.mixed.instance()).effectivePriority).toBe(150);
});

async function createWithTrack(): Promise<{ readonly mixed: Mixed; readonly flag: string }> {
  const pair = await create({});
  const folder = pair.segment.root("lb1");
  const flag = join(folder, "failed");
  const script = program(folder, "alive", `test ! -e ${flag}`);
  pair.more = {
    tracks: { alive: { script: [script], interval: "100ms" } },
    instance: { track: [{ name: "alive", weight: -60 }] },
  };
  return { mixed: pair, flag };
}

test("an uplink that goes down is a fault", async () => {
  const pair = await create({});
  await pair.network.ip(
    "lb1",
    "link add up0 type veth peer name up1",
    "link set up0 up",
    "link set up1 up",
  );
  pair.more = { tracks: { up: { interface: "up0" } }, instance: { track: ["up"] } };
  await begin(pair, "baton");
  await pair.network.ip("lb1", "link set up1 down");
  await pair.servedBy("keepalived");
  expect((await pair.instance()).state).toBe("fault");
  await pair.network.ip("lb1", "link set up1 up");
  await pair.servedBy("baton");
});

test("programs and the pipe are told in order, and a slow one delays no advert", async () => {
  const pair = await create({});
  const folder = pair.segment.root("lb1");
  const told = join(folder, "told");
  const state = join(folder, "vip");
  const any = program(folder, "any", `echo "$@ $BATON_WHY" >> ${told}; sleep 1`);
  const vip = `ip -o addr show dev eth0 | grep -c ${pair.vip}/ >> ${state}`;
  const master = program(folder, "master", vip);
  const fifo = join(folder, "notify");
  pair.more = {
    file: { notifyFifo: fifo },
    instance: { notify: { any: [any, "first"], master: [master] } },
  };
  await begin(pair, "baton");
  await eventually("the pipe", () => existsSync(fifo));
  const reader = pair.network.spawn("lb1", ["cat", fifo]);
  await pair.stop("keepalived");
  await pair.start("keepalived");
  await sleep(500);
  await pair.baton?.failover();
  await pair.servedBy("keepalived");
  await pair.baton?.resume();
  await pair.servedBy("baton");
  await eventually("all are told", () => readLines(told).length === 4, { timeout: 15_000 });
  const words = readLines(told).map((line) => line.split(" ").slice(0, 5).join(" "));
  expect(words).toEqual([
    "first INSTANCE web BACKUP 150",
    "first INSTANCE web MASTER 150",
    "first INSTANCE web BACKUP 1",
    "first INSTANCE web MASTER 150",
  ]);
  // The VIP stands before the program is told that it does.
  expect(readLines(state)).toEqual(["1", "1"]);
  await eventually("the pipe was read", () => reader.stdout().split("\n").length > 4);
  await reader.stop();
  expect(reader.stdout().trimEnd().split("\n")).toEqual([
    'INSTANCE "web" BACKUP 150',
    'INSTANCE "web" MASTER 150',
    'INSTANCE "web" BACKUP 1',
    'INSTANCE "web" MASTER 150',
  ]);
});

const SECOND = "192.168.60.102";

test("a group moves together, as keepalived's does", async () => {
  const second = [
    "vrrp_instance second {\n  state BACKUP\n  interface eth0\n  virtual_router_id 52",
    "  priority 100\n  advert_int 0.1",
    `  virtual_ipaddress {\n    ${SECOND}/32 dev eth0\n  }\n}`,
    "vrrp_sync_group all {\n  group {\n    web\n    second\n  }\n}",
  ];
  const pair = await create({ blocks: second });
  await pair.network.ip("lb1", "link add up0 type veth peer name up1", "link set up0 up");
  await pair.network.ip("lb1", "link set up1 up");
  const instance = { routerId: 52, interface: "eth0", vips: [SECOND], preempt: "immediate" };
  pair.more = {
    tracks: { up: { interface: "up0" } },
    instance: { group: "all" },
    instances: { second: { ...instance, group: "all", track: ["up"] } },
  };
  const both = async (): Promise<string> =>
    [...(await pair.owners()), ...(await pair.owners(SECOND))].join();
  const servedBy = (side: string): Promise<unknown> =>
    eventually(`${side} has both`, async () => (await both()) === `${side},${side}`, {
      interval: 20,
    });
  await pair.start("keepalived");
  await servedBy("keepalived");
  await pair.start("baton");
  await servedBy("baton");
  await pair.network.ip("lb1", "link set up1 down");
  await servedBy("keepalived");
  await pair.network.ip("lb1", "link set up1 up");
  await servedBy("baton");
  await pair.stop("baton");
  await servedBy("keepalived");
});

test.each([true, false])(
  "equal priorities: the higher address stays (baton's: %s)",
  async (ours) => {
    const pair = await create({
      priorities: { baton: 100, keepalived: 100 },
      batonHigher: ours,
      preempt: "never",
    });
    const winner = ours ? "baton" : "keepalived";
    await pair.start(winner);
    await pair.servedBy(winner);
    await pair.network.partition(["lb1"], ["lb2"]);
    const other = ours ? "keepalived" : "baton";
    await pair.start(other);
    await pair.taken(other);
    await pair.network.healDrops();
    await pair.servedBy(winner);
  },
);

/** Links, addresses and netlink itself on a real kernel; this process sits on host `a`. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type NetlinkSocket, openNetlink } from "../../src/os/netlink.ts";
import type { ProbeLink } from "../../src/os/packet.ts";
import type { NetworkChange, Rtnl } from "../../src/os/rtnl.ts";
import { encodeAddAddress } from "../../src/wire/rtnl/address.ts";
import type { Network } from "../support/network.ts";
import { command, enterWorld, ip, scriptOf, sleep, until, type World } from "../support/world.ts";

const NETLINK_ROUTE = 0;
const RTM_GETLINK = 18;
const RTM_NEWADDR = 20;
const NLMSG_NOOP = 1;
const NLM_F_DUMP = 0x300;
const NETLINK_USERSOCK = 2;
const NLM_F_CREATE_EXCL = 0x600;
const RTNLGRP_IPV4_IFADDR = 5;
const EEXIST = 17;
const ENODEV = 19;
const HEADER = new Uint8Array(16);

let world: World;
let network: Network;
let rtnl: Rtnl;
let eth0: ProbeLink;

beforeAll(async () => {
  world = await enterWorld();
  ({ network, rtnl, eth0 } = world);
});

afterAll(() => world?.close());

describe("links and addresses", () => {
  test("links are what `ip` says", async () => {
    command("ip", "link", "add", "br7", "type", "bridge");
    command("ip", "link", "add", "alone", "up", "type", "veth", "peer", "name", "asleep");
    const links = await rtnl.links();
    const said = JSON.parse(command("ip", "-j", "-d", "link")) as {
      ifindex: number;
      ifname: string;
      address: string;
      mtu: number;
      linkinfo?: { info_kind?: string };
    }[];
    expect(links.map(({ index, name, mac, mtu, kind }) => [index, name, mac, mtu, kind])).toEqual(
      said.map((s) => [s.ifindex, s.ifname, s.address, s.mtu, s.linkinfo?.info_kind]),
    );
    const byName = new Map(links.map((link) => [link.name, link]));
    expect(byName.get("eth0")).toMatchObject({ up: true, running: true, loopback: false });
    expect(byName.get("lo")).toMatchObject({ loopback: true, kind: undefined });
    expect(byName.get("br7")).toMatchObject({ up: false, running: false, kind: "bridge" });
    expect(byName.get("alone")).toMatchObject({ up: true, running: false, kind: "veth" });
    command("ip", "link", "del", "alone");
    command("ip", "link", "del", "br7");
  });

  test("VIPs are added as agreed, twice is once, and gone is gone", async () => {
    const { index } = eth0;
    const four = { index, address: ip("192.168.60.100"), prefix: 32, proto: 112 };
    const six = { index, address: ip("fd00:60::100"), prefix: 128 };
    expect(await rtnl.addAddresses([four, six])).toEqual([0, 0]);
    expect(await rtnl.addAddresses([six, four])).toEqual([EEXIST, EEXIST]);
    const found = (await rtnl.addresses()).filter((a) => /(::|\.)100$/.test(a.address));
    expect(found).toHaveLength(2);
    expect(found.find((a) => a.address === four.address)).toMatchObject({
      interface: "eth0",
      prefix: 32,
      label: "eth0",
      scope: "global",
      deprecated: false,
      validSeconds: undefined,
    });
    expect(found.find((a) => a.address === six.address)).toMatchObject({
      prefix: 128,
      label: undefined,
      tentative: false,
      dadFailed: false,
      deprecated: true,
      validSeconds: undefined,
    });
    expect(command("ip", "-6", "route", "show", "dev", "eth0")).not.toContain("::100");
    expect(await rtnl.removeAddresses([four, six, six])).toEqual([0, 0, 0]);
    expect(command("ip", "addr", "show", "eth0")).not.toMatch(/[.:]100\/(32|128)/);
  });

  test("a refused address does not stop the others, and says why", async () => {
    const fine = { index: eth0.index, address: ip("192.168.60.101"), prefix: 32 };
    const lost = { ...fine, index: 4711 };
    expect(await rtnl.addAddresses([lost, fine])).toEqual([ENODEV, 0]);
    expect(await rtnl.removeAddresses([fine, lost])).toEqual([0, 0]);
  });

  test("an address with a lease goes by itself, unless it is renewed", async () => {
    const vip = { index: eth0.index, address: ip("192.168.60.102"), prefix: 32, validSeconds: 2 };
    expect(await rtnl.addAddresses([vip])).toEqual([0]);
    await sleep(1300);
    expect(await rtnl.addAddresses([vip])).toEqual([0]);
    await sleep(1300);
    const held = (await rtnl.addresses()).find((a) => a.address === vip.address);
    expect(held?.validSeconds).toBeLessThanOrEqual(2);
    await sleep(2000);
    expect((await rtnl.addresses()).map((a) => a.address)).not.toContain(vip.address);
  });

  test("an alias shows its label", async () => {
    command("ip", "addr", "add", "192.168.60.77/24", "dev", "eth0", "label", "eth0:0");
    const alias = (await rtnl.addresses()).find((a) => a.address === "192.168.60.77");
    expect(alias).toMatchObject({ label: "eth0:0", interface: "eth0", secondary: true });
    command("ip", "addr", "del", "192.168.60.77/24", "dev", "eth0");
  });

  test("neighbours are what the kernel's cache holds", async () => {
    command("ping", "-c1", "-W1", "192.168.60.2");
    const entry = (await rtnl.neighbours()).find((n) => n.address === "192.168.60.2");
    expect(entry).toMatchObject({ index: eth0.index, mac: network.mac("b") });
    expect(["reachable", "delay", "stale"]).toContain(entry?.state);
  });

  test("a watch tells of links and addresses", async () => {
    const changes: NetworkChange[] = [];
    const watch = await rtnl.watch((change) => changes.push(change));
    const text = (): string =>
      changes.map((c) => `${c.kind} ${"link" in c ? c.link.name : c.address.address}`).join("\n");
    command("ip", "addr", "add", "192.168.60.103/32", "dev", "eth0");
    command("ip", "addr", "del", "192.168.60.103/32", "dev", "eth0");
    command("ip", "link", "add", "spare1", "type", "bridge");
    command("ip", "link", "set", "spare1", "name", "renamed");
    command("ip", "addr", "add", "10.7.7.7/32", "dev", "renamed");
    command("ip", "link", "del", "renamed");
    await until(() => text().includes("linkRemoved renamed"));
    expect(text()).toMatch(/addressAdded 192.168.60.103\naddressRemoved 192.168.60.103/);
    expect(text()).toContain("linkChanged spare1");
    const moved = changes.find((c) => "address" in c && c.address.address === "10.7.7.7");
    expect(moved).toMatchObject({ address: { interface: "renamed" } });
    changes.length = 0;
    network.unplug("a", "eth1");
    const running = (c: NetworkChange): boolean => c.kind === "linkChanged" && c.link.running;
    await until(() => changes.some((c) => c.kind === "linkChanged" && !running(c)));
    network.plug("a", "eth1");
    await until(() => changes.some(running));
    expect(watch.overruns()).toBe(0);
    watch.close();
  });
});

describe("netlink under pressure", () => {
  const addition = (index: number, n: number): Parameters<NetlinkSocket["batch"]>[0][number] => ({
    type: RTM_NEWADDR,
    flags: NLM_F_CREATE_EXCL,
    payload: encodeAddAddress({
      index,
      address: ip(`10.${1 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`),
      prefix: 32,
    }),
  });

  test("an overflow drops and counts, and the next request is answered", async () => {
    command("ip", "link", "add", "spare2", "up", "type", "bridge");
    let heard = 0;
    const errors: Error[] = [];
    const socket = openNetlink({
      protocol: NETLINK_ROUTE,
      groups: [RTNLGRP_IPV4_IFADDR],
      onNotification: () => {
        heard++;
        throw new Error("a listener's mistake");
      },
      onError: (error) => errors.push(error),
    });
    const rounds = 12;
    for (let round = 0; round < rounds && socket.overruns() === 0; round++) {
      const lines = Array.from({ length: 3000 }, (_, n) => {
        const address = `10.${100 + round}.${n >> 8}.${n & 255}/32`;
        return `address add ${address} dev spare2`;
      });
      // Synchronous: this process does not read its socket meanwhile.
      execFileSync("ip", ["-batch", "-"], { input: lines.join("\n") });
    }
    const lost = socket.overruns();
    expect(lost).toBeGreaterThan(0);
    await until(() => heard > 1000, 10_000);
    const reply = await socket.request({ type: RTM_GETLINK, flags: NLM_F_DUMP, payload: HEADER });
    expect(reply.length).toBeGreaterThan(2);
    expect(errors[0]?.message).toBe("a listener's mistake");
    expect(socket.overruns()).toBeGreaterThanOrEqual(lost);
    expect(dropsInProc()).toBeGreaterThanOrEqual(lost);
    socket.close();
    command("ip", "link", "del", "spare2");
  });

  test("thousands of refusals in batches are told apart by request", async () => {
    command("ip", "link", "add", "spare3", "up", "type", "bridge");
    const index = (await rtnl.links()).find(({ name }) => name === "spare3")?.index ?? 0;
    const socket = openNetlink({ protocol: NETLINK_ROUTE });
    const even = Array.from({ length: 1000 }, (_, n) => addition(index, n * 2));
    expect(new Set(await socket.batch(even))).toEqual(new Set([0]));
    const all = Array.from({ length: 2000 }, (_, n) => addition(index, n));
    const errnos = await socket.batch(all);
    expect(errnos).toEqual(all.map((_, n) => (n % 2 === 0 ? EEXIST : 0)));
    expect(await socket.batch([])).toEqual([]);
    expect(socket.overruns()).toBe(0);
    socket.close();
    command("ip", "link", "del", "spare3");
  });

  test("a refusal carries errno and the kernel's own words", async () => {
    const socket = openNetlink({ protocol: NETLINK_ROUTE });
    const bad = { type: RTM_NEWADDR, flags: NLM_F_CREATE_EXCL, payload: new Uint8Array(8) };
    await expect(socket.request(bad)).rejects.toMatchObject({
      name: "NetlinkError",
      code: "EOPNOTSUPP",
    });
    const lost = addition(4711, 1);
    await expect(socket.request(lost)).rejects.toMatchObject({ errno: ENODEV });
    await expect(socket.request(lost)).rejects.toThrow(/No such device \(.*device.*\)/i);
    const waiting = socket.request({ type: RTM_GETLINK, flags: NLM_F_DUMP, payload: HEADER });
    const late = socket.request({ type: RTM_GETLINK, flags: NLM_F_DUMP, payload: HEADER });
    await Promise.resolve();
    socket.close();
    await expect(waiting).rejects.toThrow(/closed/);
    await expect(late).rejects.toThrow(/closed/);
  });

  test("no answer is an error in time, a stall of this process is none", async () => {
    const socket = openNetlink({ protocol: NETLINK_ROUTE, timeout: 50 });
    // The kernel skips control messages, and a dump asks for no ACK.
    const mute = { type: NLMSG_NOOP, flags: NLM_F_DUMP, payload: HEADER };
    await expect(socket.request(mute)).rejects.toMatchObject({ code: "ETIMEDOUT" });
    // From an immediate, due timers come next and sockets after them.
    await new Promise((resolve) => setImmediate(resolve));
    const links = socket.request({ type: RTM_GETLINK, flags: NLM_F_DUMP, payload: HEADER });
    await Promise.resolve();
    for (const end = performance.now() + 150; performance.now() < end; );
    expect((await links).length).toBeGreaterThan(2);
    socket.close();
    const nobody = openNetlink({ protocol: NETLINK_USERSOCK });
    await expect(nobody.request(mute)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    nobody.close();
  });

  test("more requests than the queue holds are refused at once", async () => {
    const socket = openNetlink({ protocol: NETLINK_ROUTE });
    const links = { type: RTM_GETLINK, flags: NLM_F_DUMP, payload: HEADER };
    const results = await Promise.allSettled(
      Array.from({ length: 1100 }, () => socket.request(links)),
    );
    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(76);
    expect(results.slice(0, 1024).every(({ status }) => status === "fulfilled")).toBe(true);
    socket.close();
  });

  test("an idle socket lets a command end", async () => {
    const script = scriptOf(`
      import { openRtnl } from "./src/os/rtnl.ts";
      const links = await openRtnl().links();
      console.log(links.map(({ name }) => name).join(" "));`);
    const argv = ["timeout", "10", "node", "--input-type=module", "-e", script];
    expect(await network.must("b", argv)).toContain("lo");
  });

  const dropsInProc = (): number => {
    const lines = readFileSync("/proc/self/net/netlink", "utf8").trim().split("\n").slice(1);
    const rows = lines.map((line) => line.trim().split(/\s+/));
    return Math.max(...rows.map((columns) => Number(columns[8])));
  };
});

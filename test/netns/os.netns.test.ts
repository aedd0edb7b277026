/** Frames, heartbeat sockets and sysctls on a real kernel; this process sits on host `a`. */
import { createSocket } from "node:dgram";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ip } from "../../src/base/ip.ts";
import { openPacketSender, type ProbeLink, probe } from "../../src/os/packet.ts";
import type { Rtnl } from "../../src/os/rtnl.ts";
import { type HeartbeatPath, openPath } from "../../src/os/udp.ts";
import { arpAnnouncement } from "../../src/wire/link/arp.ts";
import { neighbourAnnouncement } from "../../src/wire/link/ndp.ts";
import { enterNamespace } from "../support/enter.ts";
import type { Network } from "../support/network.ts";
import { command, enterWorld, ip, scriptOf, sleep, until, type World } from "../support/world.ts";

const ARP_IGNORE = "/proc/sys/net/ipv4/conf/eth0.200/arp_ignore";

let world: World;
let network: Network;
let rtnl: Rtnl;
let eth0: ProbeLink;

beforeAll(async () => {
  world = await enterWorld();
  ({ network, rtnl, eth0 } = world);
});

afterAll(() => world?.close());

describe("frames", () => {
  test("an announcement turns the neighbours to a new hardware address", async () => {
    const sender = openPacketSender();
    for (const [address, announce] of [
      ["192.168.60.110", arpAnnouncement],
      ["fd00:60::110", neighbourAnnouncement],
    ] as const) {
      const stale = `neigh replace ${address} lladdr 02:00:00:00:aa:aa dev eth0 nud stale`;
      await network.ip("b", stale);
      const frame = announce(ip(address), eth0.mac);
      expect(sender.announce(eth0.index, [frame, frame])).toEqual({ sent: 2, errno: 0 });
      await sleep(50);
      expect(await network.neighbour("b", address)).toBe("a");
    }
    sender.close();
  });

  test("a link that is down refuses, and says so", async () => {
    command("ip", "link", "add", "spare4", "type", "bridge");
    const index = (await rtnl.links()).find(({ name }) => name === "spare4")?.index ?? 0;
    const sender = openPacketSender();
    const frame = arpAnnouncement(ip("192.168.60.110"), eth0.mac);
    expect(sender.announce(index, [frame])).toEqual({ sent: 0, errno: 100 });
    sender.close();
    command("ip", "link", "del", "spare4");
  });

  test("a probe finds nobody, one, and both who hold an address", async () => {
    const timeout = 150;
    for (const [vip, prefix] of [
      ["192.168.60.120", 32],
      ["fd00:60::120", 128],
    ] as const) {
      const nodad = prefix === 128 ? " nodad" : "";
      expect(await probe(ip(vip), eth0, { timeout })).toEqual([]);
      await network.ip("b", `addr add ${vip}/${prefix} dev eth0${nodad}`);
      expect(await probe(ip(vip), eth0, { timeout })).toEqual([network.mac("b")]);
      await network.ip("c", `addr add ${vip}/${prefix} dev eth0${nodad}`);
      const both = await probe(ip(vip), eth0, { timeout });
      expect([...both].sort()).toEqual([network.mac("b"), network.mac("c")]);
      await network.ip("b", `addr del ${vip}/${prefix} dev eth0`);
      await network.ip("c", `addr del ${vip}/${prefix} dev eth0`);
    }
  });
});

describe("heartbeat sockets", () => {
  const PORT = 6060;
  const receivers: HeartbeatPath[] = [];

  /** A path of host `b`, opened by this process in its namespace. */
  async function openOn(
    host: string,
    ...args: Parameters<typeof openPath>
  ): Promise<HeartbeatPath> {
    enterNamespace(network.namespace(host));
    try {
      const path = await openPath(...args);
      receivers.push(path);
      return path;
    } finally {
      enterNamespace(network.namespace("a"));
    }
  }

  afterAll(() => {
    for (const path of receivers) path.close();
  });

  test.each([
    ["192.168.60.1", "192.168.60.2"],
    ["fd00:60::1", "fd00:60::2"],
  ])("a datagram from %s arrives with sender and path", async (from, to) => {
    const arrivals: unknown[] = [];
    await openOn("b", { address: ip(to), port: PORT, path: 7 }, (bytes, arrival) =>
      arrivals.push([Buffer.from(bytes).toString(), arrival]),
    );
    const own = await openOn("a", { address: ip(from), port: PORT, path: 1 }, () => undefined);
    own.send(Buffer.from("beat"), ip(to));
    await until(() => arrivals.length > 0);
    expect(arrivals).toEqual([["beat", { from, port: PORT, path: 7 }]]);
    expect(own.errors().size).toBe(0);
  });

  test.each([
    ["192.168.60.2", "udp4"],
    ["fd00:60::2", "udp6"],
  ] as const)("what could have come through a router never reaches %s", async (to, type) => {
    let arrived = 0;
    const port = PORT + 1;
    const path = await openOn("b", { address: ip(to), port, path: 0 }, () => arrived++);
    const stranger = createSocket(type);
    await new Promise<void>((resolve) => stranger.bind(0, resolve));
    const send = (ttl: number): Promise<void> =>
      new Promise((resolve) => {
        stranger.setTTL(ttl);
        stranger.send("x", port, to, () => resolve());
      });
    await send(64);
    await send(254);
    await send(255);
    await until(() => arrived > 0);
    await sleep(30);
    expect(arrived).toBe(1);
    expect(path.drops()).toBe(2);
    stranger.close();
  });

  test("a group is heard on its own link only, and comes from the path's address", async () => {
    const heard: string[] = [];
    const group = ip("239.60.0.1");
    const port = PORT + 2;
    const hear =
      (where: string) =>
      (_: Uint8Array, { from, path }: { from: Ip; path: number }): unknown =>
        heard.push(`${where} ${path} ${from}`);
    const member = (
      link: string,
      address: string,
      path: number,
    ): Parameters<typeof openPath>[0] => ({
      address: ip(address),
      port,
      path,
      group,
      interface: link,
    });
    await openOn("b", member("eth0", "192.168.60.2", 0), hear("b"));
    await openOn("b", member("eth1", "10.99.0.2", 1), hear("b"));
    const first = await openOn("a", member("eth0", "192.168.60.1", 0), hear("a"));
    const second = await openOn("a", member("eth1", "10.99.0.1", 1), hear("a"));
    first.send(Buffer.from("beat"), group);
    second.send(Buffer.from("beat"), group);
    await until(() => heard.length >= 2);
    await sleep(50);
    expect(heard.sort()).toEqual(["b 0 192.168.60.1", "b 1 10.99.0.1"]);
  });

  test("a link-local IPv6 group and address work with the link's zone", async () => {
    const heard: string[] = [];
    const group = ip("ff02::6060");
    const port = PORT + 3;
    const localOf = (host: string): Ip => {
      const mac = network
        .mac(host)
        .split(":")
        .map((octet) => Number.parseInt(octet, 16));
      const last = ((mac[4] ?? 0) << 8) | (mac[5] ?? 0);
      return ip(`fe80::ff:fe00:${last.toString(16)}`);
    };
    const options = (host: string): Parameters<typeof openPath>[0] => {
      return { address: localOf(host), port, path: 3, group, interface: "eth0" };
    };
    await openUsable("b", options("b"), (_, { from }) => heard.push(from));
    const own = await openUsable("a", options("a"), () => undefined);
    own.send(Buffer.from("beat"), group);
    own.send(Buffer.from("beat"), localOf("b"));
    await until(() => heard.length >= 2);
    expect(heard).toEqual([localOf("a"), localOf("a")]);
  });

  /** Duplicate address detection takes a second or two, and the refusal says so. */
  async function openUsable(...args: Parameters<typeof openOn>): Promise<HeartbeatPath> {
    for (let tries = 0; ; tries++) {
      try {
        return await openOn(...args);
      } catch (error) {
        const { message } = error as Error;
        if (tries > 50 || !message.includes("not usable yet (tentative")) throw error;
      }
      await sleep(100);
    }
  }

  test("a busy port names its holder", async () => {
    const options = { address: ip("192.168.60.1"), port: PORT + 4, path: 0 };
    const first = await openPath(options, () => undefined);
    await expect(openPath(options, () => undefined)).rejects.toMatchObject({
      code: "BATON_PORT",
      message: expect.stringMatching(
        new RegExp(`port ${PORT + 4} on 192.168.60.1 is held by .*\\(pid ${process.pid}\\)`),
      ),
    });
    first.close();
    (await openPath(options, () => undefined)).close();
  });

  test("a port held on all addresses is busy too, even where sharing is allowed", async () => {
    const port = PORT + 5;
    const other = createSocket({ type: "udp4", reuseAddr: true });
    await new Promise<void>((resolve) => other.bind(port, resolve));
    const options = { address: ip("192.168.60.1"), port, path: 0 };
    await expect(openPath(options, () => undefined)).rejects.toMatchObject({ code: "BATON_PORT" });
    other.close();
  });

  test("nobody shares the port of an open path", async () => {
    const port = PORT + 6;
    const own = await openPath({ address: ip("192.168.60.1"), port, path: 0 }, () => undefined);
    const other = createSocket({ type: "udp4", reuseAddr: true });
    const outcome = await new Promise<string>((resolve) => {
      other.on("error", (error) => resolve(error.message));
      other.bind(port, "192.168.60.1", () => resolve("bound"));
    });
    expect(outcome).toContain("EADDRINUSE");
    own.close();
  });

  test("an address of nobody's names what was sought and what is there", async () => {
    const absent = { address: ip("192.168.60.130"), port: PORT, path: 0 };
    await expect(openPath(absent, () => undefined)).rejects.toMatchObject({
      code: "BATON_IDENTITY",
      message: expect.stringMatching(/192\.168\.60\.130 is no address .*192\.168\.60\.1 \(eth0\)/),
    });
  });

  test("what cannot be sent is counted, never thrown", async () => {
    const options = { address: ip("192.168.60.1"), port: PORT + 7, path: 0 };
    const own = await openPath(options, () => undefined);
    own.send(Buffer.from("x"), ip("203.0.113.1"));
    own.send(new Uint8Array(70_000), ip("192.168.60.2"));
    await until(() => own.errors().size === 2);
    expect([...own.errors()].sort(([a], [b]) => a.localeCompare(b))).toEqual([
      ["EMSGSIZE", 1],
      ["ENETUNREACH", 1],
    ]);
    own.close();
    own.send(Buffer.from("x"), ip("192.168.60.2"));
    expect(own.errors().get("EAGAIN")).toBe(1);
  });
});

/** In a process of its own: the thread pool that reads files stayed where this one began. */
test("dots in a link's name are part of a sysctl's name", async () => {
  command("ip", "link", "add", "eth0.200", "type", "bridge");
  const contents = `
    import { readSysctl, writeSysctl } from "./src/os/sysctl.ts";
    const name = "net.ipv4.conf.eth0.200.arp_ignore";
    await writeSysctl(name, "1");
    const refused = await writeSysctl(name, "many").catch((error) => error.code);
    const names = [name, "net.ipv4.conf.eth0.201.arp_ignore", "net.ipv4.ip_local_port_range"];
    const values = await Promise.all(names.map(readSysctl));
    console.log(JSON.stringify([refused, ...values.map(String)]));`;
  const script = scriptOf(contents);
  const output = await network.must("a", ["node", "--input-type=module", "-e", script]);
  expect(JSON.parse(output)).toEqual([
    "EINVAL",
    "1",
    "undefined",
    expect.stringMatching(/^\d+ \d+$/),
  ]);
  expect(command("ip", "netns", "exec", network.namespace("a"), "cat", ARP_IGNORE)).toBe("1\n");
  command("ip", "link", "del", "eth0.200");
});

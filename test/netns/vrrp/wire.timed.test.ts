/** What goes over the wire: read by tcpdump, flooded, and held against a list that differs. */
import { afterEach, describe, expect, test } from "vitest";
import { seconds } from "../../../src/base/units.ts";
import type { Advert } from "../../../src/wire/vrrp/types.ts";
import { createMixed, type Mixed, type MixedOptions, ROUTER_ID } from "../../support/mixed.ts";
import { begin } from "../../support/mixed-stories.ts";
import { eventually, sleep } from "../../support/process.ts";
import { inject } from "./inject.ts";

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

const create = async (changes: Partial<MixedOptions> = {}): Promise<Mixed> => {
  mixed = await createMixed({ ...OPTIONS, ...changes });
  return mixed;
};

describe("tcpdump reads every packet that is sent", () => {
  test.each([
    ["version 2", { version: 2, interval: 1000, password: "secret99" }, /VRRPv2.*authtype simple/],
    ["version 3", {}, /VRRPv3.*intvl 10cs/],
    ["version 3 over IPv6", { family: 6 }, /VRRPv3.*intvl 10cs/],
  ] as const)("%s", async (_, changes, expected) => {
    const pair = await create(changes as Partial<MixedOptions>);
    const argv = ["tcpdump", "-i", "eth0", "-n", "-l", "-vv", "--immediate-mode", "proto 112"];
    const filter = pair.options.family === 6 ? "ip6 proto 112" : "ip proto 112";
    const dump = pair.network.spawn("lb2", [...argv.slice(0, -1), filter]);
    await eventually("tcpdump", () => dump.stderr().includes("listening on"));
    await pair.start("baton");
    await pair.servedBy("baton");
    await sleep(2 * pair.options.interval);
    await pair.stop("baton");
    await sleep(300);
    await dump.stop();
    const text = dump.stdout().replaceAll("\n    ", " ");
    const adverts = text.split("\n").filter((line) => line.includes("VRRP"));
    expect(adverts.length).toBeGreaterThan(2);
    for (const line of adverts) {
      expect(line).toMatch(expected);
      expect(line).not.toMatch(/bad|invalid|truncated/i);
      expect(line).toMatch(/tos 0xc0|class 0xc0/);
      expect(line).toMatch(/ttl 255|hlim 255/);
    }
    expect(adverts.some((line) => line.includes("prio 0"))).toBe(true);
  });
});

describe("lists of addresses", () => {
  test("one that differs is followed, with an alarm", async () => {
    const pair = await create({
      priorities: { baton: 100, keepalived: 150 },
      vips: { baton: ["192.168.60.100"], keepalived: ["192.168.60.100", "192.168.60.101"] },
    });
    await pair.start("keepalived");
    await pair.servedBy("keepalived");
    await pair.start("baton");
    await sleep(8 * pair.options.interval);
    expect(await pair.owners()).toEqual(["keepalived"]);
    const { alarms } = (await pair.baton?.status()) ?? { alarms: [] };
    expect(alarms).toContain("web: keepalived has another list of VIPs");
  });

  test("twenty of them move together", async () => {
    const vips = Array.from({ length: 20 }, (_, i) => `192.168.60.${150 + i}`);
    const pair = await create({ vips: { baton: vips, keepalived: vips } });
    await begin(pair, "baton");
    await pair.stop("baton");
    for (const vip of vips) {
      await eventually(vip, async () => (await pair.owners(vip)).join() === "keepalived");
    }
  });

  test("who speaks another version is named in an alarm", async () => {
    const pair = await create({ interval: 1000, preempt: "never" });
    await pair.start("baton");
    await pair.servedBy("baton");
    const other: Advert = {
      version: 2,
      routerId: ROUTER_ID,
      priority: 10,
      interval: seconds(1),
      addresses: [],
      authentication: { kind: "none" },
    };
    await inject(pair.network, [other], { rate: 10, duration: 500 });
    const { alarms } = (await pair.baton?.status()) ?? { alarms: [] };
    expect(alarms).toContain(
      "web: an advert of 192.168.60.10 is refused: it is of version 2, not 3",
    );
  });
});

test("a daemon that can not hear does not begin", async () => {
  const pair = await create();
  const host = pair.hosts.baton;
  await pair.network.must(host, ["sysctl", "-qw", "net.ipv4.igmp_max_memberships=0"]);
  await pair.start("baton");
  expect(await pair.baton?.running.ended).toBe(1);
  expect(pair.baton?.running.stderr()).toContain("ENOBUFS");
  expect(await pair.owners()).toEqual([]);
});

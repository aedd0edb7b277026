/** Which address adverts leave from, beside addresses that are VIPs, and whose octets a password has. */
import { expect, test } from "vitest";
import type { Ip } from "../../../src/base/ip.ts";
import type { Config, Director, Instance } from "../../../src/config/types.ts";
import { groupsOf } from "../../../src/daemon/advert-groups.ts";
import { networkFaults } from "../../../src/daemon/faults.ts";
import type { Network } from "../../../src/daemon/network.ts";
import { sourceOf } from "../../../src/daemon/source.ts";
import { passwordIn } from "../../../src/daemon/voice.ts";
import type { HostAddress } from "../../../src/os/rtnl.ts";

const self = { name: "lb1", paths: [{ address: "10.9.0.1" }] } as unknown as Director;
const instanceOf = (vip: string): Instance =>
  ({
    interface: "eth0",
    vips: [{ address: vip }],
    vrrp: { family: 4, unicast: false, sources: {} },
  }) as unknown as Instance;
const standing = (...addresses: readonly string[]): readonly HostAddress[] =>
  addresses.map((address) => ({
    address: address as Ip,
    prefix: 24,
    interface: "eth0",
    index: 2,
    scope: "global",
    tentative: false,
    dadFailed: false,
    validSeconds: undefined,
    label: undefined,
    secondary: false,
    deprecated: false,
    proto: 0,
  }));

const sourceFrom = (
  vip: string,
  addresses: readonly HostAddress[],
  others: readonly string[] = [],
): Ip | undefined =>
  sourceOf(instanceOf(vip), self, { addresses, moving: new Set([vip, ...others] as Ip[]) });

test("a VIP comes and goes: nothing leaves from it", () => {
  expect(sourceFrom("10.9.0.9", standing("10.9.0.9"))).toBeUndefined();
  expect(sourceFrom("10.9.0.9", standing("10.9.0.9", "10.9.0.1"))).toBe("10.9.0.1");
});

test("an owner speaks from the VIP, which is its own address", () => {
  expect(sourceFrom("10.9.0.1", standing("10.9.0.1"))).toBe("10.9.0.1");
  const another = standing("10.9.0.1", "10.9.0.5");
  expect(sourceFrom("10.9.0.1", another)).toBe("10.9.0.5");
});

test("a password goes out with the octets that its file has, as keepalived's does", () => {
  expect(passwordIn("secret\n")).toBe("secret");
  expect(Buffer.from(passwordIn("schlüss"), "latin1")).toEqual(Buffer.from("schlüss", "utf8"));
});

test("nor from another instance's VIP, wherever it stands in the list", () => {
  const beside = standing("10.9.0.8", "10.9.0.5");
  expect(sourceFrom("10.9.0.9", beside, ["10.9.0.8"])).toBe("10.9.0.5");
  const owned = standing("10.9.0.5", "10.9.0.1");
  expect(sourceFrom("10.9.0.9", owned, ["10.9.0.1"])).toBe("10.9.0.1");
});

test("without a source that is usable yet the instance is at fault, by a name of its own", () => {
  const faultsBeside = (...addresses: readonly HostAddress[]): readonly string[] => {
    const link = { up: true, running: true };
    const network = { link: () => link, addresses: () => addresses } as unknown as Network;
    const instance = { ...instanceOf("10.9.0.9"), name: "web" };
    const config = { instances: [instance] } as unknown as Config;
    return networkFaults(config, self, network).get("web") ?? ["unknown"];
  };
  const usable = standing("10.9.0.5");
  expect(faultsBeside(...usable)).toEqual([]);
  expect(faultsBeside(...usable.map((one) => ({ ...one, tentative: true })))).toEqual([
    "sourceMissing",
  ]);
});

test("instances share sockets that are bound alike, so not with another source", () => {
  const base = { interface: "eth0", vrrp: { family: 4, group: "224.0.0.18", sources: {} } };
  const sources = { lb1: "10.9.0.2" };
  const instances = [
    { ...base, name: "a" },
    { ...base, name: "b", vrrp: { ...base.vrrp, sources } },
    { ...base, name: "c", vrrp: { ...base.vrrp, sources: { lb2: "10.9.0.3" } } },
  ];
  const groups = groupsOf({ instances } as unknown as Config, "lb1");
  expect(groups.map((group) => group.instances.map(({ name }) => name))).toEqual([
    ["a", "c"],
    ["b"],
  ]);
});

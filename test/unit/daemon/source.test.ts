/** Which address adverts leave from, beside addresses that are VIPs, and whose octets a password has. */
import { expect, test } from "vitest";
import type { Ip } from "../../../src/base/ip.ts";
import type { Director, Instance } from "../../../src/config/types.ts";
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

test("a VIP comes and goes: nothing leaves from it", () => {
  expect(sourceOf(instanceOf("10.9.0.9"), self, standing("10.9.0.9"))).toBeUndefined();
  expect(sourceOf(instanceOf("10.9.0.9"), self, standing("10.9.0.9", "10.9.0.1"))).toBe("10.9.0.1");
});

test("an owner speaks from the VIP, which is its own address", () => {
  expect(sourceOf(instanceOf("10.9.0.1"), self, standing("10.9.0.1"))).toBe("10.9.0.1");
  const another = standing("10.9.0.1", "10.9.0.5");
  expect(sourceOf(instanceOf("10.9.0.1"), self, another)).toBe("10.9.0.5");
});

test("a password goes out with the octets that its file has, as keepalived's does", () => {
  expect(passwordIn("secret\n")).toBe("secret");
  expect(Buffer.from(passwordIn("schlüss"), "latin1")).toEqual(Buffer.from("schlüss", "utf8"));
});

test("without a source that is usable yet the instance is at fault, by a name of its own", () => {
  const faultsBeside = (...addresses: readonly HostAddress[]): readonly string[] => {
    const link = { up: true, running: true };
    const network = { link: () => link, addresses: () => addresses } as unknown as Network;
    return networkFaults(instanceOf("10.9.0.9"), self, network);
  };
  const usable = standing("10.9.0.5");
  expect(faultsBeside(...usable)).toEqual([]);
  expect(faultsBeside(...usable.map((one) => ({ ...one, tentative: true })))).toEqual([
    "sourceMissing",
  ]);
});

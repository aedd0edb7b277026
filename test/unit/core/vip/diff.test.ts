/** Which VIPs go on and off, beside addresses that are not baton's. */
import { describe, expect, test } from "vitest";
import { type Ip, parseIp } from "../../../../src/base/ip.ts";
import type { PlacedVip } from "../../../../src/core/types.ts";
import { diffVips } from "../../../../src/core/vip/diff.ts";

const ip = (text: string): Ip => {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
const at = (text: string, prefix = 32, link = "eth0"): PlacedVip => ({
  address: ip(text),
  prefix,
  interface: link,
});

const VIP = at("192.168.60.100");
const OTHER = at("192.168.60.101");
const OWN = at("192.168.60.130", 24);

describe("diffVips", () => {
  test("adds what is missing and takes off what is not wanted any more", () => {
    expect(diffVips([VIP], { managed: [VIP, OTHER] }, [OWN, OTHER])).toEqual({
      add: [VIP],
      remove: [OTHER],
    });
  });

  test("leaves what stands, and what is not baton's", () => {
    const stranger = at("192.168.60.200");
    const observed = [OWN, VIP, stranger];
    expect(diffVips([VIP], { managed: [VIP] }, observed)).toEqual({ add: [], remove: [] });
  });

  test("a VIP with another prefix than configured is a VIP all the same", () => {
    const wide = at("192.168.60.100", 24);
    expect(diffVips([], { managed: [VIP] }, [OWN, wide])).toEqual({ add: [], remove: [wide] });
    expect(diffVips([VIP], { managed: [VIP] }, [wide])).toEqual({ add: [VIP], remove: [wide] });
    const elsewhere = at("192.168.60.100", 24, "eth1");
    expect(diffVips([], { managed: [VIP] }, [elsewhere])).toEqual({ add: [], remove: [] });
  });

  test("the address of its owner stays, whatever becomes of the VIP", () => {
    const vip = at("192.168.60.130");
    const options = { managed: [vip], own: [OWN.address] };
    expect(diffVips([], options, [OWN, vip])).toEqual({ add: [], remove: [vip] });
    expect(diffVips([], { ...options, managed: [OWN] }, [OWN])).toEqual({ add: [], remove: [] });
  });
});

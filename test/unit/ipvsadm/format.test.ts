/** Numbers, addresses and the order of ipvsadm, with values that a lab seldom has. */
import { describe, expect, it } from "vitest";
import { type Ip, parseIp } from "../../../src/base/ip.ts";
import { inetNtop, large } from "../../../src/ipvsadm/format.ts";
import { mergeSort, sortDestinations } from "../../../src/ipvsadm/sort.ts";
import { destinationAt, observedDestination } from "../../support/ipvs.ts";

describe("a number", () => {
  it.each([
    [0n, "        0"],
    [99_999_999n, " 99999999"],
    [100_000_000n, "  100000K"],
    [999_999_999n, "  999999K"],
    [1_000_000_000n, "    1000M"],
    [99_999_999_999n, "   99999M"],
    [100_000_000_000n, "     100G"],
    [99_999_999_999_999n, "   99999G"],
    [100_000_000_000_000n, "     100T"],
  ])("%d is %j", (value, text) => {
    expect(large(value, false)).toBe(text);
  });

  it("is whole on demand, with a blank before it", () => {
    expect(large(7n, true)).toBe("        7");
    expect(large(12_345_678_901n, true)).toBe(" 12345678901");
  });
});

it.each([
  ["::ffff:1.2.3.4", "::ffff:1.2.3.4"],
  ["::1.2.3.4", "::1.2.3.4"],
  ["::1", "::1"],
  ["::1:2", "::0.1.0.2"],
  ["::ffff:0:0:1", "::ffff:0:0:1"],
  ["fd00::1", "fd00::1"],
])("%s is printed as %s", (text, printed) => {
  expect(inetNtop(parseIp(text) as Ip)).toBe(printed);
});

it("equal ones stay in their order, and each half is sorted first", () => {
  const compared: string[] = [];
  const sorted = mergeSort(["b2", "a1", "b1", "a2", "c"], (x, y) => {
    compared.push(`${x}${y}`);
    return x.charCodeAt(0) - y.charCodeAt(0);
  });
  expect(sorted).toEqual(["a1", "a2", "b2", "b1", "c"]);
  expect(compared[0]).toBe("b2a1");
});

it("servers stand by wrapped differences of their addresses, then by port", () => {
  const at = (address: string, port: number) => observedDestination(destinationAt(address, port));
  const sorted = sortDestinations([
    at("10.0.0.2", 80),
    at("10.0.0.1", 81),
    at("192.168.0.1", 80),
    at("10.0.0.1", 80),
  ]);
  expect(sorted.map(({ address, port }) => `${address}:${port}`)).toEqual([
    "192.168.0.1:80",
    "10.0.0.1:80",
    "10.0.0.1:81",
    "10.0.0.2:80",
  ]);
});

/** Whole frames, beside those of keepalived 2.2.7 with use_vmac. */
import { expect, test } from "vitest";
import { fromHex, toHex } from "../../../../src/base/bytes.ts";
import type { Ip } from "../../../../src/base/ip.ts";
import type { Mac } from "../../../../src/wire/link/ethernet.ts";
import { encodeAdvertFrame } from "../../../../src/wire/vrrp/frame.ts";

const ADVERT = "313364010032750a0a4d0064";
const IPV4 = `01005e00001200005e000133080045c0002000010000ff70d04b0a4d0002e0000012${ADVERT}`;
const ADVERT6 =
  "31346402003200a9" + "fe800000000000000000000000000100" + "fd000077000000000000000000000100";
const IPV6 =
  `33330000001200005e00023486dd6c0d1a80002870ff${"fe80000000000000"}1016dcfffe32827e` +
  `ff020000000000000000000000000012${ADVERT6}`;

test("IPv4, octet by octet", () => {
  const frame = encodeAdvertFrame({
    mac: "00:00:5e:00:01:33" as Mac,
    source: "10.77.0.2" as Ip,
    destination: "224.0.0.18" as Ip,
    id: 1,
    advert: fromHex(ADVERT),
  });
  expect(toHex(frame)).toBe(IPV4);
});

test("IPv6, but for the flow label, which its kernel makes up", () => {
  const frame = encodeAdvertFrame({
    mac: "00:00:5e:00:02:34" as Mac,
    source: "fe80::1016:dcff:fe32:827e" as Ip,
    destination: "ff02::12" as Ip,
    id: 1,
    advert: fromHex(ADVERT6),
  });
  expect(toHex(frame)).toBe(IPV6.replace("6c0d1a80", "6c000000"));
});

test("a group whose upper bits no Ethernet address has", () => {
  const frame = encodeAdvertFrame({
    mac: "00:00:5e:00:01:33" as Mac,
    source: "10.77.0.2" as Ip,
    destination: "239.255.1.2" as Ip,
    id: 0x1_0002,
    advert: fromHex(ADVERT),
  });
  expect(toHex(frame)).toMatch(/^01005e7f0102.{16}45c000200002/);
});

/** Which adverts of protocol 112 count, and what those that do not are counted by. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Ip } from "../../../../src/base/ip.ts";
import { ms } from "../../../../src/base/units.ts";
import type { VrrpOptions } from "../../../../src/config/types.ts";
import { type Expected, hopLimits, refusalOf } from "../../../../src/core/director/believe.ts";
import type { Advert } from "../../../../src/wire/vrrp/types.ts";

const OPTIONS: VrrpOptions = {
  version: 2,
  family: 4,
  unicast: false,
  group: "224.0.0.18" as Ip,
  sources: {},
  passwordFile: undefined,
  checksumAsV2: false,
  minTtl: 255,
  peers: {},
  advertised: [],
  vmac: undefined,
};
const ADVERT: Advert = {
  version: 2,
  routerId: 51,
  priority: 100,
  interval: ms(1000),
  addresses: ["192.168.60.100" as Ip],
  authentication: { kind: "none" },
};
const expected = (changes: Partial<Expected> = {}, peer?: string): Expected => {
  const { options = OPTIONS } = changes;
  const hops = hopLimits(options, peer);
  return { options, password: undefined, interval: ms(1000), hops, ...changes };
};
const password = (text: string): Partial<Advert> => ({
  authentication: { kind: "password", password: text },
});

describe("refused, by", () => {
  test.each<[string, Partial<Advert>, Partial<Expected>, number]>([
    ["time to live", {}, {}, 254],
    ["another version", { version: 3 }, {}, 255],
    ["authentication", {}, { password: "secret" }, 255],
    ["authentication", password("other"), { password: "secret" }, 255],
    ["authentication", password("other"), {}, 255],
    ["authentication", { authentication: { kind: "other", type: 2 } }, {}, 255],
    ["another interval", { interval: ms(2000) }, {}, 255],
    ["no address", { version: 3, addresses: [] }, { options: { ...OPTIONS, version: 3 } }, 255],
  ])("%s", (reason, advert, changes, hops) => {
    expect(refusalOf({ ...ADVERT, ...advert }, expected(changes), hops)?.reason).toBe(reason);
  });
});

describe("believed", () => {
  test.each<[string, Partial<Advert>, Partial<Expected>, number]>([
    ["what is agreed on", {}, {}, 255],
    ["a goodbye with another interval", { priority: 0, interval: ms(9000) }, {}, 255],
    ["version 2 without an address", { addresses: [] }, {}, 255],
    ["the password", password("secret"), { password: "secret" }, 255],
    [
      "from afar where unicast allows it",
      {},
      { options: { ...OPTIONS, unicast: true, minTtl: 64 } },
      64,
    ],
  ])("%s", (_, advert, changes, hops) => {
    expect(refusalOf({ ...ADVERT, ...advert }, expected(changes), hops)).toBeUndefined();
  });
});

test.each([
  ["lb2", 249, "its time to live was 249, not 250 to 253"],
  ["lb2", 250, undefined],
  ["lb2", 253, undefined],
  ["lb2", 254, "its time to live was 254, not 250 to 253"],
  ["lb3", 254, "its time to live was 254, not 255"],
  [undefined, 255, undefined],
])("unicast from %s with %d hops left: its own limits", (peer, hops, why) => {
  const options = { ...OPTIONS, unicast: true, peers: { lb2: { min: 250, max: 253 } } };
  expect(refusalOf(ADVERT, expected({ options }, peer), hops)?.why).toBe(why);
  const multicast = expected({ options: { ...options, unicast: false } }, peer);
  expect(refusalOf(ADVERT, multicast, hops)?.reason).toBe(
    hops === 255 ? undefined : "time to live",
  );
});

test("a sender does not choose what it is counted by: the reasons are few", () => {
  const reasons = new Set<string>();
  fc.assert(
    fc.property(fc.nat(255), fc.integer({ min: 1, max: 255 }), fc.nat(255), (hops, s, type) => {
      const advert: Advert = {
        ...ADVERT,
        interval: ms(s * 1000),
        authentication: type > 2 ? { kind: "other", type } : { kind: "none" },
      };
      const disbelief = refusalOf(advert, expected(), hops);
      if (disbelief) reasons.add(disbelief.reason);
    }),
  );
  expect(reasons.size).toBeLessThanOrEqual(4);
});

/** The small languages of the file, there and back. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatIp,
  hostPrefix,
  type Ip,
  isLoopback,
  isMulticast,
  isUnspecified,
} from "../../../src/base/ip.ts";
import { formatDuration, ms } from "../../../src/base/units.ts";
import { parseDuration } from "../../../src/config/duration.ts";
import {
  formatEndpoint,
  formatListen,
  parseEndpoint,
  parseListen,
} from "../../../src/config/endpoint.ts";
import { didYouMean, nearest } from "../../../src/config/suggest.ts";
import { parseInterface, parseVip } from "../../../src/config/values.ts";

const octets = (length: number): fc.Arbitrary<Ip> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map(formatIp);
const addresses = fc
  .oneof(octets(4), octets(16))
  .filter((a) => !isLoopback(a) && !isMulticast(a) && !isUnspecified(a) && a !== "255.255.255.255");
const ports = fc.integer({ min: 0, max: 65_535 });

describe("durations", () => {
  it.each([
    ["250ms", 250],
    ["1s", 1000],
    ["1.5s", 1500],
    ["0.5ms", 0.5],
    ["5m", 300_000],
    ["2h", 7_200_000],
    ["31d", 2_678_400_000],
    ["1.1s", 1100],
    ["0s", 0],
  ])("%s", (text, value) => {
    expect(parseDuration(text)).toBe(value);
  });

  it.each(["", "5", "s", "-1s", "1 s", "1S", "1e3s", "1.s", ".5s", "1s ", "1m30s", "1us", "0x1s"])(
    "%j is none",
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it("come back from their text", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_678_400_000 }), (value) => {
        expect(parseDuration(formatDuration(ms(value)))).toBe(value);
      }),
    );
  });
});

describe("endpoints and listeners", () => {
  it("come back from their text", () => {
    fc.assert(
      fc.property(addresses, fc.option(ports, { nil: undefined }), (address, port) => {
        expect(parseEndpoint(formatEndpoint({ address, port }))).toEqual({
          value: { address, port },
        });
      }),
    );
    const listeners = fc.oneof(
      fc.record({
        kind: fc.constant("address" as const),
        protocol: fc.constantFrom("tcp" as const, "udp" as const, "sctp" as const),
        address: addresses,
        port: ports,
      }),
      fc.record({
        kind: fc.constant("mark" as const),
        mark: fc.integer({ min: 1, max: 0xffff_ffff }),
      }),
    );
    fc.assert(
      fc.property(listeners, (listen) => {
        expect(parseListen(formatListen(listen))).toEqual({ value: listen });
      }),
    );
  });

  it("a mark may be hexadecimal, as in nft", () => {
    expect(parseListen("mark 0x10")).toEqual({ value: { kind: "mark", mark: 16 } });
  });

  it.each([
    "1.2.3.4:",
    "1.2.3.4:-1",
    "1.2.3.4:65536",
    "1.2.3.4:80:81",
    "fd00::1",
    "fd00::1:80",
    "[fd00::1",
    "[]:80",
    ":80",
    "1.2.3:80",
  ])("%s is no endpoint", (text) => {
    expect(parseEndpoint(text)).toHaveProperty("complaint");
  });

  it.each([
    "",
    "tcp",
    "tcp 1.2.3.4",
    "TCP 1.2.3.4:80",
    "mark",
    "mark -1",
    "mark 4294967296",
    "mark 1e3",
    "icmp 1.2.3.4:0",
  ])("%j is no listener", (text) => {
    expect(parseListen(text)).toHaveProperty("complaint");
  });
});

describe("VIPs", () => {
  it("are a host's own prefix unless said otherwise", () => {
    fc.assert(
      fc.property(addresses, (address) => {
        const prefix = hostPrefix(address);
        expect(parseVip(address)).toEqual({ value: { address, prefix } });
        expect(parseVip(`${address}/${prefix - 1}`)).toEqual({
          value: { address, prefix: prefix - 1 },
        });
        expect(parseVip(`${address}/${prefix + 1}`)).toHaveProperty("complaint");
      }),
    );
  });

  it.each(["1.2.3.4/0", "1.2.3.4/", "1.2.3.4/x", "1.2.3.4/24/24", "fd00::1%eth0"])(
    "%s is none",
    (text) => {
      expect(parseVip(text)).toHaveProperty("complaint");
    },
  );
});

describe("interfaces", () => {
  it("no name with a colon passes: it is an alias", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        expect(parseInterface(`${before}:${after}`)).toMatchObject({
          complaint: { code: "BATON_ALIAS" },
        });
      }),
    );
  });

  it.each(["eth0", "bond0.100", "br-lan", "wg0", "a123456789012345".slice(0, 15)])(
    "%s is one",
    (name) => {
      expect(parseInterface(name)).toEqual({ value: name });
    },
  );

  it.each(["", ".", "..", "lo", "eth 0", "eth/0", "a123456789012345"])("%j is none", (name) => {
    expect(parseInterface(name)).toHaveProperty("complaint");
  });
});

describe("suggestions", () => {
  const keys = ["interface", "routerId", "vips", "priorities", "preempt"];

  it.each([
    ["interfaces", "interface"],
    ["router_id", "routerId"],
    ["vip", "vips"],
    ["prio", "priorities"],
    ["nopreempt", "preempt"],
    ["pirorities", "priorities"],
    ["check", undefined],
    ["x", undefined],
  ])("%s → %s", (word, meant) => {
    expect(nearest(word, keys)).toBe(meant);
  });

  it("is silent where nothing is near", () => {
    expect(didYouMean("check", keys)).toBe("");
  });
});

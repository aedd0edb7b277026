import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromHex, toHex } from "../../../../src/base/bytes.ts";
import { ms } from "../../../../src/base/units.ts";
import {
  decode,
  encode,
  MIN_LENGTH,
  SIGNATURE_LENGTH,
  splitSignature,
} from "../../../../src/wire/heartbeat/envelope.ts";
import type { Envelope } from "../../../../src/wire/heartbeat/types.ts";
import { envelope as anyEnvelope } from "../../../support/envelopes.ts";

const SESSION = "000102030405060708090a0b0c0d0e0f";

/** Written out by hand from the drawing in the codec. */
const HEADER = [
  "42544e31", // BTN1
  "01 01 00 01", // version, kind claim, flags, path
  "0003 00c5", // key id, length with the signature
  "0123456789abcdef", // cluster
  "11111111 22222222", // sender, addressee
  SESSION,
  "0000000000000007 0000000000000009", // counter, sequence
  "00 01 0000", // part 0 of 1
];
const ECHO = [
  "0001 0024",
  "22222222 ffffffffffffffffffffffffffffffff",
  "01 000000 0000000000000005 00000014", // path 1, sequence 5, 20 ms ago
];
const CONFIG = ["0002 0008", "aaaaaaaaaaaaaaaa"];
const BATON = ["0004 0005", "302e312e30"]; // 0.1.0
const INSTANCE = [
  "0003 0034",
  "33333333 33 02 0b 96", // id, VRID 51, master, claim + level + serviceable, priority 150
  "000000fa bbbbbbbbbbbbbbbb", // 250 ms, VIP digest
  "00000000 00000000 00000000", // follows nobody, no successor
  "00000064 00000007", // connections
  "00000003 00000002 00000063", // passes begun and sent, connections in the last
];

const VALUE: Envelope = {
  kind: "claim",
  keyId: 3,
  cluster: "0123456789abcdef",
  sender: 0x11111111,
  addressee: 0x22222222,
  session: SESSION,
  counter: 7,
  sequence: 9,
  path: 1,
  part: 0,
  parts: 1,
  echoes: [
    {
      director: 0x22222222,
      session: "f".repeat(32),
      paths: [{ path: 1, sequence: 5, age: ms(20) }],
    },
  ],
  configDigest: "aaaaaaaaaaaaaaaa",
  baton: "0.1.0",
  decisions: [],
  health: undefined,
  instances: [
    {
      id: 0x33333333,
      routerId: 51,
      state: "master",
      claim: true,
      level: true,
      hold: false,
      wants: false,
      asks: false,
      priority: 150,
      serviceable: true,
      sees: false,
      blind: false,
      interval: ms(250),
      vipDigest: "bbbbbbbbbbbbbbbb",
      followed: 0,
      followedAge: ms(0),
      successor: 0,
      activeConnections: 100,
      inactiveConnections: 7,
      passesStarted: 3,
      passesSent: 2,
      passCount: 99,
    },
  ],
};

const octets = (...lines: readonly (readonly string[])[]): Uint8Array =>
  fromHex(lines.flat().join("").replaceAll(" ", ""));

/** As from a version that changed `lines`; decoding does not look at the length. */
const decoded = (...lines: readonly (readonly string[])[]): Envelope =>
  decode(octets(HEADER, ...lines));

describe("octets", () => {
  test("as drawn", () => {
    expect(toHex(encode(VALUE))).toBe(toHex(octets(HEADER, ECHO, CONFIG, BATON, INSTANCE)));
    expect(decoded(ECHO, CONFIG, BATON, INSTANCE)).toEqual(VALUE);
  });

  test.each([
    ["claim", "01"],
    ["level", "02"],
    ["hold", "04"],
    ["serviceable", "08"],
    ["wants", "10"],
    ["asks", "20"],
    ["sees", "40"],
    ["blind", "80"],
  ] as const)("the flag %s", (flag, bits) => {
    const [length = "", , ...rest] = INSTANCE;
    const [report] = decoded([length, `33333333 33 02 ${bits} 96`, ...rest]).instances;
    const flags = [
      "claim",
      "level",
      "hold",
      "serviceable",
      "wants",
      "asks",
      "sees",
      "blind",
    ] as const;
    expect(report && flags.filter((one) => report[one])).toEqual([flag]);
  });

  test("encode and decode are inverse", () => {
    fc.assert(
      fc.property(anyEnvelope, (value) => {
        expect(decode(encode(value))).toEqual(value);
      }),
    );
  });

  test("durations and counts are whole, and fit", () => {
    const [report] = VALUE.instances;
    if (!report) throw new Error("no report");
    const instances = [
      { ...report, followedAge: ms(12.6), interval: ms(1e12), activeConnections: -1 },
    ];
    expect(decode(encode({ ...VALUE, instances })).instances).toMatchObject([
      { followedAge: 13, interval: 0xffffffff, activeConnections: 0 },
    ]);
  });
});

describe("two versions", () => {
  test("a record of an unknown type is skipped, wherever it stands", () => {
    const unknown = ["7777 0003", "c0ffee"];
    const empty = ["7778 0000"];
    expect(decoded(unknown, ECHO, empty, CONFIG, BATON, INSTANCE, unknown)).toEqual(VALUE);
  });

  test("a record may be longer than its known fields", () => {
    const longer = (lines: readonly string[], head: string): readonly string[] => [
      head,
      ...lines.slice(1),
      "dead",
    ];
    const value = decoded(ECHO, longer(CONFIG, "0002 000a"), BATON, longer(INSTANCE, "0003 0036"));
    expect(value).toEqual(VALUE);
  });

  test("an instance's record of the first version has no passes", () => {
    const older = ["0003 0028", ...INSTANCE.slice(1, -1)];
    const none = { passesStarted: 0, passesSent: 0, passCount: 0 };
    expect(decoded(older).instances).toEqual([{ ...VALUE.instances[0], ...none }]);
  });

  test.each([
    ["of the first ones, which do not say it", []],
    ["that has none", ["0004 0000"]],
    ["that would move a terminal's cursor", ["0004 0003", "1b5b41"]],
    ["that is endless", ["0004 0021", "30".repeat(33)]],
  ])("the version of a program %s is unknown", (_, record) => {
    expect(decoded(record).baton).toBeUndefined();
  });

  test("a record that is shorter is refused", () => {
    expect(() => decoded(["0002 0004", "aaaaaaaa"])).toThrow("truncated");
    expect(() => decoded(["0002 0009", "aaaaaaaaaaaaaaaa"])).toThrow("truncated");
    expect(() => decoded(["00"])).toThrow("truncated");
  });

  test("without records it is a heartbeat all the same", () => {
    const nothing = { instances: [], decisions: [], health: undefined };
    const bare = { echoes: [], configDigest: "0000000000000000", baton: undefined, ...nothing };
    expect(decoded()).toEqual({ ...VALUE, ...bare });
  });
});

describe("refusals", () => {
  const changed = (at: number, value: number): Uint8Array => {
    const bytes = encode(VALUE);
    bytes[at] = value;
    return bytes;
  };

  test.each([
    ["foreign", 0, 0x43],
    ["version 2, not 1", 4, 2],
    ["kind", 5, 7],
    ["counter", 44, 0x80],
    ["counter", 52, 0x80],
    ["parts", 60, 1],
    ["parts", 61, 0],
    ["parts", 61, 65],
  ])("%s", (reason, at, value) => {
    expect(() => decode(changed(at, value))).toThrow(expect.objectContaining({ reason }));
  });

  test("an unknown state", () => {
    const [length = "", , ...rest] = INSTANCE;
    expect(() => decoded([length, "33333333 33 05 0b 96", ...rest])).toThrow("state");
  });
});

describe("the signature", () => {
  const datagram = Uint8Array.from([...encode(VALUE), ...new Uint8Array(SIGNATURE_LENGTH).fill(9)]);

  test("is what follows the signed octets", () => {
    const { signed, signature, keyId } = splitSignature(datagram);
    expect(toHex(signed)).toBe(toHex(encode(VALUE)));
    expect(toHex(signature)).toBe("09".repeat(16));
    expect(keyId).toBe(3);
  });

  test("what is cut, too long or foreign is refused before anything is verified", () => {
    const reason = (bytes: Uint8Array): unknown => {
      try {
        return splitSignature(bytes);
      } catch (error) {
        return error instanceof Error && "reason" in error ? error.reason : error;
      }
    };
    expect(reason(datagram.subarray(0, 11))).toBe("truncated");
    expect(reason(datagram.subarray(0, MIN_LENGTH - 1))).toBe("truncated");
    expect(reason(datagram.subarray(0, datagram.length - 1))).toBe("length");
    expect(reason(Uint8Array.from([...datagram, 0]))).toBe("length");
    expect(reason(new Uint8Array(200))).toBe("foreign");
    expect(reason(Uint8Array.from(datagram, (byte, at) => (at === 4 ? 2 : byte)))).toBe(
      "version 2, not 1",
    );
  });
});

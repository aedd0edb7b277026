/** The codec beside the capture of ipvsadm 1.31 on Linux 6.1: whole payloads are compared. */
import { describe, expect, it } from "vitest";
import { fromHex, toHex } from "../../../../src/base/bytes.ts";
import { encodeCommand } from "../../../../src/wire/ipvs/command.ts";
import {
  decodeDaemonReply,
  decodeDestinationReply,
  decodeServiceReply,
  decodeTimeoutsReply,
  encodeGetDaemons,
  encodeGetDestinations,
  encodeGetService,
  encodeGetServices,
  encodeGetTimeouts,
} from "../../../../src/wire/ipvs/query.ts";
import type { IpvsCommand } from "../../../../src/wire/ipvs/types.ts";
import {
  destinationAt,
  ip,
  observedDestination,
  observedService,
  serviceAt,
  serviceOfMark,
} from "../../../support/ipvs.ts";
import { REPLIES, REQUESTS } from "../../../vector/ipvs.ts";

const web = serviceAt("tcp", "10.0.0.1", 80);
const wrr = { scheduler: "wrr", persistence: 360, netmask: "255.255.255.0" };
const sip = serviceAt("udp", "fd00::1", 53, {
  scheduler: "sh",
  persistence: 60,
  netmask: "64",
  engine: "sip",
  flags: 0x14,
});
const mark7 = serviceOfMark(7, 6);
const mark8 = serviceOfMark(8, 4, { scheduler: "rr" });
const nat = { forward: "nat" } as const;
const ipip = destinationAt("10.0.0.4", 80, { forward: "tunnel" });
const gue = destinationAt("10.0.0.3", 80, {
  forward: "tunnel",
  tunnel: { type: "gue", port: 5555, checksum: "full" },
});
const gre = { ...gue, tunnel: { type: "gre", port: 0, checksum: "full" } } as const;
const master = {
  role: "master",
  interface: "lo",
  syncId: 5,
  maxLength: 1000,
  group: ip("224.0.0.82"),
  port: 8850,
  ttl: 3,
} as const;
const backup = {
  role: "backup",
  interface: "lo",
  syncId: 0,
  maxLength: undefined,
  group: ip("ff02::81"),
  port: undefined,
  ttl: undefined,
} as const;
const key = web.key;

const COMMANDS: readonly (readonly [keyof typeof REQUESTS, IpvsCommand])[] = [
  ["-A -t 10.0.0.1:80", { kind: "addService", service: web }],
  [
    "-A -u [fd00::1]:53 -s sh -p 60 -M 64 -o --pe sip -b sh-port",
    { kind: "addService", service: sip },
  ],
  ["-A -f 7 -6", { kind: "addService", service: mark7 }],
  ["-A -f 8 -s rr", { kind: "addService", service: mark8 }],
  [
    "-E -t 10.0.0.1:80 -s wrr -p -M 255.255.255.0",
    { kind: "editService", service: { ...web, ...wrr } },
  ],
  [
    "-a -t 10.0.0.1:80 -r 10.0.0.2:8080 -m -w 5 -x 100 -y 10",
    {
      kind: "addDestination",
      key,
      destination: destinationAt("10.0.0.2", 8080, {
        ...nat,
        weight: 5,
        upperThreshold: 100,
        lowerThreshold: 10,
      }),
    },
  ],
  [
    "-a -t 10.0.0.1:80 -r 10.0.0.3 -i --tun-type gue --tun-port 5555 --tun-csum",
    { kind: "addDestination", key, destination: gue },
  ],
  ["-a -t 10.0.0.1:80 -r 10.0.0.4 -i", { kind: "addDestination", key, destination: ipip }],
  [
    "-a -t 10.0.0.1:80 -r 10.0.0.3 -i --tun-type gre --tun-csum",
    { kind: "addDestination", key, destination: gre },
  ],
  [
    "-a -f 7 -6 -r fd00::2",
    { kind: "addDestination", key: mark7.key, destination: destinationAt("fd00::2", 0) },
  ],
  [
    "-e -t 10.0.0.1:80 -r 10.0.0.2:8080 -g",
    { kind: "editDestination", key, destination: destinationAt("10.0.0.2", 80) },
  ],
  [
    "-e -t 10.0.0.1:80 -r 10.0.0.2:8080 -m -w 9",
    {
      kind: "editDestination",
      key,
      destination: destinationAt("10.0.0.2", 8080, { ...nat, weight: 9 }),
    },
  ],
  [
    "-d -t 10.0.0.1:80 -r 10.0.0.4",
    { kind: "removeDestination", key, destination: { address: ip("10.0.0.4"), port: 80 } },
  ],
  ["-Z", { kind: "zero", key: undefined }],
  ["-Z -t 10.0.0.1:80", { kind: "zero", key }],
  ["-Z -f 8", { kind: "zero", key: mark8.key }],
  ["--set 0 20 30", { kind: "setTimeouts", timeouts: { tcp: 0, tcpFin: 20, udp: 30 } }],
  ["--start-daemon master, with every option", { kind: "startDaemon", daemon: master }],
  [
    "--start-daemon backup --mcast-interface lo --mcast-group ff02::81",
    { kind: "startDaemon", daemon: backup },
  ],
  ["--stop-daemon master", { kind: "stopDaemon", role: "master" }],
  ["-D -t 10.0.0.1:80", { kind: "removeService", key }],
  ["-D -f 8", { kind: "removeService", key: mark8.key }],
  ["-C", { kind: "flush" }],
];

describe("ipvsadm's requests", () => {
  it.each(COMMANDS)("%s", (words, command) => {
    expect(toHex(encodeCommand(command))).toBe(REQUESTS[words]);
  });

  it("for listings", () => {
    expect(
      [
        encodeGetServices(),
        encodeGetDestinations(web.key),
        encodeGetDestinations(sip.key),
        encodeGetDestinations(mark7.key),
        encodeGetDestinations(mark8.key),
      ].map(toHex),
    ).toEqual(REQUESTS["-Ln"]);
    expect([encodeGetService(web.key), encodeGetDestinations(web.key)].map(toHex)).toEqual(
      REQUESTS["-Ln -t 10.0.0.1:80"],
    );
    expect([encodeGetService(mark8.key), encodeGetDestinations(mark8.key)].map(toHex)).toEqual(
      REQUESTS["-Ln -f 8"],
    );
    expect(toHex(encodeGetService(serviceAt("tcp", "10.0.0.9", 80).key))).toBe(
      REQUESTS["-Ln -t 10.0.0.9:80"],
    );
    expect(toHex(encodeGetTimeouts())).toBe(REQUESTS["-L --timeout"]);
    expect(toHex(encodeGetDaemons())).toBe(REQUESTS["-L --daemon"]);
  });

  it("are all here", () => {
    const listings = Object.keys(REQUESTS).filter((words) => words.startsWith("-L"));
    expect(COMMANDS.length + listings.length).toBe(Object.keys(REQUESTS).length);
  });
});

describe("the kernel's answers", () => {
  const payloads = (reply: string): readonly Uint8Array[] =>
    REPLIES.filter((each) => each.reply === reply).map(({ payload }) => fromHex(payload));

  it("to a listing of services", () => {
    expect(payloads("NEW_SERVICE").map(decodeServiceReply)).toEqual(
      [sip, { ...web, ...wrr }, mark7, mark8].map(observedService),
    );
  });

  it("to listings of destinations", () => {
    const decoded = payloads("NEW_DEST").map((payload) => decodeDestinationReply(payload, 4));
    const expected = [
      gue,
      destinationAt("10.0.0.2", 8080, { ...nat, weight: 9 }),
      destinationAt("fd00::2", 0),
    ];
    expect(decoded).toEqual(expected.map(observedDestination));
  });

  it("to questions about timeouts and sync daemons", () => {
    expect(payloads("SET_CONFIG").map(decodeTimeoutsReply)).toEqual([
      { tcp: 900, tcpFin: 20, udp: 30 },
    ]);
    expect(payloads("NEW_DAEMON").map(decodeDaemonReply)).toEqual([
      master,
      { ...backup, maxLength: 65487, port: 8848, ttl: 1 },
    ]);
  });
});

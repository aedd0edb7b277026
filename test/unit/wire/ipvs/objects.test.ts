/** Every object of the table survives being written and read. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecodeError, fromHex, toHex } from "../../../../src/base/bytes.ts";
import { encodeCommand, encodeCommands } from "../../../../src/wire/ipvs/command.ts";
import {
  readInfo,
  readTimeouts,
  writeInfo,
  writeTimeouts,
} from "../../../../src/wire/ipvs/config.ts";
import {
  IPVS_CMD,
  IPVS_CMD_ATTR,
  IPVS_DEST_ATTR,
  IPVS_STATS_ATTR,
  IPVS_SVC_ATTR,
} from "../../../../src/wire/ipvs/constants.ts";
import { readDaemon, writeDaemon } from "../../../../src/wire/ipvs/daemon.ts";
import {
  readObservedDestination,
  writeDestination,
} from "../../../../src/wire/ipvs/destination.ts";
import {
  decodeDaemonReply,
  decodeDestinationReply,
  decodeInfoReply,
  decodeServiceReply,
  decodeTimeoutsReply,
} from "../../../../src/wire/ipvs/query.ts";
import {
  readObservedService,
  readService,
  readServiceKey,
  writeService,
} from "../../../../src/wire/ipvs/service.ts";
import { readStats64, writeStats64 } from "../../../../src/wire/ipvs/stats.ts";
import type {
  Destination,
  IpvsCommand,
  ObservedDestination,
  ServiceKey,
  Stats,
} from "../../../../src/wire/ipvs/types.ts";
import {
  type Attributes,
  AttributeWriter,
  readAttributes,
} from "../../../../src/wire/netlink/attributes.ts";
import {
  decodeFamilyId,
  decodeGeneric,
  encodeGetFamily,
  genericWriter,
} from "../../../../src/wire/netlink/generic.ts";
import * as arbitrary from "../../../support/ipvs.ts";

/** Of what is read only that which can be written. */
const written = ({
  activeConnections: _active,
  inactiveConnections: _inactive,
  persistentConnections: _persistent,
  stats: _stats,
  ...destination
}: ObservedDestination): Destination => destination;

function roundTrip<T>(
  values: fc.Arbitrary<T>,
  write: (writer: AttributeWriter, value: T) => AttributeWriter,
  read: (attributes: Attributes) => T,
): void {
  fc.assert(
    fc.property(values, (value) => {
      const bytes = write(new AttributeWriter(), value).finish();
      expect(read(readAttributes(bytes))).toEqual(value);
    }),
  );
}

it("commands of a batch are what each is alone, whichever service was before", () => {
  const change = fc
    .tuple(fc.constantFrom("addDestination", "editDestination"), fc.nat(3), arbitrary.destination)
    .map(([kind, index, destination]) => ({ kind, index, destination }) as const);
  const keys = fc.array(arbitrary.serviceKey, { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(keys, fc.array(change, { maxLength: 20 }), (some, changes) => {
      const commands = changes.map(({ kind, index, destination }): IpvsCommand => {
        const key = { ...(some[index] as ServiceKey) };
        return { kind: kind as "addDestination", key, destination };
      });
      const together = encodeCommands(commands).map(toHex);
      expect(together).toEqual(commands.map((each) => toHex(encodeCommand(each))));
      const keysRead = together.map((hex) =>
        readServiceKey(decodeGeneric(fromHex(hex)).attributes.nested(IPVS_CMD_ATTR.SERVICE)),
      );
      expect(keysRead).toEqual(changes.map(({ index }) => some[index]));
    }),
  );
});

describe("round trips", () => {
  it("service", () => roundTrip(arbitrary.service, writeService, readService));
  it("destination", () =>
    roundTrip(arbitrary.destination, writeDestination, (attributes) =>
      written(readObservedDestination(attributes, 4)),
    ));
  it("sync daemon", () => roundTrip(arbitrary.syncDaemon, writeDaemon, readDaemon));
  it("timeouts", () => roundTrip(arbitrary.timeouts, writeTimeouts, readTimeouts));
  it("info", () => roundTrip(arbitrary.info, writeInfo, readInfo));
  it("stats", () => roundTrip(arbitrary.stats64, writeStats64, readStats64));
});

describe("what kernels add or leave out", () => {
  const web = arbitrary.serviceAt("tcp", "10.0.0.1", 80);
  const server = arbitrary.destinationAt("10.0.0.2", 80);
  const one: Stats = { ...arbitrary.NO_STATS, connections: 1n };

  const writeStats32 = (writer: AttributeWriter, stats: Stats): AttributeWriter =>
    writer
      .u32(IPVS_STATS_ATTR.CONNS, Number(stats.connections))
      .u32(IPVS_STATS_ATTR.INPKTS, Number(stats.inPackets))
      .u32(IPVS_STATS_ATTR.OUTPKTS, Number(stats.outPackets))
      .u64(IPVS_STATS_ATTR.INBYTES, stats.inBytes)
      .u64(IPVS_STATS_ATTR.OUTBYTES, stats.outBytes)
      .u32(IPVS_STATS_ATTR.CPS, Number(stats.connectionRate))
      .u32(IPVS_STATS_ATTR.INPPS, Number(stats.inPacketRate))
      .u32(IPVS_STATS_ATTR.OUTPPS, Number(stats.outPacketRate))
      .u32(IPVS_STATS_ATTR.INBPS, Number(stats.inByteRate))
      .u32(IPVS_STATS_ATTR.OUTBPS, Number(stats.outByteRate));

  const observed = (add: (writer: AttributeWriter) => AttributeWriter) =>
    readObservedService(readAttributes(add(writeService(new AttributeWriter(), web)).finish()));

  it("STATS alone is read (before 4.1)", () => {
    fc.assert(
      fc.property(arbitrary.stats32, (stats) => {
        const read = observed((writer) =>
          writer.nested(IPVS_SVC_ATTR.STATS, (inner) => writeStats32(inner, stats)),
        );
        expect(read.stats).toEqual(stats);
      }),
    );
  });

  it("STATS64 is preferred, in either order", () => {
    const read = observed((writer) =>
      writer
        .nested(IPVS_SVC_ATTR.STATS64, (inner) => writeStats64(inner, one))
        .nested(IPVS_SVC_ATTR.STATS, (inner) => writeStats32(inner, arbitrary.NO_STATS)),
    );
    expect(read.stats.connections).toBe(1n);
  });

  it("the kernel's own flags are not ours: PERSISTENT follows the timeout, HASHED is ignored", () => {
    const flags = Uint8Array.of(0x17, 0, 0, 0, 255, 255, 255, 255);
    const bytes = writeService(new AttributeWriter(), { ...web, persistence: 60 })
      .bytes(IPVS_SVC_ATTR.FLAGS, flags)
      .finish();
    const read = readService(readAttributes(bytes));
    expect(read.flags).toBe(0x14);
    expect(read.persistence).toBe(60);
  });

  it("a destination without ADDR_FAMILY and tunnel has the service's family (before 3.18)", () => {
    const ATTR = IPVS_DEST_ATTR;
    const bytes = new AttributeWriter()
      .bytes(ATTR.ADDR, Uint8Array.of(10, 0, 0, 2))
      .u16Be(ATTR.PORT, 80)
      .u32(ATTR.FWD_METHOD, 3)
      .u32(ATTR.WEIGHT, 1)
      .u32(ATTR.U_THRESH, 0)
      .u32(ATTR.L_THRESH, 0)
      .finish();
    const read = readObservedDestination(readAttributes(bytes), 4);
    expect(read).toEqual(arbitrary.observedDestination(server));
  });

  it("a four-octet IPv4 address is read", () => {
    const bytes = writeService(new AttributeWriter(), web)
      .bytes(IPVS_SVC_ATTR.ADDR, Uint8Array.of(10, 0, 0, 9))
      .finish();
    expect(readService(readAttributes(bytes)).key).toMatchObject({ address: "10.0.0.9" });
  });
});

describe("strange answers", () => {
  const bad = (build: (writer: AttributeWriter) => AttributeWriter): Attributes =>
    readAttributes(build(new AttributeWriter()).finish());

  it("name what is unknown", () => {
    const service = arbitrary.serviceAt("tcp", "10.0.0.1", 80);
    const server = arbitrary.destinationAt("10.0.0.2", 80);
    const icmp = bad((w) => writeService(w, service).u16(IPVS_SVC_ATTR.PROTOCOL, 1));
    expect(() => readService(icmp)).toThrow("protocol-unknown");
    const unix = bad((w) => writeService(w, service).u16(IPVS_SVC_ATTR.AF, 1));
    expect(() => readService(unix)).toThrow("family-unknown");
    const bypass = bad((w) => writeDestination(w, server).u32(IPVS_DEST_ATTR.FWD_METHOD, 4));
    expect(() => readObservedDestination(bypass, 4)).toThrow("forward-unknown");
  });

  it("end in nothing but a DecodeError", () => {
    const decoders = [
      decodeServiceReply,
      (payload: Uint8Array) => decodeDestinationReply(payload, 6),
      decodeDaemonReply,
      decodeTimeoutsReply,
      decodeInfoReply,
      decodeFamilyId,
    ];
    const wrapped = fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.uint8Array({ maxLength: 60 }))
      .map(([type, noise]) => genericWriter(IPVS_CMD.NEW_SERVICE, 1).bytes(type, noise).finish());
    const mutated = fc
      .tuple(arbitrary.service, fc.nat({ max: 120 }), fc.integer({ min: 0, max: 255 }))
      .map(([service, at, value]) => {
        const bytes = genericWriter(IPVS_CMD.NEW_SERVICE, 1)
          .nested(IPVS_CMD_ATTR.SERVICE, (writer) => writeService(writer, service))
          .finish();
        bytes[at % bytes.length] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(wrapped, mutated, fc.uint8Array({ maxLength: 80 })), (payload) => {
        for (const decode of decoders) {
          try {
            decode(payload);
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("generic netlink", () => {
  it("asks for a family by name and reads its number", () => {
    const { command, attributes } = decodeGeneric(encodeGetFamily("IPVS"));
    expect(command).toBe(3);
    expect(attributes.string(2)).toBe("IPVS");
    expect(decodeFamilyId(genericWriter(1, 2).u16(1, 28).string(2, "IPVS").finish())).toBe(28);
  });
});

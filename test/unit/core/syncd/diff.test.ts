import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffDaemons } from "../../../../src/core/syncd/diff.ts";
import type { IpvsCommand, SyncDaemon, SyncRole } from "../../../../src/wire/ipvs/types.ts";
import { ip, syncDaemon } from "../../../support/ipvs.ts";

const wanted = (role: SyncRole, settings: Partial<SyncDaemon> = {}): SyncDaemon => ({
  role,
  interface: "eth1",
  syncId: 51,
  maxLength: undefined,
  group: undefined,
  port: undefined,
  ttl: undefined,
  ...settings,
});

/** What the kernel fills in: start_sync_thread of Linux 6.1. */
function started(daemon: SyncDaemon): SyncDaemon {
  const group = daemon.group ?? ip("224.0.0.81");
  const headers = group.includes(":") ? 48 : 28;
  const least = daemon.role === "backup" ? 1024 : 1;
  const given = daemon.maxLength;
  const maxLength =
    given === undefined ? 1500 - headers : Math.min(Math.max(given, least), 65535 - headers);
  return { ...daemon, group, maxLength, port: daemon.port ?? 8848, ttl: daemon.ttl ?? 1 };
}

function apply(daemons: readonly SyncDaemon[], commands: readonly IpvsCommand[]): SyncDaemon[] {
  let running = [...daemons];
  for (const command of commands) {
    if (command.kind === "stopDaemon") {
      expect(running.some(({ role }) => role === command.role)).toBe(true);
      running = running.filter(({ role }) => role !== command.role);
    } else if (command.kind === "startDaemon") {
      expect(running.some(({ role }) => role === command.daemon.role)).toBe(false);
      running.push(started(command.daemon));
    } else throw new Error(command.kind);
  }
  return running;
}

const master = wanted("master");
const backup = wanted("backup");

describe("diffDaemons", () => {
  it("starts what is missing and stops what is not desired", () => {
    expect(diffDaemons([master], [started(backup)])).toEqual([
      { kind: "stopDaemon", role: "backup" },
      { kind: "startDaemon", daemon: master },
    ]);
  });

  it("leaves what the kernel filled in", () => {
    expect(diffDaemons([master, backup], [started(backup), started(master)])).toEqual([]);
  });

  it.each([
    ["interface", { interface: "eth2" }],
    ["sync id", { syncId: 7 }],
    ["group", { group: ip("224.0.0.82") }],
    ["port", { port: 8849 }],
    ["ttl", { ttl: 2 }],
    ["length", { maxLength: 1400 }],
  ])("another %s is a stop and a start", (_, settings) => {
    const daemon = wanted("backup", settings);
    expect(diffDaemons([daemon], [started(backup)])).toEqual([
      { kind: "stopDaemon", role: "backup" },
      { kind: "startDaemon", daemon },
    ]);
  });

  it("does not restart for a length that the kernel clamps", () => {
    for (const maxLength of [1, 500, 65535]) {
      for (const role of ["master", "backup"] as const) {
        const daemon = wanted(role, { maxLength });
        expect(diffDaemons([daemon], [started(daemon)])).toEqual([]);
      }
    }
  });

  it("is settled once applied", () => {
    const some = fc.uniqueArray(syncDaemon, { selector: ({ role }) => role });
    fc.assert(
      fc.property(some, some, (desired, before) => {
        const observed = before.map(started);
        const after = apply(observed, diffDaemons(desired, observed));
        expect(after.map(({ role }) => role).sort()).toEqual(desired.map((d) => d.role).sort());
        expect(diffDaemons(desired, after)).toEqual([]);
      }),
    );
  });
});

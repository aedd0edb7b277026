/** Arbitrary heartbeats, for round trips and fuzzing. */
import fc from "fast-check";
import { type Millis, ms } from "../../src/base/units.ts";
import type {
  Decision,
  Echo,
  Envelope,
  HealthReport,
  InstanceReport,
  Kind,
  ReportedState,
} from "../../src/wire/heartbeat/types.ts";

const hex = (octets: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom(..."0123456789abcdef".split("")),
    minLength: octets * 2,
    maxLength: octets * 2,
  });
const u8 = fc.integer({ min: 0, max: 0xff });
const u32 = fc.integer({ min: 0, max: 0xffffffff });
const counter = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const duration: fc.Arbitrary<Millis> = u32.map(ms);

const kind = fc.constantFrom<Kind>(
  ...(["hello", "claim", "handover", "released", "hold", "resync", "admin"] as const),
);
const state = fc.constantFrom<ReportedState>(
  ...(["initialize", "backup", "master", "leaving", "fault"] as const),
);

const echo: fc.Arbitrary<Echo> = fc.record({
  director: u32,
  session: hex(16),
  paths: fc.array(fc.record({ path: u8, sequence: counter, age: duration }), { maxLength: 3 }),
});

const report: fc.Arbitrary<InstanceReport> = fc.record({
  id: u32,
  routerId: u8,
  state,
  priority: u8,
  claim: fc.boolean(),
  level: fc.boolean(),
  hold: fc.boolean(),
  wants: fc.boolean(),
  asks: fc.boolean(),
  serviceable: fc.boolean(),
  sees: fc.boolean(),
  blind: fc.boolean(),
  interval: duration,
  vipDigest: hex(8),
  followed: u32,
  followedAge: duration,
  successor: u32,
  activeConnections: u32,
  inactiveConnections: u32,
  passesStarted: u32,
  passesSent: u32,
  passCount: u32,
});

const parts = fc
  .integer({ min: 1, max: 64 })
  .chain((count) => fc.record({ parts: fc.constant(count), part: fc.nat({ max: count - 1 }) }));

const text = (length: number): fc.Arbitrary<string> =>
  fc.string({ maxLength: length, unit: fc.constantFrom(...Array.from("abc 0189:.-")) });

const decision: fc.Arbitrary<Decision> = fc.record({
  action: fc.constantFrom<Decision["action"]>("drain", "disable", "enable"),
  version: u32,
  director: u32,
  left: duration,
  port: fc.integer({ min: 0, max: 0xffff }),
  address: text(45),
  service: text(63),
  who: text(32),
  reason: text(100),
  time: text(24),
});

const health: fc.Arbitrary<HealthReport> = fc.record({
  more: fc.boolean(),
  services: fc.array(
    fc.record({ id: u32, up: fc.option(fc.integer({ min: 0, max: 0xfffe }), { nil: undefined }) }),
    { maxLength: 24 },
  ),
});

export const envelope: fc.Arbitrary<Envelope> = fc
  .tuple(
    parts,
    fc.record({
      kind,
      path: u8,
      cluster: hex(8),
      session: hex(16),
      configDigest: hex(8),
      baton: fc.constantFrom(undefined, "0.1.0", `~${"x".repeat(31)}`),
      keyId: fc.integer({ min: 0, max: 0xffff }),
      sender: u32,
      addressee: u32,
      counter,
      sequence: counter,
      echoes: fc.array(echo, { maxLength: 4 }),
      instances: fc.array(report, { maxLength: 16 }),
      decisions: fc.array(decision, { maxLength: 2 }),
      health: fc.option(health, { nil: undefined }),
    }),
  )
  .map(([place, rest]) => ({ ...rest, ...place }));

/** The owner of the addresses: RFC 9568 §6.1 lets nothing keep it from them. */
import { expect, test } from "vitest";
import { makeSetup } from "../../../../src/core/director/setup.ts";
import { simConfig } from "../../../sim/config.ts";

test.each([
  [255, "immediate"],
  [254, "never"],
])("with priority %d preemption is %s where the file says never", (priority, preempt) => {
  const config = simConfig({ priorities: [priority, 100], vrrp: 3 });
  const common = { session: "5".repeat(32), counter: 1, keyId: 0, authenticated: true };
  const setup = makeSetup({ ...common, config, configDigest: "1".repeat(16), self: "lb1" });
  expect(setup.elections["i0"]?.preempt.kind).toBe(preempt);
});

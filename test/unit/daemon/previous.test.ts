import { expect, test } from "vitest";
import { ms } from "../../../src/base/units.ts";
import { adoptable, type Previous } from "../../../src/daemon/previous.ts";
import { bootTime } from "../../../src/os/clock.ts";
import { simConfig } from "../../sim/config.ts";

const CONFIG = simConfig({ priorities: [150, 100] });
const VIPS = CONFIG.instances.flatMap(({ vips }) => vips);
const TWO_INTERVALS = ms(CONFIG.heartbeat.interval * 2);

const adopts = (beat: number): boolean => {
  const instances = { i0: { state: "master", since: 0, why: "" } };
  const state = { director: "lb1", instances } as unknown as Previous["state"];
  return adoptable(CONFIG, "lb1", { state, beat }, VIPS).length > 0;
};

test("what was served within two intervals is adopted", () => {
  expect(adopts(bootTime())).toBe(true);
  expect(adopts(bootTime() - TWO_INTERVALS - 1)).toBe(false);
});

test("where instances speak at different times, within one interval of the instance's own", () => {
  const config = simConfig({ priorities: [150], vrrp: 3, instances: 2, intervals: [100, 1000] });
  const vips = config.instances.flatMap((one) => one.vips);
  const instance = { state: "master", since: 0, why: "" };
  const state = { director: "lb1", instances: { i0: instance, i1: instance } };
  const adoptedAfter = (age: number): readonly string[] => {
    const previous = { state, beat: bootTime() - age } as unknown as Previous;
    return adoptable(config, "lb1", previous, vips);
  };
  expect(adoptedAfter(50)).toEqual(["i0", "i1"]);
  expect(adoptedAfter(150)).toEqual(["i1"]);
  expect(adoptedAfter(1050)).toEqual([]);
});

test.each([99_999_999_999_999, Number.POSITIVE_INFINITY, Number.NaN])(
  "a beat of %d, in the future or none, adopts nothing",
  (beat) => expect(adopts(beat)).toBe(false),
);

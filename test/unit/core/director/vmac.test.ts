/** Where the link of a virtual MAC is wanted, and when it is up. */
import { expect, test } from "vitest";
import { instant } from "../../../../src/base/units.ts";
import { desiredOf } from "../../../../src/core/director/desired.ts";
import { initialDirector, makeSetup } from "../../../../src/core/director/setup.ts";
import type { DirectorEvent } from "../../../../src/core/director/types.ts";
import type { Mac } from "../../../../src/wire/link/ethernet.ts";
import { simConfig } from "../../../sim/config.ts";
import { live, STARTED, type Told, tell } from "../../../support/directors.ts";

const MAC = "00:00:5e:00:01:01" as Mac;

function started(priorities: readonly number[] = [150, 100]): Told {
  const sim = simConfig({ priorities, vrrp: 3 });
  const vmac = { interface: "vrrp.1", mac: MAC, advertsFromBase: false };
  const instances = sim.instances.map((one) => ({
    ...one,
    vips: one.vips.map((vip) => ({ ...vip, interface: "vrrp.1" })),
    vrrp: one.vrrp && { ...one.vrrp, vmac },
  }));
  const setup = makeSetup({
    config: { ...sim, instances },
    configDigest: "1111111111111111",
    self: "lb1",
    session: "5".repeat(32),
    counter: 1,
    keyId: 0,
    authenticated: true,
  });
  return tell(initialDirector(setup, instant(0)), [0, STARTED]);
}

const wanted = ({ state }: Told): string =>
  desiredOf(state)
    .vmacs.map(({ name, base, up }) => `${name} over ${base} ${up ? "up" : "down"}`)
    .join();

test("down in a backup, up in a master, down once it lets go, gone at the end", () => {
  const backup = started();
  expect(wanted(backup)).toBe("vrrp.1 over eth0 down");
  const master = live(backup.state, 0, 1500);
  expect(wanted(master)).toBe("vrrp.1 over eth0 up");
  const on: DirectorEvent = { kind: "vipsOn", instance: "i0" };
  const faulty = tell(
    master.state,
    [1500, on],
    [1510, { kind: "faulted", instance: "i0", fault: "linkDown" }],
  );
  expect(wanted(faulty)).toBe("vrrp.1 over eth0 down");
  const ended = tell(
    faulty.state,
    [1511, { kind: "vipsOff", instance: "i0" }],
    [1520, { kind: "stopping" }],
  );
  expect(wanted(ended)).toBe("");
});

test("its neighbours are told of the VIP by no other link", () => {
  const { sysctls } = desiredOf(started().state);
  expect(sysctls).toMatchObject({
    "net.ipv4.conf.eth0.arp_ignore": "1",
    "net.ipv4.conf.eth0.arp_announce": "2",
  });
  expect(sysctls).not.toHaveProperty(["net.ipv4.conf.vrrp.1.promote_secondaries"]);
});

test("what comes from a VIP is taken where a director owns it, and nowhere else", () => {
  const hears = (priorities: readonly number[]): boolean | undefined =>
    desiredOf(started(priorities).state).vmacs[0]?.hearsOwner;
  expect([hears([150, 100]), hears([150, 255])]).toEqual([false, true]);
});

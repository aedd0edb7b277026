/** Two batons that speak VRRP with each other: handovers, a flood, and what status says. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ip } from "../../../src/base/ip.ts";
import { ms } from "../../../src/base/units.ts";
import type { Advert } from "../../../src/wire/vrrp/types.ts";
import { capture } from "../../bench/watch.ts";
import { longestGap } from "../../support/probe.ts";
import { eventually, sleep } from "../../support/process.ts";
import { type Cluster, createCluster } from "../daemon/cluster.ts";
import { measured } from "../daemon/measured.ts";
import { OCTET, VIP } from "../harness.ts";
import { inject, packetOf } from "./inject.ts";

const INTERVAL = 100;

let pair: Cluster;
beforeAll(async () => {
  const heartbeat = { transport: "vrrp", interval: `${INTERVAL}ms` };
  pair = await createCluster({ echo: true, secret: null, config: { heartbeat } });
  await pair.start("lb1");
  await pair.settledOn("lb1");
  await pair.start("lb2");
  await follows("lb2", "lb1");
});
afterAll(() => pair?.close());

const follows = (host: "lb1" | "lb2", master: string): Promise<unknown> =>
  eventually(`${host} follows ${master}`, async () => {
    const [instance] = (await pair.daemon(host).tryStatus())?.instances ?? [];
    return instance?.state === "backup" && instance.master === master;
  });

const lower: Advert = {
  version: 3,
  routerId: 51,
  priority: 1,
  interval: ms(INTERVAL),
  addresses: [VIP as Ip],
  authentication: { kind: "none" },
};

describe("a flood", () => {
  const broken = packetOf(lower).replace(/..$/, "00");
  const FLOODS = [
    ["of broken packets, 20,000 a second", [broken], 20_000],
    ["of broken packets, as many as go", [broken], 0],
    ["of adverts of a lower priority, 20,000 a second", [lower], 20_000],
  ] as const;

  test.each(FLOODS)(
    "%s neither delays an advert nor moves the VIP",
    async (name, packets, rate) => {
      const filter = `ip proto 112 and src host 192.168.60.${OCTET.lb1}`;
      // On the sender's own link: a flooded bridge loses packets of anybody's.
      const adverts = await capture(pair.network, "lb1", filter);
      await sleep(5 * INTERVAL);
      const { history } = await pair.daemon("lb1").status();
      const sent = await inject(pair.network, packets, { rate, duration: 2000 });
      await adverts.stop();
      const gaps = adverts.times.slice(1).map((at, i) => at - (adverts.times[i] ?? 0));
      const lag = (await pair.daemon("lb1").status()).loop.worstLagMs;
      measured(`${name}: ${sent} sent, longest gap between adverts`, [Math.max(...gaps)]);
      measured(`${name}: the loop was late by`, [lag]);
      expect(Math.max(...gaps)).toBeLessThan(3 * INTERVAL);
      expect((await pair.daemon("lb1").status()).history.length).toBe(history.length);
    },
  );
});

test("a handover on command: the client loses next to nothing", async () => {
  const probe = await pair.segment.probe();
  await probe.answeredBy("lb1");
  const reply = await pair.daemon("lb1").failover();
  expect(reply).toEqual({ done: true, sentence: "web: lb2 has taken over" });
  await probe.answeredBy("lb2");
  await sleep(INTERVAL);
  const report = await probe.stop();
  measured("handover by priority 0, client's gap", [longestGap(report)]);
  expect(longestGap(report)).toBeLessThan(INTERVAL);
  expect((await pair.instance("lb2")).why).toBe("lb1 let go");
  expect(await pair.owners()).toEqual(["lb2"]);
});

test("a stop, and a kill without anybody to restart it", async () => {
  await pair.daemon("lb1").resume();
  await pair.daemon("lb2").running.stop();
  pair.forget("lb2");
  await pair.settledOn("lb1");
  expect(await pair.owners()).toEqual(["lb1"]);
  await pair.start("lb2");
  await follows("lb2", "lb1");
  const probe = await pair.segment.probe();
  await probe.answeredBy("lb1");
  await pair.daemon("lb1").crash();
  pair.forget("lb1");
  // The guard says priority 0 in its place, and takes the VIP off when somebody claims.
  await pair.settledOn("lb2");
  await eventually("one owner", async () => (await pair.owners()).join() === "lb2");
  await probe.answeredBy("lb2");
  const report = await probe.stop();
  measured("a dead master, its guard's priority 0: client's gap", [longestGap(report)]);
  expect(longestGap(report)).toBeLessThan(INTERVAL);
});

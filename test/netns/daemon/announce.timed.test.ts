/** How a client hears where the VIPs are: at a takeover, again later, and when a link returns. */
import { afterEach, describe, expect, test } from "vitest";
import { clock, eventually, sleep } from "../../support/process.ts";
import { VIP, VIP6 } from "../harness.ts";
import { type Cluster, type ClusterOptions, createCluster, INTERVAL } from "./cluster.ts";
import { measured } from "./measured.ts";
import { type Announced, watchAnnouncements } from "./watch.ts";

const DELAY = 600;
const REFRESH = 1500;
const BURST = 5;

let cluster: Cluster | undefined;
afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

async function build(options: ClusterOptions): Promise<Cluster> {
  cluster = await createCluster(options);
  return cluster;
}

const WEB = { routerId: 51, interface: "eth0", vips: [VIP, VIP6] };

/** Of one address by one host, as times since the first. */
function timesOf(heard: readonly Announced[], address: string, mac: string): readonly number[] {
  const mine = heard.filter((one) => one.address === address && one.mac === mac);
  return mine.map(({ at }) => at - (mine[0]?.at ?? 0));
}

describe("a takeover", () => {
  test("announces each VIP five times, again after a while, and then as a refresh", async () => {
    const announce = { repeat: BURST, delay: `${DELAY}ms`, refresh: `${REFRESH}ms` };
    const config = { announce, instances: { web: WEB } };
    const pair = await build({ ipv6: true, config });
    const watch = await watchAnnouncements(pair.network, "client");
    await pair.start("lb1");
    await pair.settled("lb1");
    await sleep(2 * REFRESH + 500);
    const heard = await watch.stop();
    for (const address of [VIP, VIP6]) {
      const times = timesOf(heard, address, pair.network.mac("lb1"));
      expect(times, address).toHaveLength(BURST + BURST + 2);
      expect(times[BURST - 1], address).toBeLessThan(INTERVAL);
      for (const time of times.slice(BURST, 2 * BURST)) {
        expect(time, address).toBeGreaterThan(DELAY - 20);
        expect(time, address).toBeLessThan(DELAY + INTERVAL);
      }
      expect(times.at(-1), address).toBeGreaterThan(2 * REFRESH - 20);
    }
    expect(await pair.network.neighbour("client", VIP)).not.toBe("lb2");
  });

  test("that is planned is announced again when the giver has let go", async () => {
    const pair = await build({ config: { announce: { delay: "0s" } } });
    await pair.startWith("lb1");
    const watch = await watchAnnouncements(pair.network, "client");
    await pair.daemon("lb1").failover();
    await pair.settled("lb2");
    await eventually("two bursts", () => watch.heard().length >= 2 * BURST);
    await sleep(2 * INTERVAL);
    const heard = await watch.stop();
    expect(heard.every(({ mac }) => mac === pair.network.mac("lb2"))).toBe(true);
    expect(heard).toHaveLength(2 * BURST);
  });

  test("is announced anew when the link returns, before anybody had to take over", async () => {
    const config = { announce: { delay: "0s" }, instances: { web: WEB } };
    const pair = await build({ ipv6: true, sync: true, directors: ["lb1"], config });
    await pair.start("lb1");
    await pair.settled("lb1");
    await sleep(INTERVAL);
    const watch = await watchAnnouncements(pair.network, "client");
    pair.network.unplug("lb1");
    await eventually("fault", async () => (await pair.state("lb1")) === "fault");
    expect(await pair.owners()).toEqual([]);
    pair.network.plug("lb1");
    await pair.settled("lb1");
    await eventually("announced", () => watch.heard().length >= 2 * BURST);
    const heard = await watch.stop();
    const mac = pair.network.mac("lb1");
    for (const address of [VIP, VIP6]) expect(timesOf(heard, address, mac)).toHaveLength(BURST);
  });
});

describe("a thousand VIPs", () => {
  const VIPS = Array.from({ length: 1000 }, (_, i) => `10.60.${1 + (i >> 8)}.${i & 255}`);

  test("are all up and announced, paced, and the heartbeat goes on meanwhile", async () => {
    const web = { routerId: 51, interface: "eth0", vips: VIPS };
    const config = { instances: { web }, announce: { delay: "0s" } };
    const pair = await build({ config });
    await pair.startWith("lb1");
    const watch = await watchAnnouncements(pair.network, "client");
    const before = (await pair.daemon("lb2").status()).history.length;
    const cut = clock();
    pair.network.cut("lb1");
    await pair.settledOn("lb2");
    const serving = clock() - cut;
    const mac = pair.network.mac("lb2");
    // What the other one still announced before the cut does not count.
    const told = (): number => watch.heard().filter((one) => one.mac === mac).length;
    await eventually("all announced", () => told() >= BURST * VIPS.length);
    const announced = clock() - cut;
    measured("1000 VIPs after a cut: all up", [serving]);
    measured("1000 VIPs after a cut: all announced five times", [announced]);
    const addressesOf = (): Promise<string> =>
      pair.network.must("lb2", ["ip", "-o", "-4", "addr", "show", "dev", "eth0"]);
    expect((await addressesOf()).match(/ 10\.60\.\d+\.\d+\/32 /g)).toHaveLength(VIPS.length);
    const heard = await watch.stop();
    const each = VIPS.map((vip) => timesOf(heard, vip, mac).length);
    expect(new Set(each)).toEqual(new Set([BURST]));
    // Each once before any twice.
    const mine = heard.filter((one) => one.mac === mac);
    const first = mine.slice(0, VIPS.length).map(({ address }) => address);
    expect(new Set(first).size).toBe(VIPS.length);
    const { loop, history } = await pair.daemon("lb2").status();
    expect(history).toHaveLength(before + 1);
    measured("1000 VIPs: the loop's worst lag", [loop.worstLagMs]);
    expect(loop.worstLagMs).toBeLessThan(INTERVAL);
    pair.network.heal("lb1");
    await pair.settled("lb1");
    await eventually(
      "the loser has none left",
      async () => !(await addressesOf()).includes(" 10.60."),
    );
  });
});

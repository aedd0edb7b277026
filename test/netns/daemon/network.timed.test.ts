/** What happens to a director's links and addresses while it runs, and before it starts. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { clock, eventually, sleep } from "../../support/process.ts";
import { VIP } from "../harness.ts";
import { type Cluster, createCluster, INTERVAL } from "./cluster.ts";
import { measured } from "./measured.ts";
import { watchAddresses, watchAnnouncements } from "./watch.ts";

let pair: Cluster;
beforeAll(async () => {
  // Two networks for heartbeats, so that a director lives while its service interface is dead.
  const directors = {
    lb1: { paths: [{ address: "192.168.60.130" }, { address: "10.99.0.130" }], priority: 150 },
    lb2: { paths: [{ address: "192.168.60.131" }, { address: "10.99.0.131" }], priority: 100 },
  };
  pair = await createCluster({ sync: true, echo: true, config: { directors } });
});
beforeEach(() => pair.reset());
afterAll(() => pair?.close());

const faultsOf = async (name: "lb1" | "lb2"): Promise<readonly string[]> =>
  (await pair.instance(name)).faults;

/** One IPv4 address of a network goes and comes back with its link's own. */
const readdress = (host: "lb1" | "lb2", octet: number): Promise<string> =>
  pair.network.ip(host, `addr add 192.168.60.${octet}/24 dev eth0`);

describe("the service interface of the master", () => {
  beforeEach(() => pair.startWith("lb1"));

  test("loses its carrier: fault at once, the backup serves; the link returns", async () => {
    const probe = await pair.segment.probe();
    await probe.answeredBy("lb1");
    const down = clock();
    pair.network.unplug("lb1");
    await eventually("lb2 serves", async () => (await pair.state("lb2")) === "master");
    // Said over the other path: long before the silence would have told it.
    expect(clock() - down).toBeLessThan(2 * INTERVAL);
    expect((await pair.instance("lb2")).why).toMatch(/^lb1 let go and is in state fault/);
    expect(await pair.state("lb1")).toBe("fault");
    expect(await faultsOf("lb1")).toEqual(["the interface is down"]);
    expect(await pair.owners()).toEqual(["lb2"]);
    pair.network.plug("lb1");
    await pair.settled("lb2");
    expect(await pair.state("lb1")).toBe("backup");
    await probe.stop();
  });

  test("is set down by hand and up again", async () => {
    await pair.network.ip("lb1", "link set eth0 down");
    await eventually("lb2 serves", async () => (await pair.state("lb2")) === "master");
    expect(await pair.state("lb1")).toBe("fault");
    expect(await pair.owners()).toEqual(["lb2"]);
    await pair.network.ip("lb1", "link set eth0 up");
    await pair.settled("lb2");
    expect(await faultsOf("lb1")).toEqual([]);
  });

  test("is renamed under the VIP: it goes, and nobody holds it twice", async () => {
    await pair.network.ip("lb1", "link set eth0 name eth9");
    await eventually("lb2 serves", async () => (await pair.state("lb2")) === "master");
    await eventually("the VIP is off the renamed link", async () => {
      const shown = await pair.network.exec("lb1", ["ip", "-br", "addr", "show", "dev", "eth9"]);
      return !shown.stdout.includes(VIP);
    });
    expect(await pair.owners()).toEqual(["lb2"]);
    expect(await faultsOf("lb1")).toEqual(["the interface does not exist"]);
    await pair.network.ip("lb1", "link set eth9 name eth0");
    await pair.settled("lb2");
  });

  test("is deleted and made anew under its name", async () => {
    await pair.network.remove("lb1");
    await eventually("lb2 serves", async () => (await pair.state("lb2")) === "master");
    expect(await pair.state("lb1")).toBe("fault");
    expect(await faultsOf("lb1")).toEqual(["the interface does not exist"]);
    await pair.network.restore("lb1");
    await pair.settled("lb2");
    expect(await pair.state("lb1")).toBe("backup");
    expect(await pair.owners()).toEqual(["lb2"]);
    // It can serve again on the new one.
    expect(await pair.daemon("lb2").failover()).toMatchObject({ done: true });
    await pair.settled("lb1");
    expect(await pair.owners()).toEqual(["lb1"]);
  });
});

describe("the director's own address", () => {
  beforeEach(() => pair.startWith("lb1"));

  test("on one of two paths goes and comes: no transition", async () => {
    const before = await pair.transitions();
    await pair.network.ip("lb1", "addr del 10.99.0.130/24 dev eth1");
    await sleep(5 * INTERVAL);
    expect(await pair.transitions()).toEqual(before);
    await pair.network.ip("lb1", "addr add 10.99.0.130/24 dev eth1");
    await eventually("the path works again", async () => {
      const [peer] = (await pair.daemon("lb2").status()).peers;
      return (peer?.paths[1]?.heardAgoMs ?? Infinity) < 2 * INTERVAL;
    });
    expect(await pair.transitions()).toEqual(before);
  });

  test("on every path is lost: the backup serves; it returns, and so does the director", async () => {
    await pair.network.ip("lb1", "addr del 10.99.0.130/24 dev eth1");
    await pair.network.ip("lb1", "addr del 192.168.60.130/24 dev eth0");
    await eventually("lb1 is in fault", async () => (await pair.state("lb1")) === "fault");
    await eventually("lb2 serves", async () => (await pair.state("lb2")) === "master");
    expect(await pair.owners()).toEqual(["lb2"]);
    expect(await faultsOf("lb1")).toEqual(["this director's own address is gone"]);
    await readdress("lb1", 130);
    await pair.network.ip("lb1", "addr add 10.99.0.130/24 dev eth1");
    await pair.settled("lb2");
    expect(await pair.state("lb1")).toBe("backup");
  });
});

describe("a VIP", () => {
  test("that somebody deletes is back within a second, and announced", async () => {
    await pair.startWith("lb1");
    const announcements = await watchAnnouncements(pair.network, "client");
    const watch = await watchAddresses(pair.network, "lb1");
    const deleted = clock();
    await pair.network.ip("lb1", `addr del ${VIP}/32 dev eth0`);
    await eventually("it is back", async () => (await pair.owners()).includes("lb1"));
    measured("a deleted VIP is back, seen from outside", [clock() - deleted]);
    expect(clock() - deleted).toBeLessThan(1000);
    await eventually("announced", () => announcements.heard().length >= 5);
    expect(await watch.stop()).toHaveLength(2);
    const { repairs } = await pair.daemon("lb1").status();
    expect(repairs).toMatchObject([{ what: `VIP ${VIP} was missing on eth0` }]);
    await announcements.stop();
    expect(await pair.state("lb1")).toBe("master");
  });

  test("that somebody adds on the backup is taken off", async () => {
    await pair.startWith("lb1");
    await pair.network.ip("lb2", `addr add ${VIP}/32 dev eth0`);
    await eventually("it is off", async () => (await pair.owners()).join() === "lb1");
  });

  test("that is left over is adopted by the one who serves, not doubled", async () => {
    await pair.network.ip("lb1", `addr add ${VIP}/32 dev eth0`);
    await pair.start("lb1");
    await pair.settled("lb1");
    const text = await pair.network.must("lb1", ["ip", "-o", "-4", "addr", "show", "dev", "eth0"]);
    expect(text.match(new RegExp(`${VIP}/`, "g"))).toHaveLength(1);
  });

  test("that stands with another prefix at the start is not there twice in the end", async () => {
    await pair.network.ip("lb1", `addr add ${VIP}/24 dev eth0`);
    await pair.start("lb1");
    await pair.settled("lb1");
    const found = async (): Promise<readonly string[]> => {
      const text = await pair.network.must("lb1", ["ip", "-o", "-4", "addr", "show"]);
      return text.match(new RegExp(`${VIP}/\\d+`, "g")) ?? [];
    };
    expect(await found()).toEqual([`${VIP}/32`]);
    expect((await pair.instance("lb1")).vips).toMatchObject([{ present: true }]);
    expect(await pair.network.holds("lb1", "192.168.60.130")).toBe(true);
    await pair.daemon("lb1").running.stop();
    pair.forget("lb1");
    expect(await found()).toEqual([]);
  });
});

/** Ways for heartbeats: IPv6, both families, two networks, multicast, keys and none. */
import { afterEach, describe, expect, test } from "vitest";
import { longestGap } from "../../support/probe.ts";
import { eventually, sleep } from "../../support/process.ts";
import { VIP, VIP6 } from "../harness.ts";
import { type Cluster, type ClusterOptions, createCluster, INTERVAL, TAKEOVER } from "./cluster.ts";

let cluster: Cluster | undefined;
afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

async function build(options: ClusterOptions): Promise<Cluster> {
  cluster = await createCluster(options);
  return cluster;
}

const web = (...vips: readonly string[]): object => ({ routerId: 51, interface: "eth0", vips });

const SIX = {
  lb1: { address: "fd00:60::130", priority: 150 },
  lb2: { address: "fd00:60::131", priority: 100 },
};

describe("families", () => {
  test("IPv6 alone: elects, hands over, takes over", async () => {
    const config = { directors: SIX, instances: { web: web(VIP6) } };
    const pair = await build({ ipv6: true, echo: true, config });
    // Nothing of it needs IPv4.
    await pair.network.ip("lb1", "addr flush dev eth0 scope global");
    await pair.network.ip("lb1", "addr add fd00:60::130/64 dev eth0 nodad");
    await pair.startWith("lb1");
    const probe = await pair.segment.probe(VIP6);
    await probe.answeredBy("lb1");
    expect(await pair.daemon("lb1").failover({ holdMs: 1000 })).toMatchObject({ done: true });
    await probe.answeredBy("lb2");
    expect(await pair.owners(VIP6)).toEqual(["lb2"]);
    await sleep(INTERVAL);
    expect(longestGap(await probe.stop())).toBeLessThan(INTERVAL);
    await pair.settled("lb2");
    pair.network.cut("lb2");
    await pair.settledOn("lb1");
    pair.network.heal("lb2");
    await pair.settled();
    expect(await pair.owners(VIP6)).toHaveLength(1);
  });

  test("link-local addresses of the directors", async () => {
    const config = {
      directors: {
        lb1: { paths: [{ address: "fe80::ff:fe00:100", interface: "eth0" }] },
        lb2: { paths: [{ address: "fe80::ff:fe00:200", interface: "eth0" }] },
      },
    };
    const pair = await build({ ipv6: true, config });
    await pair.startWith("lb1");
    expect(await pair.owners()).toEqual(["lb1"]);
  });

  test("IPv4 and IPv6 VIPs of one instance move together", async () => {
    const pair = await build({ ipv6: true, config: { instances: { web: web(VIP, VIP6) } } });
    await pair.startWith("lb1");
    expect([await pair.owners(VIP), await pair.owners(VIP6)]).toEqual([["lb1"], ["lb1"]]);
    await pair.daemon("lb1").failover();
    await pair.settled("lb2");
    expect([await pair.owners(VIP), await pair.owners(VIP6)]).toEqual([["lb2"], ["lb2"]]);
    const text = await pair.network.must("lb2", ["ip", "-6", "addr", "show", "dev", "eth0"]);
    const [line = ""] = /fd00:60::100\/128 .*/.exec(text) ?? [];
    expect(line).toContain("deprecated");
    expect(line).not.toMatch(/tentative|dadfailed/);
  });
});

describe("two networks", () => {
  const directors = {
    lb1: { paths: [{ address: "192.168.60.130" }, { address: "10.99.0.130" }], priority: 150 },
    lb2: { paths: [{ address: "192.168.60.131" }, { address: "10.99.0.131" }], priority: 100 },
  };

  test("either of them may fail without a transition; both may not", async () => {
    const pair = await build({ sync: true, config: { directors } });
    await pair.startWith("lb1");
    const before = await pair.transitions();
    pair.network.cut("lb1", "eth1");
    await sleep(5 * INTERVAL);
    expect(await pair.transitions()).toEqual(before);
    const [, second] = (await pair.daemon("lb2").status()).peers[0]?.paths ?? [];
    expect(second?.heardAgoMs).toBeGreaterThan(3 * INTERVAL);
    pair.network.heal("lb1", "eth1");
    await eventually("the second path is back", async () => {
      const [, path] = (await pair.daemon("lb2").status()).peers[0]?.paths ?? [];
      return (path?.heardAgoMs ?? Infinity) < 2 * INTERVAL;
    });
    await pair.network.partition(["lb1"], ["lb2"]);
    await sleep(5 * INTERVAL);
    expect(await pair.transitions()).toEqual(before);
    expect(await pair.owners()).toEqual(["lb1"]);
    pair.network.cut("lb1", "eth1");
    await eventually("lb2 serves", async () => (await pair.state("lb2")) === "master", {
      timeout: TAKEOVER,
    });
    pair.network.heal("lb1", "eth1");
    await pair.settled("lb1");
    expect(await pair.owners()).toEqual(["lb1"]);
  });
});

describe("multicast", () => {
  test.each([
    ["IPv4", { multicast: "239.192.60.1" }, undefined],
    ["IPv6", { multicast: "ff02::60:1" }, SIX],
  ] as const)("%s: elects, hands over, takes over", async (_, heartbeat, directors) => {
    const paths = directors && {
      lb1: { paths: [{ address: directors.lb1.address, interface: "eth0" }], priority: 150 },
      lb2: { paths: [{ address: directors.lb2.address, interface: "eth0" }], priority: 100 },
    };
    const config = { heartbeat, ...(paths && { directors: paths }) };
    const pair = await build({ ipv6: true, config });
    await pair.startWith("lb1");
    expect(await pair.daemon("lb1").failover({ holdMs: 1000 })).toMatchObject({ done: true });
    await pair.settled("lb2");
    await pair.daemon("lb2").crash();
    pair.forget("lb2");
    await pair.settled("lb1");
    expect((await pair.instance("lb1")).why).toMatch(/^lb2 (was silent|let go)/);
  });
});

describe("keys", () => {
  test("are changed without an outage: both known, then the new one first, then it alone", async () => {
    const pair = await build({ echo: true, secret: "1:the old key\n" });
    await pair.startWith("lb1");
    const probe = await pair.segment.probe();
    await probe.answeredBy("lb1");
    const steps = [
      "1:the old key\n2:the new key\n",
      "2:the new key\n1:the old key\n",
      "2:the new key\n",
    ];
    for (const secret of steps) {
      // Each director reads it when it is restarted, the backup first.
      for (const name of ["lb2", "lb1"] as const) {
        pair.configure({}, secret);
        await pair.daemon(name).running.stop();
        await pair.start(name);
        await pair.settled();
      }
    }
    await sleep(INTERVAL);
    const report = await probe.stop();
    expect(longestGap(report)).toBeLessThan(INTERVAL);
    for (const name of pair.names) {
      const { discarded } = await pair.daemon(name).status();
      expect(discarded["bad signature"] ?? discarded["unknown key"]).toBeUndefined();
    }
  });

  test("that differ are said, not believed: nobody ends the other's service", async () => {
    const pair = await build({});
    await pair.startWith("lb1");
    await pair.daemon("lb2").running.stop();
    pair.configure({}, "1:another key\n");
    await pair.start("lb2");
    await eventually("lb2 refuses", async () => {
      const snapshot = await pair.daemon("lb2").tryStatus();
      return (snapshot?.discarded["bad signature"] ?? 0) > 2;
    });
    expect(await pair.state("lb1")).toBe("master");
    expect((await pair.daemon("lb1").status()).discarded["bad signature"]).toBeGreaterThan(0);
    expect(
      pair
        .daemon("lb1")
        .log()
        .map(({ msg }) => msg),
    ).toContain("refused a datagram: bad signature");
  });

  test("without any: works, says so, and a goodbye is believed after a skew", async () => {
    // Long intervals: `release` is a program that has to start before the silence is over.
    const pair = await build({ secret: null, config: { heartbeat: { interval: "1s" } } });
    await pair.startWith("lb1");
    const { alarms, heartbeat } = await pair.daemon("lb1").status();
    expect(heartbeat.authenticated).toBe(false);
    expect(alarms.join()).toContain("heartbeats are not authenticated");
    const loud = pair
      .daemon("lb1")
      .log()
      .filter(({ msg }) => /no secretFile/.test(msg));
    expect(loud).toHaveLength(1);
    await pair.daemon("lb1").crash();
    pair.forget("lb1");
    const released = await pair.release("lb1");
    expect(released.stdout).toContain("the other directors were told");
    await pair.settled("lb2");
    expect((await pair.instance("lb2")).why).toBe("lb1 let go and is in state initialize");
  });
});

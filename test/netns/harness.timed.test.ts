/** The harness itself: a wrong tool would make every other test here lie. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { longestGap } from "../support/probe.ts";
import { clock, eventually, run, sleep } from "../support/process.ts";
import { createSegment, type Segment, VIP, VIP6 } from "./harness.ts";

describe("a segment", () => {
  let segment: Segment;
  beforeAll(async () => {
    segment = await createSegment({ sync: true, ipv6: true, echo: true });
  });
  afterAll(async () => {
    await segment.close();
    const { stdout } = await run(["ip", "netns", "list"]);
    expect(stdout).not.toContain(segment.network.namespace("lb1"));
  });

  const pings = async (from: "client" | "lb1" | "lb2", to: string): Promise<boolean> =>
    (await segment.network.exec(from, ["ping", "-c1", "-W1", "-n", to])).code === 0;

  test("hosts hear each other on both networks and families", async () => {
    expect(await pings("client", "192.168.60.130")).toBe(true);
    expect(await pings("lb1", "fd00:60::131")).toBe(true);
    expect(await pings("lb2", "10.99.0.130")).toBe(true);
    expect(await pings("client", "10.99.0.130")).toBe(false);
  });

  test("a partition separates the directors, not the client", async () => {
    await segment.network.partition(["lb1"], ["lb2"]);
    expect(await pings("lb1", "192.168.60.131")).toBe(false);
    expect(await pings("client", "192.168.60.130")).toBe(true);
    expect(await pings("client", "192.168.60.131")).toBe(true);
    await segment.network.healDrops();
    expect(await pings("lb1", "192.168.60.131")).toBe(true);
  });

  test("a one-way cut loses one direction", async () => {
    const { network } = segment;
    await network.dropOneWay("lb1", "lb2");
    const capture = network.spawn("lb1", ["tcpdump", "-lnni", "eth0", "-c1", "udp port 9"]);
    await eventually("tcpdump listens", () => capture.stderr().includes("listening"));
    const send = (to: string): string[] => ["bash", "-c", `echo x >/dev/udp/${to}/9`];
    await network.ip("lb2", `neigh replace 192.168.60.130 lladdr ${network.mac("lb1")} dev eth0`);
    await network.must("lb2", send("192.168.60.130"));
    expect(await capture.ended).toBe(0);
    expect(await pings("lb2", "192.168.60.130")).toBe(false);
    await network.healDrops();
  });

  test("the VIP's move is seen by the client's probe", async () => {
    const { network } = segment;
    await network.ip("lb1", `addr add ${VIP}/32 dev eth0`);
    const probe = await segment.probe();
    await probe.answeredBy("lb1");
    expect(await network.neighbour("client", VIP)).toBe("lb1");
    await sleep(50);
    const cut = clock();
    network.cut("lb1");
    await sleep(200);
    await network.ip("lb2", `addr add ${VIP}/32 dev eth0`);
    await network.ip("client", `neigh flush to ${VIP}`);
    await probe.answeredBy("lb2");
    const report = await probe.stop();
    network.heal("lb1");
    expect(report.answers.map(({ by }) => by)).toEqual(["lb1", "lb2"]);
    expect(longestGap(report, 0, cut - 20)).toBeLessThan(20);
    expect(report.gaps.find(({ length }) => length > 150)?.from).toBeGreaterThan(cut - 10);
    expect(longestGap(report)).toBeGreaterThan(190);
    expect(longestGap(report)).toBeLessThan(1500);
  });

  test("the probe works for IPv6", async () => {
    await segment.network.ip("lb2", `addr add ${VIP6}/128 dev eth0 nodad preferred_lft 0`);
    const probe = await segment.probe(VIP6);
    await probe.answeredBy("lb2");
    expect((await probe.stop()).answered).toBeGreaterThan(0);
  });

  test("a pulled cable takes the carrier away", async () => {
    const { network } = segment;
    const carrier = async (): Promise<boolean> =>
      (await network.must("lb1", ["ip", "link", "show", "eth0"])).includes("LOWER_UP");
    expect(await carrier()).toBe(true);
    network.unplug("lb1");
    await eventually("no carrier", async () => !(await carrier()));
    network.plug("lb1");
    await eventually("carrier", carrier);
  });
});

/** A daemon that dies without a word: takeover, `baton release`, and a restart in time or too late. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { longestGap } from "../../support/probe.ts";
import { eventually, sleep } from "../../support/process.ts";
import { VIP } from "../harness.ts";
import { type Cluster, createCluster, INTERVAL, TAKEOVER } from "./cluster.ts";
import { measured } from "./measured.ts";
import { watchAddresses } from "./watch.ts";

describe("the master's daemon is killed", () => {
  let pair: Cluster;
  beforeAll(async () => {
    pair = await createCluster({ echo: true });
  });
  beforeEach(async () => {
    await pair.reset();
    await pair.startWith("lb1");
  });
  afterAll(() => pair?.close());

  test("the backup takes over; the dead one's VIP stays until baton release", async () => {
    const probe = await pair.segment.probe();
    await probe.answeredBy("lb1");
    await pair.daemon("lb1").crash();
    pair.forget("lb1");
    await probe.answeredBy("lb2", TAKEOVER);
    expect((await pair.instance("lb2")).why).toMatch(/^lb1 was silent for/);
    expect(await pair.owners()).toEqual(["lb1", "lb2"]);
    const before = await pair.transitions();
    const { code, stdout } = await pair.release("lb1");
    expect(stdout).toContain(`${VIP}/32 is off eth0`);
    expect(stdout).toContain("the other directors were told that lb1 has let go");
    expect(code).toBe(0);
    expect(await pair.owners()).toEqual(["lb2"]);
    await eventually("the backup hears that lb1 has left", async () => {
      const [view] = (await pair.instance("lb2")).peers;
      return view?.state === "initialize";
    });
    expect(await pair.transitions()).toEqual(before);
    const { answers } = await probe.stop();
    expect(answers.map(({ by }) => by)).toEqual(["lb1", "lb2"]);
  });

  test("release of a living daemon does nothing, and says so", async () => {
    const { code, stdout } = await pair.release("lb1");
    expect(stdout).toMatch(/a living baton \(pid \d+\) holds .*: nothing done/);
    expect(code).toBe(1);
    expect(await pair.owners()).toEqual(["lb1"]);
  });

  test("release where nothing is left says so", async () => {
    await pair.daemon("lb2").running.stop();
    pair.forget("lb2");
    expect(await pair.release("lb2")).toMatchObject({ code: 0 });
    expect(await pair.owners()).toEqual(["lb1"]);
  });

  test("a restart too late: the VIP goes, and the host is backup", async () => {
    await pair.daemon("lb1").crash();
    pair.forget("lb1");
    await pair.settled("lb2");
    const before = await pair.transitions();
    await pair.start("lb1");
    await pair.settled("lb2");
    expect(await pair.state("lb1")).toBe("backup");
    expect(await pair.owners()).toEqual(["lb2"]);
    expect((await pair.transitions())["lb2"]).toBe(before["lb2"]);
  });
});

describe("before anybody gives the dead one up", () => {
  /** Two of them are the time to be back in: Node has to start on a busy machine. */
  const SLOW = 4 * INTERVAL;
  let pair: Cluster;
  beforeAll(async () => {
    pair = await createCluster({ echo: true, config: { heartbeat: { interval: `${SLOW}ms` } } });
    await pair.startWith("lb1");
  });
  afterAll(() => pair?.close());

  test("a restart in time adopts: the peer sees no change, the VIP is never off, no probe is lost", async () => {
    const before = (await pair.daemon("lb2").status()).history.length;
    const watch = await watchAddresses(pair.network, "lb1");
    const probe = await pair.segment.probe();
    await probe.answeredBy("lb1");
    await pair.daemon("lb1").crash();
    await pair.start("lb1");
    await pair.settled("lb1");
    await sleep(4 * SLOW);
    expect((await pair.instance("lb1")).why).toMatch(/restarted in time/);
    expect((await pair.daemon("lb2").status()).history).toHaveLength(before);
    expect(await watch.stop()).toEqual([]);
    expect(await pair.owners()).toEqual(["lb1"]);
    const report = await probe.stop();
    expect(report.answers.map(({ by }) => by)).toEqual(["lb1"]);
    expect(longestGap(report)).toBeLessThan(INTERVAL);
  });

  test("a restart does not adopt when a VIP is gone meanwhile", async () => {
    await pair.daemon("lb1").crash();
    await pair.network.ip("lb1", `addr del ${VIP}/32 dev eth0`);
    await pair.start("lb1");
    await pair.settled();
    expect((await pair.daemon("lb1").status()).history[0]).toMatchObject({ to: "backup" });
  });

  test("release at once lets the backup take over without waiting for silence", async () => {
    const probe = await pair.segment.probe();
    const master = await pair.settled();
    const backup = master === "lb1" ? "lb2" : "lb1";
    await probe.answeredBy(master);
    await pair.daemon(master).crash();
    pair.forget(master);
    expect((await pair.release(master)).code).toBe(0);
    await probe.answeredBy(backup);
    const { why } = await pair.instance(backup);
    expect(why).toBe(`${master} let go and is in state initialize`);
    const report = await probe.stop();
    measured("kill -9, then release: client's gap", [longestGap(report)]);
    expect(await pair.owners()).toEqual([backup]);
  });
});

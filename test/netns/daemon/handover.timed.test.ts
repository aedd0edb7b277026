/** Planned handovers, by command and at the end of a daemon, as a client sees them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { longestGap } from "../../support/probe.ts";
import { eventually, sleep } from "../../support/process.ts";
import { type Cluster, createCluster, INTERVAL } from "./cluster.ts";
import { measured } from "./measured.ts";

/** One after another, so that each handover goes the other way. */
describe("a pair", () => {
  let pair: Cluster;
  beforeAll(async () => {
    pair = await createCluster({ echo: true });
    await pair.startWith("lb1");
  });
  afterAll(() => pair?.close());

  test("hands over when asked, and the client loses a few probes at most", async () => {
    const probe = await pair.segment.probe();
    await probe.answeredBy("lb1");
    const reply = await pair.daemon("lb1").failover();
    expect(reply).toEqual({ done: true, sentence: "web: lb2 has taken over" });
    await probe.answeredBy("lb2");
    await sleep(INTERVAL);
    const report = await probe.stop();
    expect(report.answers.map(({ by }) => by)).toEqual(["lb1", "lb2"]);
    expect(longestGap(report)).toBeLessThan(INTERVAL);
    measured("planned handover, client's gap", [longestGap(report)]);
    expect(await pair.owners()).toEqual(["lb2"]);
    expect((await pair.instance("lb2")).why).toBe("lb1 handed over");
  });

  test("the giver is held, until it is told to resume", async () => {
    const held = await pair.instance("lb1");
    expect(held).toMatchObject({ state: "backup", effectivePriority: 1 });
    expect(held.holdMs).toBeGreaterThan(500_000);
    await eventually("the peer knows", async () => (await viewOf("lb2")).hold);
    expect((await pair.daemon("lb1").failover()).done).toBe(false);
    expect(await pair.daemon("lb1").resume()).toMatchObject({ done: true });
    await eventually("the peer knows", async () => !(await viewOf("lb2")).hold);
    expect(await pair.instance("lb1")).toMatchObject({ state: "backup", effectivePriority: 150 });
  });

  const viewOf = async (name: "lb1" | "lb2"): Promise<{ readonly hold: boolean }> => {
    const [view] = (await pair.instance(name)).peers;
    if (!view) throw new Error(`${name} knows no peer`);
    return view;
  };

  test("a hold outlives the daemon, and ends by itself when the peer dies", async () => {
    await pair.daemon("lb2").failover();
    await pair.settled("lb1");
    expect((await pair.instance("lb2")).holdMs).toBeGreaterThan(500_000);
    await pair.daemon("lb2").running.stop();
    await pair.start("lb2");
    await pair.settled("lb1");
    expect((await pair.instance("lb2")).holdMs).toBeGreaterThan(500_000);
    await pair.daemon("lb1").running.stop();
    pair.forget("lb1");
    await pair.settled("lb2");
    expect((await pair.instance("lb2")).holdMs).toBeUndefined();
    await pair.start("lb1");
    await pair.settled("lb2");
  });

  test("what was answered is remembered, however the daemon ends", async () => {
    await pair.daemon("lb2").failover();
    await pair.settled("lb1");
    await killed("lb2");
    expect((await pair.instance("lb2")).holdMs).toBeGreaterThan(500_000);
    await pair.daemon("lb2").resume();
    await killed("lb2");
    expect((await pair.instance("lb2")).holdMs).toBeUndefined();
    await pair.daemon("lb1").failover();
    await pair.settled("lb2");
    await pair.daemon("lb1").resume();
  });

  async function killed(name: "lb1" | "lb2"): Promise<void> {
    pair.daemon(name).running.kill("SIGKILL");
    await pair.daemon(name).running.ended;
    await pair.start(name);
    await pair.settled("lb1");
  }

  test("SIGTERM to the master is a handover, and the daemon ends with 0", async () => {
    const probe = await pair.segment.probe();
    await probe.answeredBy("lb2");
    expect(await pair.daemon("lb2").running.stop()).toBe(0);
    pair.forget("lb2");
    await probe.answeredBy("lb1");
    await sleep(INTERVAL);
    const report = await probe.stop();
    expect(report.answers.map(({ by }) => by)).toEqual(["lb2", "lb1"]);
    expect(longestGap(report)).toBeLessThan(INTERVAL);
    measured("SIGTERM of the master, client's gap", [longestGap(report)]);
    expect(await pair.owners()).toEqual(["lb1"]);
    expect((await pair.instance("lb1")).why).toBe("lb2 handed over");
  });

  test("nobody is fit: the command is refused, unless it is forced", async () => {
    const reply = await pair.daemon("lb1").failover();
    expect(reply.done).toBe(false);
    expect(reply.sentence).toContain("no other director is fit to take over");
    expect(await pair.owners()).toEqual(["lb1"]);
    const forced = await pair.daemon("lb1").failover({ force: true, holdMs: 60_000 });
    expect(forced).toMatchObject({ done: true });
    expect(await pair.owners()).toEqual([]);
    // Better a director on hold than none.
    await pair.settled("lb1");
  });

  test("SIGTERM to the last one takes the VIP off", async () => {
    expect(await pair.daemon("lb1").running.stop()).toBe(0);
    pair.forget("lb1");
    expect(await pair.owners()).toEqual([]);
  });

  test("six handovers there and back: one owner after each", async () => {
    await pair.startWith("lb1");
    const gaps: number[] = [];
    for (const [from, to] of ["a", "b", "c"].flatMap(() => [
      ["lb1", "lb2"] as const,
      ["lb2", "lb1"] as const,
    ])) {
      const probe = await pair.segment.probe();
      await probe.answeredBy(from);
      expect(await pair.daemon(from).failover()).toMatchObject({ done: true });
      await pair.settled(to);
      await sleep(INTERVAL);
      gaps.push(longestGap(await probe.stop()));
      expect(await pair.owners()).toEqual([to]);
      await pair.daemon(from).resume();
    }
    expect(Math.max(...gaps)).toBeLessThan(INTERVAL);
    measured("planned handovers, client's gaps", gaps);
  });
});

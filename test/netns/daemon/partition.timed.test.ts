/** Hosts that vanish, networks that fall apart and heal, processes that freeze. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { longestGap } from "../../support/probe.ts";
import { clock, eventually, sleep } from "../../support/process.ts";
import { type Cluster, createCluster, INTERVAL, TAKEOVER } from "./cluster.ts";
import { measured } from "./measured.ts";
import { watchAnnouncements } from "./watch.ts";

let pair: Cluster;
beforeAll(async () => {
  pair = await createCluster({ echo: true });
});
beforeEach(async () => {
  await pair.reset();
  await pair.startWith("lb1");
});
afterAll(() => pair?.close());

describe("the master's host vanishes", () => {
  test("the backup serves after the silence; the returned host gives way", async () => {
    const gaps: number[] = [];
    const probe = await pair.segment.probe();
    await probe.answeredBy("lb1");
    const cut = clock();
    pair.network.cut("lb1");
    await probe.answeredBy("lb2", TAKEOVER);
    expect((await pair.instance("lb2")).why).toMatch(/^lb1 was silent for/);
    // Both have it: nobody could tell lb1.
    expect(await pair.owners()).toEqual(["lb1", "lb2"]);
    const took = (await pair.transitions())["lb2"];
    pair.network.heal("lb1");
    const winner = await pair.settled();
    expect(await pair.owners()).toEqual([winner]);
    await sleep(2 * INTERVAL);
    const report = await probe.stop();
    gaps.push(longestGap(report, cut));
    expect(Math.max(...gaps)).toBeLessThan(TAKEOVER);
    expect(report.answers.at(-1)?.by).toBe(winner);
    expect(winner).toBe("lb1");
    expect((await pair.transitions())["lb2"]).toBeLessThanOrEqual((took ?? 0) + 2);
  });

  test("beyond the formula a takeover takes little", async () => {
    const beyond: number[] = [];
    for (let round = 0; round < 3; round++) {
      await pair.settled("lb1");
      await sleep(INTERVAL * Math.random());
      pair.network.cut("lb1");
      await eventually("lb2 serves", async () => (await pair.state("lb2")) === "master");
      const { why } = await pair.instance("lb2");
      const silent = /silent for (?:(\d+)s)?(?:([\d.]+)ms)?/.exec(why);
      beyond.push(Number(silent?.[1] ?? 0) * 1000 + Number(silent?.[2] ?? 0) - 3 * INTERVAL);
      pair.network.heal("lb1");
    }
    measured("takeover after a cut, beyond three intervals of silence", beyond);
  });
});

describe("a partition", () => {
  test("makes two masters, and its end one: the winner announces when the loser let go", async () => {
    await pair.network.partition(["lb1"], ["lb2"]);
    await eventually("both serve", async () => (await pair.owners()).length === 2);
    const announcements = await watchAnnouncements(pair.network, "client");
    const probe = await pair.segment.probe();
    await probe.answeredBy("lb[12]");
    await sleep(INTERVAL);
    const healed = clock();
    await pair.network.healDrops();
    const winner = await pair.settled("lb1");
    const settledAfter = clock() - healed;
    measured("heal to one owner", [settledAfter]);
    expect(await pair.owners()).toEqual(["lb1"]);
    expect((await pair.instance("lb2")).why).toBe("lb1 is master too and goes first");
    await sleep(INTERVAL);
    expect(await pair.network.neighbour("client", "192.168.60.100")).toBe(winner);
    const report = await probe.stop();
    // The client is with the winner within an interval or two, and stays there.
    expect(report.answers.at(-1)?.by).toBe("lb1");
    const since = (report.answers.at(-1)?.at ?? 0) - healed;
    expect(since).toBeLessThan(3 * INTERVAL);
    expect(longestGap(report, healed)).toBeLessThan(2 * INTERVAL);
    const heard = await announcements.stop();
    const last = heard.at(-1);
    expect(last?.mac).toBe(pair.network.mac("lb1"));
    // A burst where the rival was heard to serve, and one when it had let go.
    const mine = heard.filter(({ mac }) => mac === pair.network.mac("lb1"));
    expect(mine.length).toBeGreaterThanOrEqual(5);
  });

  test("heals again and again: the client never stays with the loser", async () => {
    const late: number[] = [];
    for (let round = 0; round < 3; round++) {
      await pair.network.partition(["lb1"], ["lb2"]);
      await eventually("both serve", async () => (await pair.owners()).length === 2);
      const probe = await pair.segment.probe();
      await probe.answeredBy("lb[12]");
      const healed = clock();
      await pair.network.healDrops();
      await pair.settled("lb1");
      await sleep(2 * INTERVAL);
      const report = await probe.stop();
      expect(report.answers.at(-1)?.by).toBe("lb1");
      late.push(Math.max(0, (report.answers.at(-1)?.at ?? 0) - healed));
    }
    measured("heal to the client with the winner", late);
  });
});

describe("a cut in one direction", () => {
  test("the backup does not hear the master: one owner in the end, after the heal too", async () => {
    await pair.network.dropOneWay("lb1", "lb2");
    await sleep(2 * TAKEOVER);
    const owners = await pair.owners();
    expect(owners).toHaveLength(1);
    const before = await pair.transitions();
    await sleep(5 * INTERVAL);
    expect(await pair.transitions()).toEqual(before);
    await pair.network.healDrops();
    await pair.settled();
    expect(await pair.owners()).toHaveLength(1);
  });

  test("the master does not hear the backup: nothing happens", async () => {
    const before = await pair.transitions();
    await pair.network.dropOneWay("lb2", "lb1");
    await sleep(6 * INTERVAL);
    expect(await pair.transitions()).toEqual(before);
    expect(await pair.owners()).toEqual(["lb1"]);
    const { alarms } = await pair.daemon("lb1").status();
    expect(alarms).toContain("lb2 is not heard any more");
    expect((await pair.daemon("lb2").status()).alarms).toContain("lb1 does not hear this director");
    await pair.network.healDrops();
    await pair.settled("lb1");
    expect(await pair.transitions()).toEqual(before);
  });
});

describe("a frozen master", () => {
  test("gives way when it thaws: one owner, no second takeover", async () => {
    const probe = await pair.segment.probe();
    await probe.answeredBy("lb1");
    pair.daemon("lb1").running.kill("SIGSTOP");
    await eventually("lb2 serves", async () => (await pair.state("lb2")) === "master");
    await sleep(2 * INTERVAL);
    const before = (await pair.daemon("lb2").status()).history;
    pair.daemon("lb1").running.kill("SIGCONT");
    await pair.settled("lb2");
    await sleep(4 * INTERVAL);
    expect((await pair.daemon("lb2").status()).history).toHaveLength(before.length);
    expect(await pair.owners()).toEqual(["lb2"]);
    expect((await pair.instance("lb1")).why).toBe("lb2 took over while this host was paused");
    const report = await probe.stop();
    expect(report.answers.at(-1)?.by).toBe("lb2");
  });

  test("for a short time only stays master", async () => {
    const before = await pair.transitions();
    pair.daemon("lb1").running.kill("SIGSTOP");
    await sleep(1.5 * INTERVAL);
    pair.daemon("lb1").running.kill("SIGCONT");
    await sleep(5 * INTERVAL);
    expect(await pair.transitions()).toEqual(before);
    expect(await pair.owners()).toEqual(["lb1"]);
  });

  test("a backup that thaws does not take over", async () => {
    const before = await pair.transitions();
    pair.daemon("lb2").running.kill("SIGSTOP");
    await sleep(6 * INTERVAL);
    pair.daemon("lb2").running.kill("SIGCONT");
    await sleep(4 * INTERVAL);
    expect(await pair.transitions()).toEqual(before);
    expect(await pair.owners()).toEqual(["lb1"]);
  });
});

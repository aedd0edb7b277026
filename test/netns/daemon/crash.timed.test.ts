/** A daemon that dies without a word: takeover, `baton release`, and a restart in time or too late. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { places } from "../../../src/base/places.ts";
import { longestGap } from "../../support/probe.ts";
import { eventually, sleep } from "../../support/process.ts";
import { VIP } from "../harness.ts";
import { type Cluster, createCluster, INTERVAL, TAKEOVER } from "./cluster.ts";
import { measured } from "./measured.ts";
import { watchAddresses } from "./watch.ts";

/** The shells that wait for a director's death: pids. */
function guardsOf(pair: Cluster, name: "lb1" | "lb2"): readonly number[] {
  const mark = `baton-guard\0${places(pair.segment.root(name)).run}\0once\0`;
  const ids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return ids.filter((pid) => commandLine(pid).includes(mark)).map(Number);
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

const killGuards = (pair: Cluster, name: "lb1" | "lb2"): void => {
  for (const pid of guardsOf(pair, name)) process.kill(pid, "SIGKILL");
};

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

  test("nobody starts it again: the guard lets go, says so, and the backup takes over", async () => {
    const probe = await pair.segment.probe();
    await probe.answeredBy("lb1");
    const { running } = pair.daemon("lb1");
    await pair.daemon("lb1").crash();
    pair.forget("lb1");
    await probe.answeredBy("lb2", TAKEOVER);
    expect((await pair.instance("lb2")).why).toMatch(/^lb1 (let go|was silent for)/);
    const said = (what: string): Promise<boolean> =>
      eventually(what, async () => running.stdout().includes(what));
    await said("baton guard: the daemon is dead, and nobody took it up in time");
    expect(await pair.owners()).toEqual(["lb2"]);
    expect(running.stdout()).toContain(`baton guard: ${VIP}/32 is off eth0`);
    await said("the other directors were told that lb1 has let go");
    const before = await pair.transitions();
    expect(await pair.release("lb1")).toMatchObject({ code: 0 });
    await eventually("the backup hears that lb1 has left", async () => {
      const [view] = (await pair.instance("lb2")).peers;
      return view?.state === "initialize";
    });
    expect(await pair.transitions()).toEqual(before);
    const { answers } = await probe.stop();
    expect(answers.map(({ by }) => by)).toEqual(["lb1", "lb2"]);
  });

  test("without a guard the dead one's VIP stays until baton release", async () => {
    await eventually("there is a guard", async () => guardsOf(pair, "lb1").length === 1);
    pair.daemon("lb1").running.kill("SIGSTOP");
    killGuards(pair, "lb1");
    await pair.daemon("lb1").crash();
    pair.forget("lb1");
    await pair.settledOn("lb2");
    expect(await pair.owners()).toEqual(["lb1", "lb2"]);
    const { code, stdout } = await pair.release("lb1");
    expect(stdout).toContain(`${VIP}/32 is off eth0`);
    expect(stdout).toContain("the other directors were told that lb1 has let go");
    expect(code).toBe(0);
    expect(await pair.owners()).toEqual(["lb2"]);
  });

  test("a guard that is killed is started again, and does its work", async () => {
    await eventually("there is a guard", async () => guardsOf(pair, "lb1").length === 1);
    const [first] = guardsOf(pair, "lb1");
    killGuards(pair, "lb1");
    await eventually("another guard", async () => {
      const [second] = guardsOf(pair, "lb1");
      return second !== undefined && second !== first;
    });
    expect(pair.daemon("lb1").running.stdout()).toContain("the guard ended: SIGKILL");
    await pair.daemon("lb1").crash();
    pair.forget("lb1");
    const one = async (): Promise<boolean> => (await pair.owners()).join() === "lb2";
    await eventually("the dead one lets go", one);
  });

  test("/run/baton removed under a living master: put back, and the guard does its work", async () => {
    const { running, places: at } = pair.daemon("lb1");
    rmSync(at.run, { recursive: true });
    const said = "was removed under this daemon: it is put back";
    await eventually("it is noticed", async () => running.stdout().includes(said));
    await eventually("status answers again", async () => (await pair.state("lb1")) === "master");
    const second = await pair.run("lb1");
    expect(second.code).toBe(2);
    expect(second.stderr).toContain("BATON_RUNNING");
    await pair.daemon("lb1").crash();
    pair.forget("lb1");
    await eventually("it lets go", async () => (await pair.owners()).join() === "lb2");
  });

  test("a stop in good order leaves no guard", async () => {
    await pair.daemon("lb1").running.stop();
    pair.forget("lb1");
    const none = async (): Promise<boolean> => guardsOf(pair, "lb1").length === 0;
    await eventually("the guard ends", none);
    expect(pair.daemon("lb2").running.stdout()).not.toContain("nobody took it up");
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

/** Who becomes master when directors start, in every order and number. */
import { afterEach, describe, expect, test } from "vitest";
import { sleep } from "../../support/process.ts";
import {
  type Cluster,
  type ClusterOptions,
  createCluster,
  directorsOf,
  INTERVAL,
  type Yaml,
} from "./cluster.ts";

let cluster: Cluster | undefined;
afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

async function build(options: ClusterOptions = {}): Promise<Cluster> {
  cluster = await createCluster(options);
  return cluster;
}

/** Nothing more moves, and the VIP stays where it is. */
async function expectQuiet(pair: Cluster, master: string): Promise<void> {
  const before = await pair.transitions();
  await sleep(4 * INTERVAL);
  expect(await pair.transitions()).toEqual(before);
  expect(await pair.owners()).toEqual([master]);
}

describe("a pair", () => {
  test("that starts at once elects one, and the other never served", async () => {
    const pair = await build();
    await pair.startAll();
    const master = await pair.settled();
    const backup = master === "lb1" ? "lb2" : "lb1";
    await expectQuiet(pair, master);
    const { history } = await pair.daemon(backup).status();
    expect(history.map(({ to }) => to)).toEqual(["backup"]);
    const { why, peers } = await pair.instance(master);
    expect(why).toMatch(/no master was heard for/);
    expect(peers).toMatchObject([{ director: backup, follows: master, hearsUs: true }]);
  });

  test("one alone serves; a better one that comes later does not preempt", async () => {
    const pair = await build();
    await pair.start("lb2");
    await pair.settled("lb2");
    expect((await pair.daemon("lb2").status()).alarms).toContain("lb1 was never heard");
    await pair.start("lb1");
    await pair.settled("lb2");
    await expectQuiet(pair, "lb2");
  });

  test("with preempt: immediate the better one takes over when it has come", async () => {
    const web: Yaml = { ...WEB, preempt: "immediate" };
    const pair = await build({ config: { instances: { web } } });
    await pair.start("lb2");
    await pair.settled("lb2");
    await pair.start("lb1");
    await pair.settled("lb1");
    expect((await pair.instance("lb1")).why).toMatch(/preempts lb2 with priority 150/);
    await expectQuiet(pair, "lb1");
  });

  test("shares the work: two instances, each with its own favourite", async () => {
    const mail: Yaml = {
      routerId: 52,
      interface: "eth0",
      vips: ["192.168.60.101"],
      priorities: { lb2: 200 },
      preempt: "immediate",
    };
    const web: Yaml = { ...WEB, preempt: "immediate" };
    const pair = await build({ config: { instances: { web, mail } } });
    await pair.startAll();
    await pair.settled("lb1", "web");
    await pair.settled("lb2", "mail");
    expect(await pair.owners()).toEqual(["lb1"]);
    expect(await pair.owners("192.168.60.101")).toEqual(["lb2"]);
    await pair.daemon("lb1").crash();
    pair.forget("lb1");
    await pair.settled("lb2", "web");
    expect(await pair.state("lb2", "mail")).toBe("master");
    const { sinceMs } = await pair.instance("lb2", "mail");
    expect(sinceMs).toBeGreaterThan((await pair.instance("lb2", "web")).sinceMs);
  });
});

const WEB: Yaml = { routerId: 51, interface: "eth0", vips: ["192.168.60.100"] };

describe("three directors", () => {
  test("elect one, and the next best follows when it is gone", async () => {
    const three = await build({ directors: ["lb1", "lb2", "lb3"] });
    await three.startWith("lb1");
    await expectQuiet(three, "lb1");
    three.network.isolate("lb1");
    await three.daemon("lb1").crash();
    three.forget("lb1");
    await three.settled("lb2");
    const { history } = await three.daemon("lb3").status();
    expect(history.map(({ to }) => to)).toEqual(["backup"]);
    await three.daemon("lb2").running.stop();
    three.forget("lb2");
    await three.settled("lb3");
  });

  test("of equal priorities follow the higher address", async () => {
    const directors = directorsOf(["lb1", "lb2", "lb3"], () => ({ priority: 100 }));
    const three = await build({ directors: ["lb1", "lb2", "lb3"], config: { directors } });
    await three.startWith("lb3");
    await three.daemon("lb3").crash();
    three.forget("lb3");
    await three.settled("lb2");
    const { history } = await three.daemon("lb1").status();
    expect(history.map(({ to }) => to)).toEqual(["backup"]);
  });
});

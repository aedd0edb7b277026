/** Doubt: a witness before a takeover, and a master whose interface is up and hears nothing. */
import { afterEach, describe, expect, test } from "vitest";
import { eventually, sleep } from "../../support/process.ts";
import { VIP } from "../harness.ts";
import { type Cluster, type ClusterOptions, createCluster, INTERVAL, TAKEOVER } from "./cluster.ts";
import { measured } from "./measured.ts";

let cluster: Cluster | undefined;
afterEach(async () => {
  await cluster?.close();
  cluster = undefined;
});

/** The client is the witness. */
const WITNESS = { addresses: ["192.168.60.10"], hold: "2s" };
const HOLD = 2000;
const web = { routerId: 51, interface: "eth0", vips: [VIP] };
const TWO_PATHS = {
  lb1: { paths: [{ address: "192.168.60.130" }, { address: "10.99.0.130" }], priority: 150 },
  lb2: { paths: [{ address: "192.168.60.131" }, { address: "10.99.0.131" }], priority: 100 },
};

async function build(options: ClusterOptions): Promise<Cluster> {
  cluster = await createCluster(options);
  await cluster.startWith("lb1");
  // A witness counts when it has answered; a look comes every interval.
  await sleep(4 * INTERVAL);
  return cluster;
}

describe("a takeover with a witness", () => {
  const config = { instances: { web: { ...web, witness: WITNESS } } };

  test("comes at once where the witness answers", async () => {
    const pair = await build({ config });
    const started = performance.now();
    pair.network.cut("lb1");
    await pair.settledOn("lb2");
    expect(performance.now() - started).toBeLessThan(TAKEOVER + INTERVAL);
    expect((await pair.instance("lb2")).why).toMatch(/^lb1 was silent/);
  });

  test("waits where this host hears nobody, says so, and comes after the hold", async () => {
    const pair = await build({ config });
    const started = performance.now();
    pair.network.cut("lb2");
    await sleep(TAKEOVER);
    expect(await pair.state("lb2")).toBe("backup");
    const { alarms } = await pair.daemon("lb2").status();
    expect(alarms).toContain("web: the takeover waits, this host may be cut off on eth0");
    const said = pair.daemon("lb2").running.stdout();
    expect(said).toContain("the takeover waits: no witness answers");
    expect(await pair.owners()).toEqual(["lb1"]);
    await pair.settledOn("lb2");
    const took = performance.now() - started;
    expect(took).toBeGreaterThan(HOLD);
    measured("a takeover in doubt, after its hold", [took]);
    pair.network.heal("lb2");
    await pair.settled("lb1");
  });

  test("a backup that was cut off takes over nothing when it is back", async () => {
    const pair = await build({ config });
    pair.network.cut("lb2");
    await sleep(TAKEOVER);
    pair.network.heal("lb2");
    await pair.settled("lb1");
    expect((await pair.daemon("lb2").status()).history).toHaveLength(1);
  });
});

describe("a master whose interface hears nothing", () => {
  const deafen = async (pair: Cluster, host: "lb1" | "lb2", ...from: string[]): Promise<void> => {
    for (const other of from) await pair.network.dropOneWay(other, host);
  };
  const options = (witness: object): ClusterOptions => ({
    sync: true,
    config: { directors: TWO_PATHS, instances: { web: { ...web, ...witness } } },
  });

  test.each([
    ["with a witness", { witness: WITNESS }],
    ["without one, while clients are about", {}],
  ])("hands over by the path that works, %s", async (name, witness) => {
    const pair = await build(options(witness));
    // A client that asks by broadcast, as clients do that are not answered: more than one frame a
    // second, which might be a director's own question.
    const asks = `while :; do ip neigh flush dev eth0
      for host in 97 98 99; do ping -c1 -W1 192.168.60.$host & done; wait
    done`;
    const client = pair.network.spawn("client", ["sh", "-c", `{ ${asks}; } >/dev/null 2>&1`]);
    await sleep(1500);
    const started = performance.now();
    await deafen(pair, "lb1", "client", "lb2");
    await eventually("lb2 serves", async () => (await pair.owners()).join() === "lb2", {
      timeout: 10_000,
    });
    measured(`a deaf interface, ${name}: until the other serves`, [performance.now() - started]);
    expect((await pair.instance("lb1")).why).toMatch(/nothing is heard on the interface any more/);
    const { alarms } = await pair.daemon("lb1").status();
    expect(alarms).toContain("web: nothing is heard on eth0 any more");
    const before = await pair.transitions();
    await sleep(3000);
    expect(await pair.transitions()).toEqual(before);
    await client.stop();
  });

  test("stays where the other one hears nothing either", async () => {
    const pair = await build(options({ witness: WITNESS }));
    const before = await pair.transitions();
    await deafen(pair, "lb1", "client", "lb2");
    await deafen(pair, "lb2", "client", "lb1");
    await sleep(7000);
    expect(await pair.transitions()).toEqual(before);
    expect(await pair.owners()).toEqual(["lb1"]);
    await pair.network.healDrops();
  });
});

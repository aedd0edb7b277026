/** How VIPs are put on, and how a start waits, where the file says so. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, createCluster } from "./cluster.ts";

const WIDE = "10.44.0.1";
const NEAR = "10.45.0.1";

let alone: Cluster;
beforeAll(async () => {
  const vips = [
    { address: `${WIDE}/24`, broadcast: "10.44.0.255", noPrefixRoute: true },
    { address: NEAR, scope: "link" },
  ];
  const instances = { web: { routerId: 51, interface: "eth0", vips } };
  alone = await createCluster({
    directors: ["lb1"],
    config: { instances, startDelay: "1s", heartbeat: { interval: "1s" } },
  });
});
afterAll(() => alone?.close());

const shown = (address: string): Promise<string> =>
  alone.network.must("lb1", ["ip", "-o", "addr", "show", "to", address]);

test("a start waits, in fault and with words, and then serves", async () => {
  await alone.start("lb1");
  await expect.poll(() => alone.state("lb1")).toBe("fault");
  const { faults } = await alone.instance("lb1");
  expect(faults).toEqual(["baton waits after its start (startDelay)"]);
  await alone.settledOn("lb1");
});

test("VIPs stand as the file says, under the interface's own name", async () => {
  expect(await shown(WIDE)).toMatch(/brd 10\.44\.0\.255 scope global noprefixroute eth0\\/);
  expect(await shown(NEAR)).toMatch(/scope link eth0\\/);
  expect(await alone.network.must("lb1", ["ip", "route"])).not.toContain("10.44.0.0/24");
});

test("what is adopted does not wait", async () => {
  await alone.daemon("lb1").crash();
  await alone.start("lb1");
  await expect.poll(() => alone.state("lb1")).toBe("master");
  expect((await alone.instance("lb1")).why).toContain("restarted in time");
});

/** VIPs with a lifetime: the kernel takes them from a daemon that does not run. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { longestGap } from "../../support/probe.ts";
import { eventually, sleep } from "../../support/process.ts";
import { VIP, VIP6 } from "../harness.ts";
import { type Cluster, createCluster } from "./cluster.ts";
import { measured } from "./measured.ts";

const LEASE_MS = 2000;
/** The kernel looks at lifetimes once in a while. */
const KERNEL_MS = 2500;

let alone: Cluster;
const web = { routerId: 51, interface: "eth0", vips: [VIP, VIP6] };

beforeAll(async () => {
  const config = { vipLease: `${LEASE_MS}ms`, instances: { web } };
  alone = await createCluster({ directors: ["lb1"], echo: true, ipv6: true, config });
  await alone.start("lb1");
  await alone.settledOn("lb1");
});
afterAll(() => alone?.close());

const holds = async (): Promise<readonly boolean[]> =>
  await Promise.all([VIP, VIP6].map((vip) => alone.network.holds("lb1", vip)));

test("renewed in time they stand, and clients notice nothing", async () => {
  const probe = await alone.segment.probe();
  await probe.answeredBy("lb1");
  await sleep(2 * LEASE_MS);
  expect(longestGap(await probe.stop())).toBeLessThan(LEASE_MS / 10);
  expect(await holds()).toEqual([true, true]);
  expect((await alone.daemon("lb1").status()).repairs).toEqual([]);
});

test("a frozen daemon loses them, and has them back when it thaws", async () => {
  const { running } = alone.daemon("lb1");
  running.kill("SIGSTOP");
  const frozen = performance.now();
  await eventually("the VIPs are gone", async () => !(await holds()).includes(true), {
    timeout: LEASE_MS + KERNEL_MS,
    interval: 20,
  });
  measured("a frozen daemon: the VIPs stood for", [performance.now() - frozen]);
  running.kill("SIGCONT");
  await alone.settledOn("lb1");
  expect(await holds()).toEqual([true, true]);
});

test("without a lease in the file they are for ever again", async () => {
  alone.configure({ instances: { web } });
  await alone.daemon("lb1").crash();
  await alone.start("lb1");
  await alone.settledOn("lb1");
  await sleep(LEASE_MS + KERNEL_MS);
  expect(await holds()).toEqual([true, true]);
  const text = await alone.network.must("lb1", ["ip", "addr", "show", "dev", "eth0", "to", VIP]);
  expect(text).toContain("valid_lft forever");
});

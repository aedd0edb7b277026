/** Routes and rules that stand where the instance is master, and nowhere else. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../support/process.ts";
import { VIP } from "../harness.ts";
import { type Cluster, createCluster, type DirectorName } from "./cluster.ts";

const GATEWAY = "192.168.60.10";

let pair: Cluster;
beforeAll(async () => {
  const web = {
    routerId: 51,
    interface: "eth0",
    vips: [VIP],
    routes: [
      { to: "10.50.0.0/16", via: GATEWAY, source: VIP, metric: 7 },
      { to: "default", via: GATEWAY, interface: "eth0", table: 100 },
      { to: "10.51.0.0/24", type: "blackhole", table: 100, source: VIP },
      { to: "fd00:77::/64", interface: "eth0" },
    ],
    rules: [
      { from: "10.60.0.0/24", table: 100, priority: 1000 },
      { mark: 7, family: "ipv6", table: 100, priority: 1001 },
    ],
  };
  pair = await createCluster({ ipv6: true, config: { instances: { web } } });
  await pair.startWith("lb1");
});
afterAll(() => pair?.close());

const ROUTES = [
  `10.50.0.0/16 via ${GATEWAY} dev eth0 proto 112 src ${VIP} metric 7`,
  `default via ${GATEWAY} dev eth0 table 100 proto 112`,
  `blackhole 10.51.0.0/24 table 100 proto 112 src ${VIP}`,
  "fd00:77::/64 dev eth0 proto 112 metric 1024 pref medium",
];
const RULES = [
  "1000: from 10.60.0.0/24 lookup 100 proto 112",
  "1001: from all fwmark 0x7 lookup 100 proto 112",
];

async function ours(host: DirectorName): Promise<readonly string[]> {
  const show = ["route", "show", "table", "all"];
  const texts = await Promise.all([
    pair.network.must(host, ["ip", "-4", ...show]),
    pair.network.must(host, ["ip", "-6", ...show]),
    pair.network.must(host, ["ip", "-4", "rule"]),
    pair.network.must(host, ["ip", "-6", "rule"]),
  ]);
  const lines = texts.join("\n").split("\n");
  return lines
    .map((line) => line.replaceAll(/\s+/g, " ").trim())
    .filter((line) => line.includes("proto 112"));
}

const stands = (host: DirectorName): Promise<unknown> =>
  eventually(`all of it on ${host}`, async () => {
    const found = await ours(host);
    return [...ROUTES, ...RULES].every((line) => found.includes(line));
  });

const gone = (host: DirectorName): Promise<unknown> =>
  eventually(`nothing of it on ${host}`, async () => (await ours(host)).length === 0);

test("they stand on the master alone", async () => {
  await stands("lb1");
  await gone("lb2");
});

test("somebody takes them: they are back, and it is told", async () => {
  await pair.network.ip("lb1", "route del 10.50.0.0/16", "rule del priority 1000");
  await stands("lb1");
  const { repairs } = await pair.daemon("lb1").status();
  expect(repairs.map(({ what }) => what)).toEqual([
    "route 10.50.0.0/16 of table 254 was missing",
    "rule 1000 to table 100 was missing",
  ]);
});

test("a handover takes them along", async () => {
  await pair.daemon("lb1").failover();
  await stands("lb2");
  await gone("lb1");
});

test("what a dead daemon left is taken off by its guard", async () => {
  await pair.daemon("lb2").crash();
  pair.forget("lb2");
  await pair.settledOn("lb1");
  await stands("lb1");
  await gone("lb2");
});

test("and by the next daemon, where a guard could not", async () => {
  const table = ["table", "100", "proto", "112"].join(" ");
  await pair.network.ip("lb2", `route add default via ${GATEWAY} dev eth0 ${table}`);
  await pair.start("lb2");
  await gone("lb2");
});

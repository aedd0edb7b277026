/** The virtual MAC beside a real keepalived that has it too. */
import { afterEach, expect, test } from "vitest";
import { createMixed, type Mixed, type MixedOptions, ROUTER_ID } from "../../support/mixed.ts";
import { eventually } from "../../support/process.ts";

const OPTIONS: MixedOptions = {
  version: 3,
  family: 4,
  interval: 100,
  priorities: { baton: 150, keepalived: 100 },
  vmac: true,
};
const LINK = `vrrp.${ROUTER_ID}`;
const MAC = "00:00:5e:00:01:33";

let mixed: Mixed | undefined;
afterEach(async () => {
  await mixed?.close();
  mixed = undefined;
});

const create = async (changes: Partial<MixedOptions>): Promise<Mixed> => {
  mixed = await createMixed({ ...OPTIONS, ...changes });
  return mixed;
};

test("one owner all along, and the client's neighbour keeps the MAC", async () => {
  const pair = await create({});
  // keepalived leaves it at 0: its answers begin with a question that names the VIP by its own MAC.
  const announce = ["sysctl", "-qw", "net.ipv4.conf.eth0.arp_announce=2"];
  await pair.network.must(pair.hosts.keepalived, announce);
  await pair.start("keepalived");
  await pair.servedBy("keepalived");
  await learn(pair, MAC);
  await pair.start("baton");
  await pair.servedBy("baton");
  await learn(pair, MAC);
  expect(await linkOf(pair, "baton")).toContain(`link/ether ${MAC}`);
  expect((await pair.instance()).vrrp?.vmac).toEqual({ interface: LINK, mac: MAC });
  await pair.stop("baton");
  await pair.servedBy("keepalived");
  await learn(pair, MAC);
  expect(await linkOf(pair, "baton")).toBe("");
  await pair.start("baton");
  await pair.servedBy("baton");
  await pair.kill("baton");
  await pair.servedBy("keepalived");
  await eventually("the dead one's link is gone", async () => (await linkOf(pair, "baton")) === "");
});

test("over IPv6, too", async () => {
  const pair = await create({ family: 6 });
  await pair.start("keepalived");
  await pair.servedBy("keepalived");
  await pair.start("baton");
  await pair.servedBy("baton");
  await learn(pair, "00:00:5e:00:02:33");
  await pair.stop("baton");
  await pair.servedBy("keepalived");
});

test("a master hears a better one that speaks by its own MAC", async () => {
  const pair = await create({ priorities: { baton: 100, keepalived: 150 } });
  await pair.start("keepalived");
  await pair.servedBy("keepalived");
  await pair.start("baton");
  await pair.network.partition(["lb1"], ["lb2"]);
  await eventually("both hold it", async () => (await pair.owners()).length === 2, {
    timeout: 5000,
  });
  await pair.network.healDrops();
  await pair.servedBy("keepalived");
});

/** The client speaks with the VIP, and knows it by this MAC afterwards. */
async function learn(pair: Mixed, mac: string): Promise<void> {
  await pair.network.must("client", ["ping", "-c", "1", "-W", "2", pair.vip]);
  const entry = await pair.network.must("client", ["ip", "neigh", "show", pair.vip]);
  expect(entry).toContain(`lladdr ${mac}`);
}

const linkOf = async (pair: Mixed, side: "baton" | "keepalived"): Promise<string> => {
  const found = await pair.network.exec(pair.hosts[side], ["ip", "link", "show", LINK]);
  return found.stdout;
};

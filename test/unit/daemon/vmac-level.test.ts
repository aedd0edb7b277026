/** The links of virtual MACs in a kernel of the test's own. */
import { beforeEach, expect, test } from "vitest";
import type { DesiredVmac } from "../../../src/core/types.ts";
import { VmacLevel } from "../../../src/daemon/vmac-level.ts";
import type { LinkChange, Rtnl } from "../../../src/os/rtnl.ts";
import type { Mac } from "../../../src/wire/link/ethernet.ts";
import type { Link } from "../../../src/wire/rtnl/link.ts";

const MAC = "00:00:5e:00:01:33" as Mac;
const VMAC: DesiredVmac = {
  name: "vrrp.51",
  base: "eth0",
  mac: MAC,
  up: false,
  ipv6: false,
  hearsOwner: false,
};
const UP = { ...VMAC, up: true };

const link = (index: number, name: string, changes: Partial<Link>): Link => ({
  index,
  name,
  up: false,
  running: false,
  loopback: false,
  multicast: true,
  mac: undefined,
  mtu: 1500,
  kind: undefined,
  master: undefined,
  lower: undefined,
  ...changes,
});

let links: Map<string, Link>;
let done: string[];
let told: string[];
/** The answer to the next change. */
let errno: number;
let level: VmacLevel;

beforeEach(() => {
  links = new Map([["eth0", link(2, "eth0", { up: true })]]);
  done = [];
  told = [];
  errno = 0;
  level = levelOf([VMAC]);
});

const levelOf = (managed: readonly DesiredVmac[]): VmacLevel =>
  new VmacLevel({
    network: {
      link: (name) => links.get(name),
      rtnl: { changeLink: (change: LinkChange) => Promise.resolve(carryOut(change)) } as Rtnl,
      refresh: () => Promise.resolve(),
    },
    managed,
    onRepaired: (what) => told.push(`repaired: ${what}`),
    onTrouble: (sentence) => told.push(sentence),
    onRefused: ({ name }, why) => told.push(`${name}: ${why}`),
  });

function carryOut(change: LinkChange): number {
  if (errno !== 0) return errno;
  if (change.kind === "add") {
    const { name, lower, mac } = change.link;
    done.push(`add ${name} over ${lower}`);
    links.set(name, link(7 + done.length, name, { kind: "macvlan", lower, mac }));
    return 0;
  }
  const found = [...links.values()].find(({ index }) => index === change.index);
  if (!found) return 19;
  if (change.kind === "remove") links.delete(found.name);
  else links.set(found.name, { ...found, up: change.up });
  done.push(`${found.name} ${change.kind === "remove" ? "gone" : change.up ? "up" : "down"}`);
  return 0;
}

test("is made at the start, up while it is wanted up, and gone at the end", async () => {
  await level.request([VMAC]);
  await level.clear();
  expect(done).toEqual(["add vrrp.51 over 2"]);
  await level.request([UP]);
  await level.request([UP]);
  await level.request([VMAC]);
  await level.request([]);
  await level.clear();
  expect(done.slice(1)).toEqual(["vrrp.51 up", "vrrp.51 down", "vrrp.51 gone"]);
  expect(told).toEqual([]);
});

test("what an earlier run left is taken up", async () => {
  links.set("vrrp.51", link(5, "vrrp.51", { kind: "macvlan", mac: MAC, lower: 2, up: true }));
  await level.request([UP]);
  await level.clear();
  expect(done).toEqual([]);
});

test("what an earlier configuration had goes", async () => {
  links.set("old", link(5, "old", { kind: "macvlan", mac: MAC, lower: 2 }));
  level = levelOf([VMAC, { ...VMAC, name: "old" }]);
  await level.request([VMAC]);
  await level.clear();
  expect(done).toEqual(["add vrrp.51 over 2", "old gone"]);
});

test("somebody who removes it or puts it down is answered", async () => {
  await level.request([UP]);
  links.delete("vrrp.51");
  await level.again();
  const made = links.get("vrrp.51");
  if (made) links.set("vrrp.51", { ...made, up: false });
  await level.again();
  expect(done.slice(2)).toEqual(["add vrrp.51 over 2", "vrrp.51 up", "vrrp.51 up"]);
  expect(told).toEqual(["repaired: vrrp.51 was missing"]);
});

test.each<[string, Partial<Link>, string]>([
  ["another kind", { kind: "veth", mac: MAC }, "it is a veth with the MAC 00:00:5e:00:01:33, not"],
  [
    "another MAC",
    { kind: "macvlan", mac: "02:00:00:00:00:01" as Mac, lower: 2 },
    "it is a macvlan",
  ],
  ["another base", { kind: "macvlan", mac: MAC, lower: 4 }, "it is not over eth0"],
])("a link of %s is refused, and stays as it is", async (_, changes, why) => {
  links.set("vrrp.51", link(5, "vrrp.51", changes));
  await level.request([UP]);
  expect(told).toHaveLength(1);
  expect(told[0]).toContain(`vrrp.51: ${why}`);
  expect(done).toEqual([]);
  if (changes.kind !== "veth") return;
  await level.request([]);
  await level.clear();
  expect(done).toEqual([]);
});

test("over a macvlan it stands beside that, where the kernel puts it", async () => {
  links.set("eth0", link(2, "eth0", { up: true, kind: "macvlan", lower: 9 }));
  links.set("vrrp.51", link(5, "vrrp.51", { kind: "macvlan", mac: MAC, lower: 9 }));
  await level.request([UP]);
  expect([told, done]).toEqual([[], ["vrrp.51 up"]]);
});

test("waits for its base, and says what the kernel refuses", async () => {
  const base = links.get("eth0");
  links.delete("eth0");
  await level.request([UP]);
  expect({ done, told }).toEqual({ done: [], told: [] });
  if (base) links.set("eth0", base);
  errno = 95;
  await level.again();
  expect(told).toEqual(["vrrp.51: it can not be made: EOPNOTSUPP"]);
  errno = 0;
  await level.again();
  expect(done).toEqual(["add vrrp.51 over 2", "vrrp.51 up"]);
});

/** What baton makes of a keepalived.conf in a real IPVS table, beside keepalived itself. */
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { bootLab, type LabResult } from "./boot.ts";

const CONF = fileURLToPath(new URL("./guest/import.conf", import.meta.url));
const TIMEOUT = 100_000;

interface Observed {
  readonly table: readonly string[];
  readonly timeouts: string;
  readonly daemon: string;
  readonly vips: readonly string[];
}

let lab: LabResult;
let keepalived: Observed;
let baton: Observed;
beforeAll(async () => {
  lab = await bootLab({ script: "./guest/import.ts", args: [CONF], timeout: TIMEOUT });
  const by = (kind: string): Observed =>
    lab.events.find((event) => event.kind === kind) as unknown as Observed;
  expect(lab.code, lab.output + JSON.stringify(lab.events.at(-1))).toBe(0);
  [keepalived, baton] = [by("keepalived"), by("baton")];
}, TIMEOUT + 10_000);

test("the same services, schedulers, flags, servers, forwarding and weights", () => {
  // Servers that failed are out, or in at weight 0; fallbacks and quorums have done their work.
  expect(keepalived.table).toHaveLength(51);
  expect(keepalived.table.filter((line) => line.includes("192.168.60.137"))).toHaveLength(2);
  expect(keepalived.table.filter((line) => line.includes("192.168.60.140"))).toHaveLength(1);
  expect(baton.table).toEqual(keepalived.table);
});

test("the same time-outs and sync daemon", () => {
  expect(keepalived.timeouts).toContain("800 60 200");
  expect(keepalived.daemon).toContain("master sync daemon (mcast=eth1, syncid=51, maxlen=1400");
  expect(baton.timeouts).toBe(keepalived.timeouts);
  expect(baton.daemon).toBe(keepalived.daemon);
});

test("the same addresses on the interface", () => {
  expect(keepalived.vips).toContain("inet 192.168.60.101/32 scope link eth0");
  expect(keepalived.vips.join()).toContain("fd00:60::100/128");
  // An address with all bits of prefix has no route of a prefix: the flag changes nothing.
  const plain = (vips: readonly string[]): readonly string[] =>
    vips.map((vip) => vip.replace(/(\/128 .*) noprefixroute$/, "$1"));
  expect(plain(baton.vips)).toEqual(plain(keepalived.vips));
});

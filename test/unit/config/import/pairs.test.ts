/** Two files of one pair that do not agree: each difference has a word, nothing is chosen silently. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { importTexts, type Result } from "./read.ts";

interface Router {
  readonly id: number;
  readonly vip: string;
  readonly more?: string;
}

const router = (name: string, { id, vip, more = "" }: Router, priority: number): string =>
  `vrrp_instance ${name} {\nstate MASTER\ninterface eth0\nvirtual_router_id ${id}\n` +
  `priority ${priority}\nvirtual_ipaddress {\n${vip}\n}\n${more}\n}\n`;

const service = (servers: readonly string[], where = "192.168.60.100 80"): string =>
  `virtual_server ${where} {\nprotocol TCP\nlb_algo sh\nlb_kind DR\n` +
  `${servers.map((one) => `real_server 10.0.0.${one} 80 {\nweight 1\n}\n`).join("")}}\n`;

const pair = (first: string, second: string): Result =>
  importTexts({ "a.conf": first, "b.conf": second });
const WEB: Router = { id: 51, vip: "192.168.60.100" };
const one = router("web", WEB, 150);

/** What is told of the lines of a file beside "taken", by their words. */
const told = ({ lines }: Result, file: string): readonly string[] =>
  lines
    .filter(({ origin, reasons }) => origin.file === file && reasons.length > 0)
    .map(({ origin, verdict, reasons }) => `${origin.text}: ${verdict}: ${reasons.join()}`)
    .filter((line) => !line.startsWith("state MASTER"));

describe("keepalived.conf", () => {
  test.each<[string, string, string, readonly string[], readonly string[]]>([
    [
      "other VIPs",
      one,
      router("web", { ...WEB, vip: "192.168.60.101" }, 100),
      ["192.168.60.100: undecided: only lb1's file says it, not lb2's"],
      ["192.168.60.101: undecided: only lb2's file says it, not lb1's"],
    ],
    [
      "the same priority",
      one,
      one,
      [],
      [
        "priority 150: taken: equal on both: the director with the higher address is master, as there",
      ],
    ],
    [
      "another order of servers",
      one + service(["1", "2"]),
      router("web", WEB, 100) + service(["2", "1"]),
      [],
      [
        "real_server 10.0.0.2 80: changed: another order than in lb1's file, which counts: a hash goes by it",
      ],
    ],
    [
      "version 2 and version 3",
      one,
      `global_defs {\nvrrp_version 3\n}\n${router("web", WEB, 100)}`,
      [],
      ["vrrp_instance web: undecided: version is 3 here, and 2 in lb1's file, which counts"],
    ],
    [
      "names that stand for the other router",
      router("A", WEB, 150) + router("B", { id: 52, vip: "192.168.60.101" }, 150),
      router("A", { id: 52, vip: "192.168.60.101" }, 100) + router("B", WEB, 100),
      [],
      [
        "vrrp_instance A: changed: is called B, by the first file",
        "vrrp_instance B: changed: is called A, by the first file",
      ],
    ],
    [
      "one router id in two families",
      router("A", WEB, 150) + router("A6", { id: 51, vip: "fd00::100" }, 150),
      router("B6", { id: 51, vip: "fd00::100" }, 100) + router("B", WEB, 100),
      [],
      [
        "vrrp_instance B6: changed: is called A6, by the first file",
        "vrrp_instance B: changed: is called A, by the first file",
      ],
    ],
    [
      "a name that is taken by another router",
      router("web", WEB, 150) + router("mail", { id: 60, vip: "192.168.60.110" }, 150),
      router("mail", WEB, 100),
      ["vrrp_instance mail: undecided: only lb1's file says it, not lb2's"],
      ["vrrp_instance mail: changed: is called web, by the first file"],
    ],
    [
      "a service by another name",
      `${one}virtual_server_group g {\n192.168.60.100 80\n}\n${service(["1"], "group g")}`,
      router("web", WEB, 100) + service(["1", "2"]),
      [],
      [
        "virtual_server 192.168.60.100 80: changed: is called g, by the first file",
        "real_server 10.0.0.2 80: undecided: only lb2's file says it, not lb1's",
      ],
    ],
  ])("%s", (...[, first, second, ofFirst, ofSecond]) => {
    const found = pair(first, second);
    expect(told(found, "a.conf")).toEqual(ofFirst);
    expect(told(found, "b.conf")).toEqual(ofSecond);
  });

  test("a group by another name, and one that only one file has", () => {
    const both = one + router("mail", { id: 60, vip: "192.168.60.110" }, 150);
    const group = (name: string): string => `vrrp_sync_group ${name} {\ngroup {\nweb\nmail\n}\n}\n`;
    expect(told(pair(both + group("x"), both + group("y")), "b.conf").join()).toContain(
      "web: undecided: group is y here, and x in lb1's file, which counts",
    );
    expect(told(pair(both + group("x"), both), "a.conf")).toEqual([
      "web: undecided: only lb1's file says it, not lb2's",
      "mail: undecided: only lb1's file says it, not lb2's",
    ]);
  });

  test("a peer that is nobody's address, and 255 on both", () => {
    const more = (own: string, peer: string): string =>
      `unicast_src_ip 192.168.60.${own}\nunicast_peer {\n192.168.60.${peer}\n}`;
    const peers = pair(
      router("web", { ...WEB, more: more("130", "131") }, 150),
      router("web", { ...WEB, more: more("133", "130") }, 100),
    );
    expect(told(peers, "a.conf")).toEqual([
      "192.168.60.131: undecided: no director is 192.168.60.131: lb1 is 192.168.60.130, lb2 is 192.168.60.133",
    ]);
    const owners = pair(router("web", WEB, 255), router("web", WEB, 255));
    expect(owners.yaml).not.toContain("priorities");
    expect(told(owners, "b.conf").join()).toContain("255 is for the owner of a VIP");
  });
});

test("two copies of lvs.cf that name another backup", () => {
  const text = readFileSync(new URL("files/lvs.cf", import.meta.url), "utf8");
  const other = text.replace("192.168.60.131", "192.168.60.133");
  const { of, config } = importTexts({ "a/lvs.cf": text, "b/lvs.cf": other });
  expect(config.directors[1]?.paths[0]?.address).toBe("192.168.60.133");
  expect(of("backup = 192.168.60.131")).toMatchObject({
    verdict: "undecided",
    reasons: [
      "backup is 192.168.60.131 here; the other file, or --director, says 192.168.60.133, which counts",
    ],
  });
});

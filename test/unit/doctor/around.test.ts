/** Rules about what is around: programs, network managers, the host itself, what check finds. */
import { describe, expect, test } from "vitest";
import type { Ip } from "../../../src/base/ip.ts";
import { warning } from "../../../src/config/report.ts";
import { sortFindings } from "../../../src/doctor/examine.ts";
import { seen, unseen } from "../../../src/doctor/facts.ts";
import { commandOf } from "../../../src/doctor/finding.ts";
import { problemFinding } from "../../../src/doctor/rules/problems.ts";
import { answer, differences, FILE, find, findings, MACS, VIP } from "./pair.ts";

describe("other programs and the host itself", () => {
  const running = (...names: readonly string[]): object => ({
    processes: names.map((name, i) => ({ pid: 100 + i, name, words: [`/usr/sbin/${name}`] })),
  });

  test.each([
    [running("keepalived", "keepalived"), ["error program-active"]],
    [running("pulse", "lvsd"), ["error program-active", "error program-active"]],
    [running("corosync"), ["warning program-active"]],
    [running("dhcpcd"), ["note dhcpcd"]],
    [running("connmand", "wickedd"), ["note connman", "note wicked"]],
    [
      { processes: [{ pid: 7, name: "perl", words: ["/usr/bin/perl", "/usr/sbin/ldirectord"] }] },
      ["error program-active"],
    ],
    [
      {
        processes: [7, 8].map((pid) => ({
          pid,
          name: "node",
          words: ["/usr/bin/node", "/usr/bin/baton", "run"],
        })),
      },
      ["error two-batons"],
    ],
    [{ uid: 1000 }, ["note not-root"]],
    [{ clock: seen({ synchronised: false, by: "timedatectl" }) }, ["note clock"]],
    [{ clock: unseen("nobody knows") }, ["note clock-unjudged"]],
    [{ space: [{ path: "/run", freeBytes: 9e6, freeFiles: 1000 }] }, ["warning space"]],
    [{ space: [{ path: "/run", freeBytes: 9e3, freeFiles: 1000 }] }, ["error space"]],
    [{ space: [{ path: "/run", freeBytes: 9e9, freeFiles: 3 }] }, ["error space"]],
    [{ secret: seen({ path: "/etc/key", shortest: 8 }) }, ["warning secret-short"]],
    [{ secret: unseen("it is not for this user") }, ["note secret-unjudged"]],
  ])("%#: %j", (changes, expected) => {
    expect(differences(changes)).toEqual(expected);
  });

  test("network managers", () => {
    const by = (manager: string, keeps: boolean, file?: string): object => ({
      managed: [{ link: "eth0", manager, keeps, file }],
    });
    expect(differences(by("NetworkManager", false))).toEqual(["note network-manager"]);
    expect(differences(by("ifupdown", false))).toEqual(["note ifupdown"]);
    expect(differences(by("systemd-networkd", true))).toEqual([]);
    expect(differences(by("systemd-networkd", false))).toEqual(["warning networkd"]);
    const netplan = "/run/systemd/network/10-netplan-eth0.network";
    const all = findings(by("systemd-networkd", false, netplan));
    expect(find(all, "networkd").remedy).toBe("In netplan: critical: true for eth0; netplan apply");
  });
});

test("networkd and the routes of an instance", () => {
  const routes = "routes: [{ to: 10.50.0.0/16, via: 192.168.60.1 }]";
  const file = FILE.replace("vips: [192.168.60.100]", `vips: [192.168.60.100], ${routes}`);
  const networkd = { takesRoutes: true, takesRules: true };
  expect(differences({ networkd }, file)).toEqual(["warning networkd-routes"]);
  expect(differences({ networkd: { ...networkd, takesRoutes: false } }, file)).toEqual([]);
  expect(differences({ networkd })).toEqual([]);
});

test("a stranger is named by what the neighbour cache has of it", () => {
  const answers = [answer(VIP, [MACS.stranger])];
  const neighbours = [{ address: "192.168.60.55" as Ip, mac: MACS.stranger }];
  expect(find(findings({ answers, neighbours }), "vip-foreign").seen).toContain(
    "02:00:00:00:99:00 (192.168.60.55) answers for 192.168.60.100",
  );
});

describe("multicast", () => {
  const group = FILE.replace("heartbeat: {", "heartbeat: { multicast: 239.255.81.12,");

  test("switches can not be seen, bridges can", () => {
    expect(find(findings({}, group), "igmp-snooping").severity).toBe("note");
    const bridge = { interface: "eth0", bridge: "br0", snooping: true, querier: false };
    expect(differences({ bridges: [bridge] }, group)).toEqual(["warning igmp-no-querier"]);
    expect(differences({ bridges: [{ ...bridge, querier: true }] }, group)).toEqual([]);
    expect(differences({ bridges: [bridge] })).toEqual([]);
  });
});

test("an interface with a dot in its name is written with slashes", () => {
  const name = "net.ipv4.conf.eth0.100.rp_filter";
  expect(commandOf({ kind: "sysctl", name, value: "2" })).toBe(
    "sysctl -w net/ipv4/conf/eth0.100/rp_filter=2",
  );
});

test("the worst theme comes first, and the worst in it", () => {
  const sorted = sortFindings(findings({ uid: 1000, answers: [answer(VIP, [MACS.stranger])] }));
  expect(sorted[0]).toMatchObject({ theme: "segment", code: "vip-foreign" });
  const ranks = sorted.filter(({ theme }) => theme === "host").map(({ severity }) => severity);
  expect(ranks).toEqual(ranks.toSorted((a, b) => (a === "ok" ? 1 : 0) - (b === "ok" ? 1 : 0)));
});

describe("problems of the file and the host, as check finds them", () => {
  test.each([
    [["instances", "web", "interface"], "BATON_CONFIG", "interfaces"],
    [["instances", "web", "vips", 0], "BATON_CONFIG", "addresses"],
    [["connectionSync", "interface"], "BATON_CONFIG", "interfaces"],
    [["services", "http", "servers", 0], "BATON_CONFIG", "configuration"],
    [["heartbeat", "secretFile"], "BATON_SECRET", "host"],
    [[], "BATON_ROOT", "rights"],
  ] as const)("%j %s: %s", (place, code, theme) => {
    const problem = warning(place, "something", {
      code,
      remedy: "Do it.",
      at: { line: 3, column: 7 },
    });
    const found = problemFinding(problem, "baton.yaml");
    expect(found).toMatchObject({ severity: "warning", code, theme, remedy: "Do it." });
    expect(found.seen).toMatch(/^baton\.yaml:3:7: .*something$/);
  });
});

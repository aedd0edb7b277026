/** Each rule on a host that fits, and on one that does not. */
import { describe, expect, test } from "vitest";
import { seen, unseen } from "../../../src/doctor/facts.ts";
import { exitOf } from "../../../src/doctor/finding.ts";
import {
  ANSWERS,
  answer,
  differences,
  FACTS,
  FILE,
  find,
  findings,
  link,
  MACS,
  on,
  PEER,
  route,
  SERVER,
  sysctls,
  VIP,
} from "./pair.ts";

const NAT = FILE.replace("    scheduler: wlc\n", "    scheduler: wlc\n    forward: nat\n");
const SIX = FILE.replace("vips: [192.168.60.100]", "vips: [192.168.60.100, fd00:60::100]");

test("a host that fits has nothing worse than notes", () => {
  const all = findings();
  expect(exitOf(all)).toBe(0);
  expect(exitOf(findings({ answers: [answer(PEER, [])] }))).toBe(1);
  expect(all.filter(({ severity }) => severity === "note").map(({ code }) => code)).toEqual([
    "daemon-off",
    "server-lo-unseen",
  ]);
});

describe("the kernel's modules", () => {
  const modules = (changes: object): object => ({ modules: { ...FACTS.modules, ...changes } });
  const states = { ip_vs: "loaded", ip_vs_wlc: "missing" };

  test.each([
    [{ states }, "error module-missing"],
    [{ states: { ip_vs: "available", ip_vs_wlc: "available" } }, "note module-not-loaded"],
    [{ states: { ip_vs: "unknown", ip_vs_wlc: "unknown" } }, "note module-unknown"],
    [{ states: {}, otherKernels: ["6.12.2"] }, "error modules-gone"],
    [{ states: { ip_vs: "available", ip_vs_wlc: "loaded" }, locked: true }, "error modules-locked"],
  ])("%j", (changes, expected) => {
    expect(new Set(differences(modules(changes)))).toEqual(new Set([expected]));
  });

  test("what modprobe can load is offered, once each", () => {
    const all = findings(modules({ states: { ip_vs: "available", ip_vs_wlc: "loaded" } }));
    expect(find(all, "module-not-loaded").remedy).toBe("modprobe ip_vs");
  });
});

describe("addresses and interfaces", () => {
  const withVip = [...FACTS.addresses, on(`${VIP}/32`, "eth0")];

  test("a VIP that stands where no daemon runs", () => {
    const all = findings({ addresses: withVip });
    expect(find(all, "vip-stale")).toMatchObject({
      severity: "error",
      remedy: "baton release, or: ip address del 192.168.60.100/32 dev eth0",
    });
    expect(differences({ addresses: withVip, daemon: { kind: "unseen", why: "root" } })).toContain(
      "note vip-unjudged",
    );
  });

  test.each([
    [
      { addresses: [...FACTS.addresses, on(`${VIP}/32`, "eth0", { dadFailed: true })] },
      "error vip-duplicate",
    ],
    [
      { addresses: [on("192.168.60.130/24", "eth0", { validSeconds: 3600 })] },
      "warning own-address-lease",
    ],
    [
      { addresses: [on("192.168.60.130/24", "eth0", { dadFailed: true })] },
      "error own-address-duplicate",
    ],
    [
      { links: [link("eth0", { master: 9 }), link("eth1"), link("bond7", { kind: "bond" })] },
      "warning interface-port",
    ],
    [
      { links: [link("eth0", { master: 9 }), link("eth1"), link("vrf7", { kind: "vrf" })] },
      "note interface-vrf",
    ],
  ])("%#: %s", (changes, expected) => {
    expect(differences(changes)).toEqual([expected]);
  });
});

describe("kernel parameters of forwarding", () => {
  test("nat needs ip_forward, and no redirects on one arm", () => {
    const all = findings({}, NAT);
    expect(find(all, "ip-forward")).toMatchObject({
      severity: "error",
      remedy: "sysctl -w net.ipv4.ip_forward=1",
    });
    expect(find(all, "nat-one-arm").severity).toBe("note");
    const off = sysctls({
      "net.ipv4.ip_forward": "1",
      "net.ipv4.conf.all.send_redirects": "0",
      "net.ipv4.conf.eth0.send_redirects": "0",
    });
    expect(exitOf(findings(off, NAT))).toBe(0);
    const link0 = sysctls({ "net.ipv4.ip_forward": "1", "net.ipv4.conf.eth0.forwarding": "0" });
    expect(differences(link0, NAT)).toEqual(["error ip-forward-link"]);
    const redirects = findings({}, NAT).filter(({ code }) => code === "send-redirects");
    expect(redirects.map(({ remedy }) => remedy)).toEqual([
      "sysctl -w net.ipv4.conf.all.send_redirects=0",
      "sysctl -w net.ipv4.conf.eth0.send_redirects=0",
    ]);
  });

  test("two arms may have redirects", () => {
    const two = NAT.replace("192.168.60.136", "10.9.9.136");
    expect(findings({}, two).map(({ code }) => code)).not.toContain("send-redirects");
  });

  test("a strict rp_filter, where the way back is another interface", () => {
    const routes = [route("192.168.60.0/24", "eth0"), route("0.0.0.0/0", "eth1", "10.9.9.1")];
    expect(differences({ routes })).toEqual(["warning rp-filter"]);
    expect(find(findings({ routes }), "rp-filter").remedy).toBe(
      "sysctl -w net.ipv4.conf.eth0.rp_filter=2",
    );
    expect(differences({ routes, ...sysctls({ "net.ipv4.conf.all.rp_filter": "2" }) })).toEqual([]);
    const astray = [route("192.168.60.131/32", "eth1"), ...FACTS.routes];
    expect(differences({ routes: astray })).toEqual(["error rp-filter-heartbeat"]);
  });

  test.each([
    ["2", "error arp-ignore"],
    ["8", "error arp-ignore"],
  ])("arp_ignore=%s hides the VIP", (value, expected) => {
    const changed = sysctls({ "net.ipv4.conf.all.arp_ignore": value });
    expect(differences(changed)).toEqual([expected]);
    expect(find(findings(changed), "arp-ignore").remedy).toBe(
      "sysctl -w net.ipv4.conf.all.arp_ignore=1",
    );
  });

  test("two interfaces on one network", () => {
    const addresses = [...FACTS.addresses, on("192.168.60.7/24", "eth1")];
    expect(differences({ addresses })).toEqual(["warning arp-flux", "warning arp-flux"]);
    expect(differences({ addresses, ...sysctls({ "net.ipv4.conf.all.arp_ignore": "1" }) })).toEqual(
      [],
    );
  });

  test.each([
    [{ "net.ipv6.conf.eth0.disable_ipv6": "1" }, "error ipv6-disabled"],
    [{ "net.ipv6.conf.all.accept_dad": "2" }, "warning accept-dad"],
  ])("IPv6: %j", (changes, expected) => {
    expect(differences(sysctls(changes), SIX)).toEqual([expected]);
    expect(differences(sysctls(changes))).toEqual([]);
  });

  test("a kernel without IPv6, and forwarding with router advertisements", () => {
    const without = { "net.ipv4.ip_forward": "1" };
    expect(differences({ sysctls: without }, SIX)).toEqual(["error ipv6-absent"]);
    const nat6 = SIX.replace("192.168.60.136", "'[fd00:60::136]:80'")
      .replace("tcp 192.168.60.100:80", "tcp [fd00:60::100]:80")
      .replace("    scheduler: wlc\n", "    scheduler: wlc\n    forward: nat\n");
    const routes = [...FACTS.routes, route("::/0", "eth0", "fe80::1")];
    const changes = { "net.ipv6.conf.eth0.accept_ra": "1", "net.ipv6.conf.all.forwarding": "1" };
    expect(differences({ routes, ...sysctls(changes) }, nat6)).toEqual(["warning accept-ra"]);
    // Switched on now, it would throw the default route away.
    const later = sysctls({ ...changes, "net.ipv6.conf.all.forwarding": "0" });
    expect(find(findings({ routes, ...later }, nat6), "ip-forward")).toMatchObject({
      fix: undefined,
      remedy: expect.stringMatching(/eth0\.accept_ra=2 net\.ipv6\.conf\.all\.forwarding=1$/),
    });
  });
});

describe("kernel parameters of IPVS", () => {
  test.each([
    [{ "net.ipv4.vs.conn_reuse_mode": "0" }, {}, "note conn-reuse-mode"],
    [{ "net.ipv4.vs.conntrack": "1" }, { kernel: "4.18.0-553" }, "note conn-reuse-mode"],
    [{ "net.netfilter.nf_conntrack_count": "60000" }, {}, "warning conntrack-full"],
  ])("%j", (values, changes, expected) => {
    expect(differences({ ...changes, ...sysctls(values) })).toEqual([expected]);
  });

  test("a hash without connection sync, a table without checks", () => {
    const file = FILE.replace("wlc", "mh")
      .replace("connectionSync: { interface: eth1 }\n", "")
      .replace("    check: { type: tcp }\n", "");
    const modules = { ...FACTS.modules, states: { ip_vs: "loaded", ip_vs_mh: "loaded" } } as const;
    const codes = findings({ modules }, file).filter(({ severity }) => severity === "note");
    expect(codes.map(({ code }) => code)).toEqual([
      "expire-nodest-conn",
      "sloppy-tcp",
      "daemon-off",
      "server-lo-unseen",
    ]);
  });

  test("rules of type nat do not see IPVS without conntrack", () => {
    const chain = { family: "ip", table: "nat", name: "post", hook: "postrouting", type: "nat" };
    const rule = { handle: 1, statements: [{ masquerade: null }] };
    const chains = [{ ...chain, policy: "accept", device: undefined, rules: [rule] }];
    const firewall = { nft: seen({ chains, sets: new Map() }), legacyTables: [] };
    expect(differences({ firewall }, NAT)).toEqual(["note ipvs-conntrack"]);
    expect(differences({ firewall })).toEqual([]);
  });
});

describe("connection sync", () => {
  const eth1 = (changes: object): object => ({
    links: [link("lo"), link("eth0"), link("eth1", changes)],
  });

  test.each([
    [eth1({ mtu: 1400 }), FILE, ["warning sync-mtu"]],
    [eth1({ mtu: 1400 }), FILE.replace("interface: eth1", "interface: eth1, maxLength: 1372"), []],
    [eth1({ multicast: false }), FILE, ["error sync-multicast", "error multicast-off"]],
  ])("%#", (changes, file, expected) => {
    expect(differences(changes, file)).toEqual(expected);
  });

  test("a message that is too long by configuration", () => {
    const file = FILE.replace("interface: eth1", "interface: eth1, maxLength: 1473");
    expect(find(findings({}, file), "sync-mtu").remedy).toContain("maxLength: 1472");
  });
});

describe("who answers on the segment", () => {
  const asked = (...macs: readonly string[]): object => ({
    answers: [answer(VIP, macs), ...ANSWERS.slice(1)],
  });

  test("the peer may, while no daemon says otherwise", () => {
    expect(differences(asked(MACS.lb2))).toEqual([]);
  });

  test.each([
    [asked(MACS.server), "error server-answers-arp"],
    [asked(MACS.stranger), "error vip-foreign"],
    [{ answers: [{ ...ANSWERS[0], macs: unseen("EPERM") }] }, "note vip-unasked"],
    [{ answers: [answer(PEER, [])] }, "warning peer-silent"],
    [{ answers: [{ ...answer(PEER, []), macs: unseen("EPERM") }] }, "note peer-unasked"],
    [{ answers: [answer(PEER, [MACS.lb2, MACS.stranger])] }, "error peer-duplicate"],
    [{ answers: [answer("192.168.60.130", [MACS.stranger])] }, "error own-address-twice"],
    [{ answers: [answer(SERVER, [])] }, "note server-silent"],
    [{ routes: [route("192.168.60.131/32", "eth0", "192.168.60.1")] }, "error peer-routed"],
    [{ routes: [route("192.168.60.136/32", "eth0", "192.168.60.1")] }, "error server-routed"],
  ])("%#: %s", (changes, expected) => {
    expect(differences(changes as object)).toEqual([expected]);
  });

  test("a way that is gone because the interface is down is no router", () => {
    const loose = sysctls({ "net.ipv4.conf.eth0.rp_filter": "0" });
    const changes = { ...loose, routes: [route("0.0.0.0/0", "eth1", "10.9.9.1")] };
    expect(differences(changes)).toEqual(["error peer-routed", "error server-routed"]);
    const links = [link("lo"), link("eth0", { running: false }), link("eth1")];
    expect(differences({ ...changes, links })).toEqual([]);
  });

  test("beside this host's own", () => {
    const addresses = [...FACTS.addresses, on(`${VIP}/32`, "eth0")];
    expect(differences({ addresses, ...asked(MACS.lb2) })).toEqual([
      "error vip-stale",
      "error vip-twice",
    ]);
  });

  test("IPv6 servers keep silent by having the VIP on lo alone", () => {
    const answers = [answer("fd00:60::100", [MACS.server]), ...ANSWERS];
    const { remedy } = find(findings({ answers }, SIX), "server-answers-arp");
    expect(remedy).toContain("ip address add fd00:60::100/128 dev lo nodad");
  });
});

test("what only the servers can tell is said for each way of forwarding", () => {
  const codes = (file: string): readonly string[] => findings({}, file).map(({ code }) => code);
  expect(codes(NAT)).toContain("server-gateway-unseen");
  expect(codes(NAT.replace("forward: nat", "forward: tunnel"))).toContain("server-tunnel-unseen");
});

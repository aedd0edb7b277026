/** A valid file on hosts that it fits, or does not. */
import { describe, expect, it } from "vitest";
import type { HostFacts } from "../../../src/config/host.ts";
import { ETH0, ETH1, FILE, HOST, LO, link, on, see } from "./host.ts";

describe("who this host is", () => {
  it("the director whose address it has", () => {
    expect(see({})).toEqual({ self: "lb1", reports: [] });
    expect(see({ addresses: [LO, on("192.168.60.131/24", "eth0")] })).toEqual({
      self: "lb2",
      reports: [],
    });
  });

  it("also by a secondary address on whichever interface", () => {
    const addresses = [LO, on("10.0.0.1/24", "eth0"), on("192.168.60.131/32", "eth1")];
    expect(see({ addresses })).toEqual({ self: "lb2", reports: [] });
  });

  it("an address on an alias label works, and is noted", () => {
    expect(see({ addresses: [LO, on("192.168.60.130/24", "eth0", "eth0:0")] })).toEqual({
      self: "lb1",
      reports: [
        "f:2:19: note: directors.lb1.address: 192.168.60.130 has the alias label eth0:0; " +
          "it is an address of eth0, and works",
      ],
    });
  });

  it("nobody: says what was sought, and what was found where", () => {
    const addresses = [LO, on("192.168.60.132/24", "eth0"), on("10.9.9.1/24", "eth1", "eth1:x")];
    expect(see({ addresses })).toEqual({
      self: undefined,
      reports: [
        "f:1:1: error: directors: no director's address is on an interface of this host: " +
          "sought lb1's 192.168.60.130, lb2's 192.168.60.131; " +
          "found 192.168.60.132/24 on eth0, 10.9.9.1/24 on eth1:x\n" +
          "    Give one director an address of this host in `directors:`, " +
          "or say who this is with `--as NAME`.",
      ],
    });
    expect(see({ addresses: [LO], hostname: "lb2" }).reports).toEqual([
      expect.stringMatching(/found no address but the loopback's\n {4}By its hostname this is lb2/),
    ]);
  });

  it("two at once", () => {
    expect(see({ addresses: [ETH0, on("192.168.60.131/24", "eth0", "eth0:1")] })).toEqual({
      self: undefined,
      reports: [
        "f:1:1: error: directors: this host has addresses of several directors: " +
          "lb1's 192.168.60.130 on eth0, lb2's 192.168.60.131 on eth0:1\n" +
          "    Take one of them off this host, or say who this is with `--as NAME`.",
      ],
    });
    const both = { addresses: [ETH0, on("192.168.60.131/24", "eth0")], as: "lb2" };
    expect(see(both)).toEqual({ self: "lb2", reports: [] });
  });

  it("--as the wrong one: self and peer are swapped", () => {
    expect(see({ as: "lb2" })).toEqual({
      self: undefined,
      reports: [
        "f:3:8: error: directors.lb2: --as lb2, but this host has none of its addresses " +
          "(192.168.60.131); it has lb1's 192.168.60.130 on eth0: self and peer are swapped\n" +
          "    Say --as lb1, or correct the addresses.",
      ],
    });
  });

  it("--as somebody unknown", () => {
    expect(see({ as: "lb3" })).toEqual({
      self: undefined,
      reports: [
        "f:1:1: error: directors: --as lb3 names no director; " +
          "there are lb1, lb2: did you mean lb1?\n" +
          "    Name a director of the file.",
      ],
    });
  });

  it("--as without any address: an error, or a matter of waiting", () => {
    const facts = { addresses: [LO, ETH1], as: "lb1" };
    const report =
      "directors.lb1: 192.168.60.130 is on no interface of this host, " +
      "which has 10.9.9.130/24 on eth1";
    expect(see(facts)).toEqual({
      self: "lb1",
      reports: [
        `f:2:8: error: ${report}\n    Put it on one, or set waitForInterface where that comes later.`,
      ],
    });
    expect(see(facts, `${FILE}waitForInterface: true\n`)).toEqual({
      self: "lb1",
      reports: [`f:2:8: warning: ${report}`],
    });
  });
});

const PATHS = FILE.replace(
  "{ address: 192.168.60.130, priority: 150 }",
  `
    paths:
      - { address: 192.168.60.130, interface: eth0 }
      - { address: 10.9.9.130, interface: eth1 }`,
).replace(
  "{ address: 192.168.60.131 }",
  "{ paths: [address: 192.168.60.131, address: 10.9.9.131], priority: 50 }",
);

describe("paths", () => {
  it("one address away is a dead path", () => {
    expect(see({ addresses: [ETH0] }, PATHS).reports).toEqual([
      "f:5:20: warning: directors.lb1.paths[1].address: 10.9.9.130 is on no " +
        "interface of this host: this path is dead",
    ]);
  });

  it("the interface must carry the address", () => {
    expect(see({ addresses: [ETH0, on("10.9.9.130/24", "eth0")] }, PATHS).reports).toEqual([
      "f:5:20: error: directors.lb1.paths[1].address: 10.9.9.130 is on eth0, not on eth1\n" +
        "    Name eth0, or move the address.",
    ]);
  });
});

describe("interfaces", () => {
  it("missing: the nearest is suggested, waiting is a choice", () => {
    const links = [link("lo"), link("eth1"), link("enp3s0")];
    expect(see({ links }).reports).toEqual([
      "f:6:35: error: instances.web.interface: this host has no interface eth0; " +
        "it has eth1, enp3s0\n" +
        "    Is it eth1? Name it, or set waitForInterface where it comes later.",
    ]);
    expect(see({ links }, `${FILE}waitForInterface: true\n`).reports).toEqual([
      "f:6:35: warning: instances.web.interface: this host has no interface eth0; " +
        "it has eth1, enp3s0: in fault until it appears",
    ]);
  });

  it("connection sync's too, and a VIP's own", () => {
    const file = FILE.replace(
      "[192.168.60.100]",
      "[192.168.60.100, { address: 10.20.0.1, interface: wan0 }]",
    );
    expect(see({ links: [link("lo"), link("eth0")] }, file).reports).toEqual([
      expect.stringMatching(
        /^f:6:97: error: instances.web.vips\[1\].interface: this host has no interface wan0/,
      ),
      expect.stringMatching(
        /^f:7:30: error: connectionSync.interface: this host has no interface eth1/,
      ),
    ]);
  });

  it("a loopback by another name", () => {
    const links = [link("eth0", { loopback: true }), link("eth1")];
    expect(see({ links }).reports).toEqual([
      expect.stringContaining("error: instances.web.interface: eth0 is a loopback"),
    ]);
  });

  it("down, or without a carrier", () => {
    const links = [link("eth0", { up: false, running: false }), link("eth1", { running: false })];
    expect(see({ links }).reports).toEqual([
      expect.stringContaining("warning: instances.web.interface: eth0 is down"),
      expect.stringContaining("warning: connectionSync.interface: eth1 has no carrier"),
    ]);
  });
});

describe("VIPs and servers", () => {
  const wide = FILE.replace("[192.168.60.100]", "[192.168.60.100/24]");

  it("the subnet's prefix", () => {
    expect(see({}, wide).reports).toEqual([
      "f:6:48: warning: instances.web.vips[0]: 192.168.60.100/24 shares the network of " +
        "192.168.60.130/24 on eth0: one of them takes the other along\n" +
        "    Leave the prefix out: /32 keeps them apart.",
    ]);
  });

  it("a VIP that stands already is adopted", () => {
    const addresses = [ETH0, ETH1, on("192.168.60.100/32", "eth0")];
    expect(see({ addresses }).reports).toEqual([
      "f:6:48: note: instances.web.vips[0]: 192.168.60.100/32 is on eth0 already: it is adopted",
    ]);
  });

  it("a VIP on another interface", () => {
    const addresses = [ETH0, ETH1, on("192.168.60.100/32", "lo")];
    expect(see({ addresses }).reports).toEqual([
      "f:6:48: warning: instances.web.vips[0]: 192.168.60.100/32 is on lo of this host, " +
        "not on eth0\n" +
        "    Remove it: ip addr del 192.168.60.100/32 dev lo",
    ]);
  });

  it("a dr server that is this host loops in warm standby; a nat server does not", () => {
    const file = FILE.replace("192.168.60.136]", "10.9.9.130]");
    expect(see({}, file).reports).toEqual([
      "f:9:52: error: services.http.servers[0]: 10.9.9.130 is an address of this host, on eth1: " +
        "as backup it would forward again what it should answer\n" +
        "    Use nat for this server, or a machine that is no director.",
    ]);
    const nat = file.replace("10.9.9.130]", "10.9.9.130], forward: nat");
    expect(see({}, nat).reports).toEqual([]);
  });
});

const GRANT = "    Run as root, or grant CAP_NET_ADMIN and CAP_NET_RAW (the systemd unit does).";

describe("rights, modules, files and ports", () => {
  it("capabilities", () => {
    expect(
      see({ capabilities: { netAdmin: false, netRaw: false, setUser: true }, uid: 1000 }).reports,
    ).toEqual([
      "f:1:1: error: this is user 1000, without CAP_NET_ADMIN (addresses, IPVS) and " +
        `CAP_NET_RAW (ARP, neighbour advertisements)\n${GRANT}`,
    ]);
    expect(see({ capabilities: { netAdmin: true, netRaw: false, setUser: true } }).reports).toEqual(
      [
        "f:1:1: error: this is root, but without " +
          `CAP_NET_RAW (ARP, neighbour advertisements)\n${GRANT}`,
      ],
    );
  });

  it("IPVS, where it is used", () => {
    expect(see({ ipvs: false }).reports).toEqual([
      "f:8:1: error: services: this kernel has no IPVS: no ip_vs module found\n" +
        "    Load the module with `modprobe ip_vs`; a container needs it on its host.",
    ]);
    expect(see({ ipvs: undefined }).reports).toEqual([]);
    const plain = FILE.slice(0, FILE.indexOf("connectionSync"));
    expect(see({ ipvs: false }, plain).reports).toEqual([]);
  });

  it.each<[HostFacts["secretFile"], string]>([
    [{ kind: "missing" }, "does not exist\n    Put the same key into it on both directors."],
    [{ kind: "unreadable" }, "can not be read\n    See: ls -l /etc/baton/heartbeat.key"],
    [
      { kind: "present", mode: 0o100644, size: 65 },
      "has mode 644: others than its owner reach the key\n    chmod 600 /etc/baton/heartbeat.key",
    ],
    [
      { kind: "present", mode: 0o100640, size: 65 },
      "has mode 640: others than its owner reach the key\n    chmod 600 /etc/baton/heartbeat.key",
    ],
    [
      { kind: "present", mode: 0o100600, size: 0 },
      "is empty\n    Put the same key into it on both directors.",
    ],
  ])("%j", (secretFile, report) => {
    expect(see({ secretFile }).reports).toEqual([
      `f:4:26: error: heartbeat.secretFile: /etc/baton/heartbeat.key ${report}`,
    ]);
  });

  it("a link that has the name of a virtual MAC's", () => {
    const file = FILE.replace(
      "heartbeat: { secretFile: /etc/baton/heartbeat.key }",
      "heartbeat: { transport: vrrp }",
    ).replace("routerId: 51", "routerId: 51, vmac: true");
    const found = { kind: "macvlan", mac: "00:00:5e:00:01:33", up: false };
    const seen = (changes: object): readonly string[] => {
      const links = [...HOST.links, link("vrrp.51", { ...found, ...changes })];
      return see({ links }, file).reports.filter((report) => report.includes(" error: "));
    };
    expect(seen({})).toEqual([]);
    expect(seen({ mac: "00:00:5e:00:01:34" })).toEqual([
      "f:6:30: error: instances.web.vmac: vrrp.51 is there, macvlan with the MAC " +
        "00:00:5e:00:01:34: a macvlan with 00:00:5e:00:01:33 is wanted\n" +
        "    Remove or rename it, or write `vmac: { interface: NAME }` with another name.",
    ]);
    expect(seen({ kind: undefined })[0]).toContain("vrrp.51 is there, hardware with the MAC");
  });

  it("the port", () => {
    expect(see({ portBusy: true }).reports).toEqual([
      "f:4:12: error: heartbeat.port: another program has UDP port 8112 of this host\n" +
        "    Stop the other program, or choose another `heartbeat.port` on both directors.",
    ]);
  });
});

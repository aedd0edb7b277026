/** What the kernel's and the system's own lists say. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { ProcessFact } from "../../../src/doctor/facts.ts";
import { parseGroups4, parseGroups6 } from "../../../src/doctor/gather/groups.ts";
import { within } from "../../../src/doctor/gather/limit.ts";
import { readManagers } from "../../../src/doctor/gather/managers.ts";
import { readModules } from "../../../src/doctor/gather/modules.ts";
import { parseRoutes4, parseRoutes6 } from "../../../src/doctor/gather/routes.ts";
import { link } from "./pair.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-doctor-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("routes", () => {
  const four = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t013CA8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t003CA8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
*\t0000000A\t00000000\t0201\t0\t0\t0\t000000FF\t0\t0\t0
`;
  expect(parseRoutes4(four)).toEqual([
    { to: { address: "0.0.0.0", prefix: 0 }, via: "192.168.60.1", interface: "eth0", metric: 100 },
    { to: { address: "192.168.60.0", prefix: 24 }, via: undefined, interface: "eth0", metric: 0 },
  ]);
  const zero = "0".repeat(32);
  const six = [
    `fd006000000000000000000000000000 40 ${zero} 00 ${zero} 00000100 1 0 00000001 eth0`,
    `${zero} 00 ${zero} 00 fe800000000000000000000000000001 00000400 1 0 00000003 eth0`,
    `${zero} 00 ${zero} 00 ${zero} ffffffff 1 0 00200200 lo`,
  ].join("\n");
  expect(parseRoutes6(six)).toEqual([
    { to: { address: "fd00:6000::", prefix: 64 }, via: undefined, interface: "eth0", metric: 256 },
    { to: { address: "::", prefix: 0 }, via: "fe80::1", interface: "eth0", metric: 1024 },
  ]);
});

test("multicast groups", () => {
  const four = `Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter
1\tlo        :     1      V3
\t\t\t\t010000E0     1 0:00000000\t\t0
2\teth0      :     2      V3
\t\t\t\t120000E0     1 0:00000000\t\t0
`;
  expect(parseGroups4(four)).toEqual([
    { group: "224.0.0.1", interface: "lo" },
    { group: "224.0.0.18", interface: "eth0" },
  ]);
  expect(
    parseGroups6("2    eth0            ff020000000000000000000000000012     1 0000000C 0\n"),
  ).toEqual([{ group: "ff02::12", interface: "eth0" }]);
});

describe("modules", () => {
  test("a folder of modules says what can be loaded, none says nothing", async () => {
    const modules = join(folder, "modules");
    const kernel = join(modules, "6.1.0");
    mkdirSync(kernel, { recursive: true });
    const lines =
      "kernel/net/netfilter/ipvs/ip_vs_mh.ko.zst: kernel/net/ip_vs.ko\nkernel/net/a/ip-vs-odd.ko:\n";
    writeFileSync(join(kernel, "modules.dep"), lines);
    writeFileSync(join(kernel, "modules.builtin"), "kernel/net/netfilter/ipvs/ip_vs_fo.ko\n");
    const names = ["ip_vs_mh", "ip_vs_fo", "ip_vs_odd", "ip_vs_m"];
    expect(await readModules(names, "6.1.0", modules)).toMatchObject({
      states: {
        ip_vs_mh: "available",
        ip_vs_fo: "loaded",
        ip_vs_odd: "available",
        ip_vs_m: "missing",
      },
      otherKernels: [],
    });
    expect(await readModules(["ip_vs_mh"], "6.2.0", modules)).toMatchObject({
      states: { ip_vs_mh: "unknown" },
      otherKernels: ["6.1.0"],
    });
  });
});

describe("network managers", () => {
  const root = join(folder, "host");
  const put = (path: string, text: string): void => {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const run = (name: string): readonly ProcessFact[] => [{ pid: 9, name, words: [name] }];
  const eth0 = link("eth0");
  const network = "/run/systemd/network/10-eth.network";
  put(
    `run/systemd/netif/links/${eth0.index}`,
    `# Do not parse.\nADMIN_STATE=configured\nNETWORK_FILE=${network}\nDNS=\n`,
  );
  put(`run/NetworkManager/devices/${eth0.index}`, "[device]\nmanaged=true\nnm-owned=false\n");
  put("etc/network/interfaces.d/eth", "auto eth0\niface eth0 inet static\n");

  test("networkd, and what it lets stand", async () => {
    put(network, "[Match]\nName=eth0\n[Network]\n#KeepConfiguration=yes\n");
    const found = { link: "eth0", manager: "systemd-networkd", file: network };
    expect(await readManagers([eth0], run("systemd-network"), root)).toEqual({
      managed: [{ ...found, keeps: false }],
      networkd: { takesRoutes: true, takesRules: true },
    });
    put("etc/systemd/network/10-eth.network.d/baton.conf", "[Network]\nKeepConfiguration = yes\n");
    put("etc/systemd/networkd.conf.d/baton.conf", "[Network]\nManageForeignRoutes=no\n");
    expect(await readManagers([eth0], run("systemd-network"), root)).toEqual({
      managed: [{ ...found, keeps: true }],
      networkd: { takesRoutes: false, takesRules: true },
    });
  });

  test("NetworkManager, ifupdown, and neither where they do not run here", async () => {
    const by = async (name: string): Promise<readonly string[]> =>
      (await readManagers([eth0], run(name), root)).managed.map(({ manager }) => manager);
    expect(await by("NetworkManager")).toEqual(["NetworkManager"]);
    expect(await by("bash")).toEqual([]);
    put("usr/sbin/ifdown", "");
    expect(await by("bash")).toEqual(["ifupdown"]);
  });
});

test("what does not answer is not waited for", async () => {
  expect(await within(5, () => new Promise(() => undefined))).toEqual({
    kind: "unseen",
    why: "no answer within 0.005 s",
  });
  expect(await within(5, () => Promise.reject(new Error("no")))).toEqual({
    kind: "unseen",
    why: "no",
  });
  expect(await within(5, async () => 7)).toEqual({ kind: "seen", value: 7 });
});

/** `baton doctor` on a director's host: mistakes are made for real, and it names each. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Ip } from "../../src/base/ip.ts";
import { places } from "../../src/base/places.ts";
import { ms } from "../../src/base/units.ts";
import type { Finding } from "../../src/doctor/finding.ts";
import { buildNetwork, type Network } from "../support/network.ts";
import { batonFile } from "../support/programs.ts";
import { inject } from "./vrrp/inject.ts";

const VIP = "192.168.60.100";
const STRICT = "net.ipv4.conf.eth0.rp_filter";

let network: Network;
let root: string;

beforeAll(async () => {
  network = await buildNetwork({
    lb1: { eth0: ["192.168.60.130/24"], eth1: ["10.9.9.130/24"] },
    lb2: { eth0: ["192.168.60.131/24"] },
    server: { eth0: ["192.168.60.136/24"] },
    client: { eth0: ["192.168.60.10/24"] },
  });
  root = mkdtempSync(join(tmpdir(), "baton-doctor-"));
  const key = join(root, "key");
  writeFileSync(key, `1:hex:${"5a".repeat(32)}\n`, { mode: 0o600 });
  mkdirSync(join(root, "etc/baton"), { recursive: true });
  writeFileSync(
    places(root).config,
    `directors:
  lb1: { address: 192.168.60.130, priority: 150 }
  lb2: { address: 192.168.60.131 }
heartbeat: { secretFile: ${key} }
instances:
  web: { routerId: 51, interface: eth0, vips: [${VIP}] }
services:
  http: { listen: tcp ${VIP}:80, forward: dr, servers: [192.168.60.136] }
`,
  );
});
afterAll(async () => {
  await network?.close();
  rmSync(root, { recursive: true, force: true });
});

interface Seen {
  readonly code: number | null;
  readonly findings: readonly Finding[];
}

async function doctor(...words: readonly string[]): Promise<Seen> {
  const program = [process.execPath, batonFile(), "--root", root];
  const argv = [...program, "doctor", "--json", "--listen", "1s", ...words];
  const { code, stdout } = await network.exec("lb1", argv);
  const { findings } = JSON.parse(stdout) as Pick<Seen, "findings">;
  return { code, findings };
}

const bad = ({ findings }: Seen): readonly string[] =>
  findings
    .filter(({ severity }) => severity === "error" || severity === "warning")
    .map(({ severity, code }) => `${severity} ${code}`)
    .toSorted();

test("a host without mistakes is fit", async () => {
  const seen = await doctor();
  expect(bad(seen)).toEqual([]);
  expect(seen.code).toBe(0);
  const fine = seen.findings.filter(({ severity }) => severity === "ok").map(({ code }) => code);
  expect(fine).toEqual(
    expect.arrayContaining(["peer-reachable", "server", "vip-answers", "vrrp-heard", "firewall"]),
  );
});

test("each mistake is named, and what may be fixed is", async () => {
  await network.must("lb1", ["nft", "-f", "-"], {
    input: `table inet filter {
      chain bad { udp dport 8112 counter drop; }
      chain input { type filter hook input priority 0; iifname "lo" accept; jump bad; }
    }\n`,
  });
  await network.must("lb1", ["sysctl", "-qw", `${STRICT}=1`]);
  await network.ip("lb1", "route replace default via 10.9.9.1", `addr replace ${VIP}/32 dev eth0`);
  // Asked for the VIP, a server that has it on eth0 answers.
  await network.ip("server", `addr replace ${VIP}/32 dev eth0`);
  const advert = {
    version: 3,
    routerId: 51,
    priority: 100,
    interval: ms(1000),
    addresses: ["192.168.60.200" as Ip],
    authentication: { kind: "none" },
  } as const;
  const other = { ...advert, routerId: 7 };
  const [seen] = await Promise.all([
    doctor("--fix", "--yes"),
    inject(network, [advert, other], { rate: 50, duration: 1500 }),
  ]);
  expect(bad(seen)).toEqual([
    "error firewall-heartbeat-in",
    "error server-answers-arp",
    "error vip-stale",
    "warning rp-filter",
    "warning vrrp-same-id",
  ]);
  expect(seen.code).toBe(1);
  expect(seen.findings.map(({ code }) => code)).toContain("vrrp-other");
  expect(seen.findings.find(({ code }) => code === "firewall-heartbeat-in")?.seen).toMatch(
    /from lb2 \(192\.168\.60\.131\): `udp dport 8112 drop` \(handle \d+\) in chain inet filter bad/,
  );
  expect(await network.must("lb1", ["sysctl", "-n", STRICT])).toBe("2\n");
});

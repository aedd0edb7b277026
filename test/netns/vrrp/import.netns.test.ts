/** One keepalived.conf, run by keepalived here and as its import by baton there: the same adverts. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { places } from "../../../src/base/places.ts";
import { importFiles } from "../../../src/config/import/import.ts";
import { startDaemon } from "../../support/baton.ts";
import { keepalivedArguments } from "../../support/keepalived.ts";
import { eventually, must, type Running } from "../../support/process.ts";
import { createSegment, type Segment } from "../harness.ts";

const CONF = `
global_defs {
    router_id lb1
    vrrp_version 3
    script_user root
}
vrrp_instance web {
    interface eth0
    virtual_router_id 51
    priority 150
    advert_int 0.2
    mcast_src_ip 192.168.60.130
    virtual_ipaddress {
        192.168.60.100
        192.168.60.101 dev eth0
    }
    virtual_ipaddress_excluded {
        192.168.60.102
    }
}
vrrp_instance old {
    interface eth0
    virtual_router_id 52
    priority 120
    version 2
    authentication {
        auth_type PASS
        auth_pass s3cret99!
    }
    virtual_ipaddress {
        192.168.60.110
    }
}
vrrp_instance six {
    interface eth0
    virtual_router_id 53
    priority 101
    advert_int 0.5
    virtual_ipaddress {
        fe80::53
        fd00:60::100
    }
}
`;

let segments: readonly Segment[];
beforeAll(async () => {
  const one = (): Promise<Segment> => createSegment({ hosts: ["lb1", "client"], ipv6: true });
  segments = await Promise.all([one(), one()]);
});
afterAll(() => Promise.all((segments ?? []).map((segment) => segment.close())));

/** What three routers say, as tcpdump reads it: version, router, priority, interval, addresses. */
async function adverts({ network }: Segment): Promise<readonly string[]> {
  const argv = ["tcpdump", "-i", "eth0", "-n", "-l", "-vv", "--immediate-mode", "proto 112"];
  const dump = network.spawn("lb1", [...argv.slice(0, -1), "ip proto 112 or ip6 proto 112"]);
  const said = (): readonly string[] => [
    ...new Set(
      dump
        .stdout()
        .replaceAll("\n    ", " ")
        .split("\n")
        .flatMap((line) => /VRRPv\d, Advertisement, .*/.exec(line)?.[0] ?? []),
    ),
  ];
  await eventually("adverts of all three", () => said().length >= 3, { timeout: 15_000 });
  await dump.stop();
  return said().toSorted();
}

async function runKeepalived(segment: Segment): Promise<Running> {
  const folder = segment.root("lb1");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "keepalived.conf");
  writeFileSync(file, CONF);
  await segment.network.must("lb1", ["keepalived", "--config-test", `--use-file=${file}`]);
  return segment.network.spawn("lb1", keepalivedArguments(file, folder, "-P"));
}

async function runImported(segment: Segment): Promise<Running> {
  const root = segment.root("lb1");
  const at = places(root);
  const folder = dirname(at.config);
  mkdirSync(folder, { recursive: true });
  const source = join(root, "keepalived.conf");
  writeFileSync(source, CONF);
  const { yaml, account } = importFiles(
    { files: [source], directors: [], format: undefined, link: undefined },
    { read: (path) => readFileSync(path, "utf8"), list: () => [] },
  );
  const here = (text: string): string => text.replaceAll("/etc/baton/", `${folder}/`);
  writeFileSync(at.config, here(yaml));
  // The report's own command writes the password.
  const [command = ""] = account.next;
  await must(["sh", "-c", here(command)]);
  return (await startDaemon(segment.network, "lb1", { root, args: ["--as", "lb1"] })).running;
}

test("version, router, priority, interval, addresses and password are equal", async () => {
  const [here, there] = segments;
  if (!here || !there) throw new Error("no segments");
  const captures = [adverts(here), adverts(there)];
  await Promise.all([runKeepalived(here), runImported(there)]);
  const [keepalived, baton] = await Promise.all(captures);
  expect(keepalived).toHaveLength(3);
  expect(keepalived?.join("\n")).toMatch(/vrid 52, prio 120, authtype simple.*auth "s3cret99"/);
  expect(baton).toEqual(keepalived);
});

test("keepalived takes the file that the unit tests import", async () => {
  const path = "../../unit/config/import/files/lb1.conf";
  const file = fileURLToPath(new URL(path, import.meta.url));
  const network = segments[0]?.network;
  await network?.must("lb1", ["ip", "link", "add", "eth1", "type", "veth", "peer", "name", "eth9"]);
  await network?.must("lb1", ["ip", "link", "set", "eth1", "up"]);
  await network?.must("lb1", ["keepalived", "--config-test", `--use-file=${file}`]);
});

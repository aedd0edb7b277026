/** What a host is and has, read from a host that was made for it. */
import { createSocket } from "node:dgram";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ip } from "../../src/base/ip.ts";
import type { HostFacts } from "../../src/config/host.ts";
import { type HostQuestions, hasIpvs, readHostFacts } from "../../src/os/host-facts.ts";
import { enterNamespace } from "../support/enter.ts";
import { buildNetwork, type Network } from "../support/network.ts";

const PORT = 8112;
const OWN = "192.168.60.130" as Ip;
const PEER = "192.168.60.131" as Ip;

let network: Network;
let folder: string;

beforeAll(async () => {
  network = await buildNetwork({ lb1: { eth0: [`${OWN}/24`, "fd00:60::130/64"] } });
  enterNamespace(network.namespace("lb1"));
  await network.ip("lb1", "addr add 192.168.60.77/24 dev eth0 label eth0:0");
  folder = mkdtempSync(join(tmpdir(), "baton-facts-"));
});
afterAll(async () => {
  await network?.close();
  rmSync(folder, { recursive: true, force: true });
});

const facts = (questions: Partial<HostQuestions> = {}): Promise<HostFacts> =>
  readHostFacts({
    as: undefined,
    secretFile: undefined,
    files: [],
    users: [],
    port: undefined,
    ...questions,
  });

test("links, addresses with their labels, rights", async () => {
  const found = await facts({ as: "lb1" });
  expect(found).toMatchObject({
    as: "lb1",
    uid: 0,
    capabilities: { netAdmin: true, netRaw: true, setUser: true },
    secretFile: undefined,
    portBusy: undefined,
  });
  expect(found.links).toContainEqual(
    expect.objectContaining({ name: "eth0", up: true, running: true, loopback: false }),
  );
  expect(found.links).toContainEqual(expect.objectContaining({ name: "lo", loopback: true }));
  const address = { interface: "eth0", prefix: 24 };
  expect(found.addresses).toContainEqual({ ...address, address: OWN, label: "eth0" });
  expect(found.addresses).toContainEqual({ ...address, address: "192.168.60.77", label: "eth0:0" });
  expect(found.addresses).toContainEqual({
    interface: "eth0",
    prefix: 64,
    address: "fd00:60::130",
    label: "eth0",
  });
});

test("programs and other files", async () => {
  const path = join(folder, "program");
  expect((await facts({ files: [path] })).files).toEqual({ [path]: { kind: "missing" } });
  writeFileSync(path, "#!/bin/sh\n", { mode: 0o644 });
  expect((await facts({ files: [path] })).files[path]).toMatchObject({ executable: false });
  chmodSync(path, 0o755);
  expect((await facts({ files: [path] })).files[path]).toMatchObject({ executable: true });
});

test("the secret file as it is", async () => {
  const path = join(folder, "key");
  expect((await facts({ secretFile: path })).secretFile).toEqual({ kind: "missing" });
  writeFileSync(path, "0:0123456789abcdef\n");
  chmodSync(path, 0o640);
  const { secretFile } = await facts({ secretFile: path });
  expect(secretFile).toMatchObject({ kind: "present", size: 19 });
  expect(secretFile?.kind === "present" && secretFile.mode & 0o777).toBe(0o640);
});

describe("the heartbeat's port", () => {
  const port = { number: PORT, addresses: [OWN, PEER] };

  test("is tried on the addresses that are here, and given back", async () => {
    expect((await facts({ port })).portBusy).toBe(false);
    expect((await facts({ port })).portBusy).toBe(false);
    expect((await facts({ port: { ...port, addresses: [PEER] } })).portBusy).toBeUndefined();
  });

  test.each([OWN, "0.0.0.0"])("is busy where another program has it on %s", async (address) => {
    const other = createSocket("udp4");
    await new Promise<void>((resolve) => other.bind(PORT, address, () => resolve()));
    expect((await facts({ port })).portBusy).toBe(true);
    other.close();
  });
});

test("IPVS is looked for where its modules lie, and not loaded", async () => {
  expect(await hasIpvs(join(folder, "nothing"))).toBeUndefined();
  const modules = join(folder, "modules");
  mkdirSync(modules);
  writeFileSync(join(modules, "modules.builtin"), "kernel/net/ipv4/ipip.ko\n");
  expect(await hasIpvs(modules)).toBe(false);
  const dep = "kernel/net/netfilter/ipvs/ip_vs.ko.xz: kernel/lib/libcrc32c.ko.xz\n";
  writeFileSync(join(modules, "modules.dep"), dep);
  expect(await hasIpvs(modules)).toBe(true);
});

/** What keeps a director from starting: said so that somebody can act on it, with exit code 2. */
import { chmodSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventually, type Result, sleep } from "../../support/process.ts";
import { programFile } from "../../support/programs.ts";
import { HEARTBEAT_PORT } from "../../support/wire.ts";
import { VIP } from "../harness.ts";
import { type Cluster, createCluster, directorsOf, INTERVAL, type Yaml } from "./cluster.ts";

let pair: Cluster;
beforeAll(async () => {
  pair = await createCluster();
});
beforeEach(() => pair.reset());
afterAll(() => pair?.close());

const instance = (change: Yaml): Yaml => ({
  instances: { web: { routerId: 51, interface: "eth0", vips: [VIP], ...change } },
});

async function start(config: Yaml, args: readonly string[] = []): Promise<Result> {
  pair.configure(config);
  const result = await pair.run("lb1", { args });
  expect(await pair.owners()).toEqual([]);
  return result;
}

/** `file:line:column: error: …` and the remedy, on stderr. */
const POSITION = /baton\.yaml:\d+:\d+: /;

describe("refused with the place in the file:", () => {
  const two = (change: Yaml): Yaml => ({
    instances: {
      web: { routerId: 51, interface: "eth0", vips: [VIP] },
      mail: { routerId: 52, interface: "eth0", vips: ["192.168.60.101"], ...change },
    },
  });
  const cases: readonly (readonly [string, Yaml, RegExp])[] = [
    [
      "an alias instead of an interface",
      instance({ interface: "eth0:0" }),
      /eth0:0 .*alias.*eth0/s,
    ],
    ["the loopback", instance({ interface: "lo" }), /lo is the loopback/],
    ["a missing interface", instance({ interface: "eth7" }), /no interface eth7; it has eth0/],
    [
      "a director's address that is nowhere",
      { directors: { lb1: { address: "10.1.1.1" }, lb2: { address: "10.1.1.2" } } },
      /sought lb1's 10\.1\.1\.1, lb2's 10\.1\.1\.2; found .*192\.168\.60\.130\/24 on eth0/,
    ],
    ["a VIP in two instances", two({ vips: [VIP] }), /192\.168\.60\.100 is in web too/],
    [
      "a VIP that is a director's own address",
      instance({ vips: ["192.168.60.131"] }),
      /192\.168\.60\.131 is lb2's own address/,
    ],
    ["an unknown key", { instnaces: {} }, /unknown key.*instances/],
  ];
  test.each(cases)("%s", async (_, config, sentence) => {
    const { code, stderr } = await start(config);
    expect(stderr).toMatch(sentence);
    expect(stderr).toMatch(POSITION);
    expect(code).toBe(2);
  });

  test("both directors' addresses on one host", async () => {
    await pair.network.ip("lb1", "addr add 192.168.60.131/24 dev eth0");
    const { code, stderr } = await start({});
    await pair.network.ip("lb1", "addr del 192.168.60.131/24 dev eth0");
    expect(stderr).toMatch(/addresses of several directors: lb1's .* on eth0, lb2's .* on eth0/);
    expect(code).toBe(2);
  });

  test("self and peer swapped", async () => {
    const { code, stderr } = await start({}, ["--as", "lb2"]);
    expect(stderr).toMatch(/--as lb2, but this host has none of its addresses/);
    expect(stderr).toMatch(/self and peer are swapped/);
    expect(code).toBe(2);
  });

  test("a secret file that others may read, or that is missing", async () => {
    pair.configure({});
    const key = pair.segment.root("lb1").replace(/lb1$/, "heartbeat.key");
    chmodSync(key, 0o644);
    const open = await pair.run("lb1");
    expect(open.stderr).toMatch(/heartbeat\.key .*0?644/);
    expect(open.code).toBe(2);
    const missing = await start({ heartbeat: { secretFile: "/nowhere/key" } });
    expect(missing.stderr).toMatch(/\/nowhere\/key .*(missing|does not exist)/);
    expect(missing.code).toBe(2);
  });
});

describe("refused without a place:", () => {
  test("no file", async () => {
    const { code, stderr } = await pair.run("lb1", { args: ["-c", "/nowhere/baton.yaml"] });
    expect(stderr).toMatch(/\/nowhere\/baton\.yaml does not exist/);
    expect(code).toBe(2);
  });

  test("the heartbeat's port in another program's hands", async () => {
    const echo = await programFile("echo");
    const argv = [process.execPath, echo, "lb1", String(HEARTBEAT_PORT)];
    const other = pair.network.spawn("lb1", argv);
    await other.line(/ready/);
    const { code, stderr } = await start({});
    await other.stop();
    expect(stderr).toMatch(/port 8112 on 192\.168\.60\.130 is held by .*node/);
    expect(code).toBe(2);
  });

  test("nobody", async () => {
    pair.configure({});
    const wrapper = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
    const { code, stderr } = await pair.run("lb1", { wrapper });
    expect(stderr).toContain("BATON_ROOT");
    expect(code).toBe(2);
  });

  test.each(["net_admin", "net_raw"])("root without CAP_%s", async (name) => {
    pair.configure({});
    const wrapper = ["setpriv", "--bounding-set", `-${name}`];
    const { code, stderr } = await pair.run("lb1", { wrapper });
    expect(stderr).toMatch(new RegExp(`root, but without CAP_${name.toUpperCase()}`));
    expect(code).toBe(2);
  });

  test("a second daemon on the same root", async () => {
    pair.configure({});
    const first = await pair.start("lb1");
    await pair.settled("lb1");
    const { code, stderr } = await pair.run("lb1");
    expect(stderr).toContain(`another baton (pid ${first.running.pid}) holds`);
    expect(code).toBe(2);
    expect(await pair.owners()).toEqual(["lb1"]);
    expect(await pair.state("lb1")).toBe("master");
  });
});

describe("not refused:", () => {
  test("an own address with an alias label", async () => {
    await pair.network.ip("lb1", "addr del 192.168.60.130/24 dev eth0");
    await pair.network.ip("lb1", "addr add 192.168.60.130/24 dev eth0 label eth0:0");
    pair.configure({});
    await pair.start("lb1");
    await pair.settled("lb1");
    expect(await pair.owners()).toEqual(["lb1"]);
    await pair.network.ip("lb1", "addr del 192.168.60.130/24 dev eth0");
    await pair.network.ip("lb1", "addr add 192.168.60.130/24 dev eth0");
    await pair.settled("lb1");
  });

  test("a VIP with the network's prefix, with a warning; the own address survives it", async () => {
    // As when the VIP was there first: the kernel takes a network's other addresses with it.
    await pair.network.ip("lb1", "addr del 192.168.60.130/24 dev eth0");
    await pair.network.ip("lb1", `addr add ${VIP}/24 dev eth0`);
    await pair.network.ip("lb1", "addr add 192.168.60.130/24 dev eth0");
    pair.configure(instance({ vips: [`${VIP}/24`] }));
    const daemon = await pair.start("lb1");
    await pair.settled("lb1");
    expect(
      daemon
        .log()
        .map(({ msg }) => msg)
        .join("\n"),
    ).toMatch(/a VIP of \/24 can become/);
    await daemon.running.stop();
    pair.forget("lb1");
    expect(await pair.owners()).toEqual([]);
    expect(await pair.network.holds("lb1", "192.168.60.130")).toBe(true);
  });

  test("an IPv6 address that is not usable yet", async () => {
    const directors = { lb1: { address: "fd00:99::130" }, lb2: { address: "fd00:99::131" } };
    pair.configure({ directors });
    await pair.network.ip("lb1", "addr add fd00:99::130/64 dev eth0");
    await pair.start("lb1");
    await pair.settled("lb1");
    await pair.network.ip("lb1", "addr del fd00:99::130/64 dev eth0");
  });

  test("an interface that is still to come, where waitForInterface says so", async () => {
    await pair.network.remove("lb1");
    pair.configure({ waitForInterface: true });
    const daemon = await pair.start("lb1");
    const said = await daemon.running.line(/waiting for/);
    expect(said).toContain("waiting for eth0, an own address");
    await sleep(2 * INTERVAL);
    await pair.network.restore("lb1");
    await pair.settled("lb1");
    expect(await pair.owners()).toEqual(["lb1"]);
  });

  test("ends at SIGTERM while it waits", async () => {
    await pair.network.remove("lb1");
    pair.configure({ waitForInterface: true });
    const daemon = await pair.start("lb1");
    await daemon.running.line(/waiting for/);
    await daemon.running.stop();
    pair.forget("lb1");
    await pair.network.restore("lb1");
    expect(await pair.owners()).toEqual([]);
    expect((await pair.release("lb1")).stdout).toContain("no baton of this boot left anything");
  });

  test("a link without carrier: in fault, and serving when it has one", async () => {
    pair.network.unplug("lb1");
    pair.configure({ directors: directorsOf(["lb1", "lb2"]) });
    await pair.start("lb1");
    await eventually("fault", async () => (await pair.state("lb1")) === "fault");
    pair.network.plug("lb1");
    await pair.settled("lb1");
  });
});

/** Another configuration for running directors: whole or not at all, and nobody notices. */
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PlanReply, Reply } from "../../../src/control/api.ts";
import { command } from "../../../src/control/client.ts";
import { longestGap } from "../../support/probe.ts";
import { eventually, sleep } from "../../support/process.ts";
import { baton, type Said } from "../../unit/cli/capture.ts";
import { VIP } from "../harness.ts";
import { type Cluster, createCluster, type DirectorName, INTERVAL, type Yaml } from "./cluster.ts";

const VIP2 = "192.168.60.101";
const web = { routerId: 51, interface: "eth0", vips: [VIP] };
const PLAIN: Yaml = { instances: { web } };

let cluster: Cluster;

beforeAll(async () => {
  cluster = await createCluster({ echo: true, config: PLAIN });
  await cluster.startWith("lb1");
});
afterAll(() => cluster?.close());

const ask = (name: DirectorName, path: string, body: object = {}): Promise<PlanReply> =>
  command<PlanReply>(cluster.daemon(name).places.socket, `/v1/${path}`, body, 20_000);

const reload = (name: DirectorName, config: Yaml, body: object = {}): Promise<PlanReply> => {
  cluster.configureOne(name, config);
  return ask(name, "reload", body);
};

const cli = (name: DirectorName, ...argv: readonly string[]): Promise<Said> =>
  baton("--root", cluster.segment.root(name), ...argv);

const moved = (text: string): string => text.replaceAll("192.168.60.13", "192.168.60.23");

/** Each test begins with the plain file, and lb1 as master. */
beforeEach(async () => {
  for (const name of ["lb2", "lb1"] as const) {
    const reply = await reload(name, PLAIN, { move: true });
    if (!reply.done) throw new Error(reply.sentence);
  }
  if ((await cluster.state("lb1")) !== "master") {
    await command<Reply>(cluster.daemon("lb1").places.socket, "/v1/takeover", {}, 20_000);
  }
  await cluster.settled("lb1");
});

describe("what changes changes, and nothing else", () => {
  test("a VIP comes and goes; clients of the others notice nothing", async () => {
    const before = await cluster.transitions();
    const probe = await cluster.segment.probe();
    await probe.answeredBy("lb1");
    const both: Yaml = { instances: { web: { ...web, vips: [VIP, VIP2] } } };
    const planned = await reload("lb1", both);
    expect(planned).toMatchObject({ done: true, plan: { moves: [] } });
    expect(planned.plan?.operations).toEqual([
      { subject: "instance web", what: `VIP ${VIP2}/32 on eth0 is added` },
    ]);
    await reload("lb2", both);
    await eventually("it stands", async () => (await cluster.owners(VIP2)).join() === "lb1");
    await (await cluster.segment.probe(VIP2)).answeredBy("lb1");
    await reload("lb1", PLAIN);
    await eventually("it is gone", async () => (await cluster.owners(VIP2)).length === 0);
    await sleep(4 * INTERVAL);
    expect(await cluster.owners()).toEqual(["lb1"]);
    expect(await cluster.transitions()).toEqual(before);
    expect(longestGap(await probe.stop())).toBeLessThan(INTERVAL);
  });

  test("another interval, one director after the other", async () => {
    const before = await cluster.transitions();
    const slower: Yaml = { ...PLAIN, heartbeat: { interval: "500ms" } };
    for (const name of ["lb2", "lb1"] as const) {
      expect(await reload(name, slower)).toMatchObject({ done: true });
    }
    await sleep(2000);
    expect(await cluster.transitions()).toEqual(before);
    expect((await cluster.daemon("lb1").status()).heartbeat.intervalMs).toBe(500);
  });

  test("an instance that is new is served, one that goes lets go", async () => {
    const two: Yaml = {
      instances: { web, mail: { routerId: 52, interface: "eth0", vips: [VIP2] } },
    };
    for (const name of ["lb1", "lb2"] as const) await reload(name, two);
    await cluster.settled("lb1", "mail");
    expect(await cluster.owners(VIP2)).toEqual(["lb1"]);
    const refused = await reload("lb1", PLAIN);
    expect(refused.sentence).toContain("mail: it is not in the file any more");
    expect(await cluster.owners(VIP2)).toEqual(["lb1"]);
    expect(await ask("lb1", "reload", { move: true })).toMatchObject({ done: true });
    expect(await cluster.owners(VIP2)).toEqual(["lb2"]);
    expect(await cluster.owners()).toEqual(["lb1"]);
  });

  test("keys are changed while they speak: first all know the new one, then they sign with it", async () => {
    const before = await cluster.transitions();
    const [old, fresh] = ["1:a key for tests only\n", "2:another key for tests only\n"];
    for (const keys of [old + fresh, fresh + old]) {
      for (const name of ["lb1", "lb2"] as const) {
        cluster.configureOne(name, PLAIN, keys);
        const { done, sentence } = await ask(name, "reload");
        expect([done, sentence]).toEqual([true, expect.anything()]);
      }
    }
    await sleep(4 * INTERVAL);
    expect(await cluster.transitions()).toEqual(before);
    await Promise.all((["lb1", "lb2"] as const).map((name) => reload(name, PLAIN)));
  });
});

describe("what is in doubt", () => {
  test("an instance that can not serve is at fault, and the others go on", async () => {
    const since = async (): Promise<string | undefined> =>
      (await cluster.daemon("lb1").status()).history.findLast((one) => one.instance === "web")
        ?.time;
    const before = await since();
    const link = ["ip", "link", "add", "dark0", "type", "veth", "peer", "name", "dark1"];
    await cluster.network.must("lb1", link);
    const dark = { routerId: 53, interface: "dark0", vips: ["192.168.66.1"] };
    expect(await reload("lb1", { instances: { web, dark } })).toMatchObject({ done: true });
    await eventually("the fault", async () => (await cluster.state("lb1", "dark")) === "fault");
    await reload("lb1", PLAIN);
    expect(await cluster.owners()).toEqual(["lb1"]);
    expect(await since()).toBe(before);
  });

  test("a start that waits waits no longer because of a reload", async () => {
    const waiting: Yaml = { ...PLAIN, startDelay: "2s" };
    cluster.configureOne("lb2", waiting);
    await cluster.daemon("lb2").crash();
    await cluster.start("lb2");
    await eventually("it waits", async () => (await cluster.state("lb2")) === "fault");
    await reload("lb2", { ...waiting, announce: { refresh: "9s" } });
    expect(await cluster.state("lb2")).toBe("fault");
    await eventually("it waits no more", async () => (await cluster.state("lb2")) === "backup");
  });

  test("a track that has begun to fail has its looks", async () => {
    const failing = `${cluster.segment.root("lb1")}/failing`;
    const script = ["/bin/sh", "-c", `test ! -e ${failing}`];
    const tracked: Yaml = {
      instances: { web: { ...web, track: ["alive"] } },
      tracks: { alive: { script, interval: "300ms", fall: 20 } },
    };
    await reload("lb1", tracked);
    writeFileSync(failing, "");
    await sleep(1000);
    await reload("lb1", { ...tracked, announce: { refresh: "9s" } });
    await sleep(1000);
    expect(await cluster.state("lb1")).toBe("master");
  });
});

describe("a file that is refused changes nothing", () => {
  test.each<[string, string | ((text: string) => string), RegExp]>([
    ["no YAML", "instances: [", /baton\.yaml:1:\d+: error/],
    ["an unknown key", (text) => text.replace('"vips"', '"vip"'), /error: .*vips/],
    ["an interface that is not there", (text) => text.replaceAll("eth0", "eth7"), /eth7/],
    ["not this host", moved, /on no interface/],
    ["nothing", "", /error/],
  ])("%s", async (_, mistake, said) => {
    const { config } = cluster.daemon("lb1").places;
    const before = await cluster.transitions();
    const { configDigest } = await cluster.daemon("lb1").status();
    const good = readFileSync(config, "utf8");
    writeFileSync(config, typeof mistake === "string" ? mistake : mistake(good));
    const { code, err } = await cli("lb1", "reload");
    expect(err).toMatch(said);
    expect(code).toBe(2);
    const after = await cluster.daemon("lb1").status();
    expect(after.configDigest).toBe(configDigest);
    expect(after.alarms.join()).toContain("the last reload was refused, and changed nothing");
    expect(await cluster.owners()).toEqual(["lb1"]);
    expect(await cluster.transitions()).toEqual(before);
  });

  test("SIGHUP says so in the log", async () => {
    writeFileSync(cluster.daemon("lb1").places.config, "nonsense: 1\n");
    cluster.daemon("lb1").running.kill("SIGHUP");
    await eventually("the refusal", () =>
      cluster
        .daemon("lb1")
        .log()
        .some(({ msg }) => msg.includes("reload refused") && msg.includes("nonsense")),
    );
    expect(await cluster.owners()).toEqual(["lb1"]);
  });
});

describe("the way back", () => {
  const other: Yaml = { instances: { web: { ...web, vips: [VIP, VIP2] } } };

  test("what nobody confirms goes back by itself, in the file as well", async () => {
    const { config } = cluster.daemon("lb1").places;
    const good = readFileSync(config, "utf8");
    cluster.configureOne("lb1", other);
    const { out, code } = await cli("lb1", "reload", "--confirm", "1s");
    expect(out).toContain("it goes back in 1 s unless somebody says: baton confirm");
    expect(code).toBe(0);
    await eventually("the VIP", async () => (await cluster.owners(VIP2)).join() === "lb1");
    await eventually("it is gone", async () => (await cluster.owners(VIP2)).length === 0);
    await eventually("the file is as before", () => readFileSync(config, "utf8") === good);
  });

  test("the same file again confirms nothing", async () => {
    cluster.configureOne("lb1", other);
    await cli("lb1", "reload", "--confirm", "1s");
    cluster.daemon("lb1").running.kill("SIGHUP");
    await eventually("the VIP", async () => (await cluster.owners(VIP2)).join() === "lb1");
    await eventually("it is gone", async () => (await cluster.owners(VIP2)).length === 0);
  });

  test("what is confirmed stays, and a rollback ends it", async () => {
    cluster.configureOne("lb1", other);
    await cli("lb1", "reload", "--confirm", "1s");
    expect(await cli("lb1", "confirm")).toMatchObject({ code: 0 });
    expect(await cli("lb1", "confirm")).toMatchObject({ code: 1 });
    await sleep(1500);
    expect(await cluster.owners(VIP2)).toEqual(["lb1"]);
    expect(await cli("lb1", "rollback")).toMatchObject({ code: 0 });
    await eventually("it is gone", async () => (await cluster.owners(VIP2)).length === 0);
    const { out } = await cli("lb1", "history", "--config");
    expect(out.trim().split("\n").at(-1)).toMatch(/^\d+ .* rollback to \d+ +runs$/);
  });

  test("a restart in between does not make it forget", async () => {
    const digest = async (): Promise<string | undefined> =>
      (await cluster.daemon("lb1").tryStatus())?.configDigest;
    const before = await digest();
    cluster.configureOne("lb1", other);
    await cli("lb1", "reload", "--confirm", "2s");
    const between = await digest();
    expect(between).not.toBe(before);
    await cluster.daemon("lb1").crash();
    await cluster.start("lb1");
    await eventually("it runs the new one", async () => (await digest()) === between);
    await eventually("it has gone back", async () => (await digest()) === before);
  });
});

describe("pushed to the other director", () => {
  const other: Yaml = { instances: { web: { ...web, vips: [VIP, VIP2] } } };

  test("it runs there as well, and stands in its file", async () => {
    await reload("lb1", other);
    const { code, out } = await cli("lb1", "push");
    expect(out).toContain(`lb2: instance web: VIP ${VIP2}/32 on eth0 is added`);
    expect(code).toBe(0);
    const digests = await Promise.all(
      (["lb1", "lb2"] as const).map(async (name) => {
        return (await cluster.daemon(name).status()).configDigest;
      }),
    );
    expect(new Set(digests).size).toBe(1);
    const [mine, theirs] = (["lb1", "lb2"] as const).map((name) =>
      readFileSync(cluster.daemon(name).places.config, "utf8"),
    );
    expect(theirs).toBe(mine);
    const history = (await cli("lb1", "history")).out;
    expect(history).toMatch(/ lb2 +reload/);
    expect(history).toMatch(/lb2's clock is .* its times are moved/);
    expect(await cluster.owners()).toEqual(["lb1"]);
  });

  test("what its host is not fit for is refused there, and changes nothing there", async () => {
    const link = ["ip", "link", "add", "only0", "type", "veth", "peer", "name", "only1"];
    await cluster.network.must("lb1", link);
    await cluster.network.must("lb1", ["ip", "link", "set", "only0", "up"]);
    const { config } = cluster.daemon("lb2").places;
    const before = readFileSync(config, "utf8");
    const more = { vips: [VIP, { address: VIP2, interface: "only0" }] };
    const { done } = await reload("lb1", { instances: { web: { ...web, ...more } } });
    expect(done).toBe(true);
    const { code, err } = await cli("lb1", "push", "lb2");
    expect(err).toMatch(/lb2: .*baton\.yaml:\d+:\d+: error: .*only0/);
    expect(code).toBe(1);
    expect(readFileSync(config, "utf8")).toBe(before);
    const { alarms } = await cluster.daemon("lb2").status();
    expect(alarms.join()).toContain("the last reload was refused, and changed nothing");
  });
});

/** Commands on a director's host: this process sits on lb1; the daemon is dead, hung, or played. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Ip } from "../../src/base/ip.ts";
import { places } from "../../src/base/places.ts";
import type { Reply } from "../../src/control/api.ts";
import { type ControlServer, serve } from "../../src/control/server.ts";
import type { InstanceSnapshot, Snapshot } from "../../src/core/director/snapshot-types.ts";
import { bootId, bootTime } from "../../src/os/clock.ts";
import { acquireLock } from "../../src/os/files.ts";
import { RUN_STATE_VERSION, type RunState, writeRunState } from "../../src/os/run-state.ts";
import { enterNamespace } from "../support/enter.ts";
import { handlersWith } from "../support/handlers.ts";
import { buildNetwork, type Network } from "../support/network.ts";
import { sleep } from "../support/process.ts";
import { SNAPSHOT } from "../support/snapshot.ts";
import { baton, type Said } from "../unit/cli/capture.ts";

const VIP = "192.168.60.100";
const VIP6 = "fd00:60::100";
const LB2 = "192.168.60.131";
const CONFIG = `directors:
  lb1: { address: 192.168.60.130, priority: 150 }
  lb2: { address: 192.168.60.131 }
instances:
  web: { routerId: 51, interface: eth0, vips: [${VIP}] }
`;

let network: Network;
let root: string;
const at = (): ReturnType<typeof places> => places(root);
const command = (...argv: readonly string[]): Promise<Said> => baton("--root", root, ...argv);
const put = (host: "lb1" | "lb2", verb: "add" | "del"): Promise<string> =>
  network.ip(host, `addr ${verb} ${VIP}/32 dev eth0`);

beforeAll(async () => {
  network = await buildNetwork({
    lb1: { eth0: ["192.168.60.130/24", "fd00:60::130/64"] },
    lb2: { eth0: ["192.168.60.131/24", "fd00:60::131/64"] },
  });
  enterNamespace(network.namespace("lb1"));
  root = mkdtempSync(join(tmpdir(), "baton-cli-"));
  mkdirSync(at().run, { recursive: true });
  mkdirSync(join(root, "etc/baton"), { recursive: true });
  writeFileSync(at().config, CONFIG);
  // Heartbeats would have made it known.
  await network.exec("lb1", ["ping", "-c1", "-W1", "-n", LB2]);
});
afterAll(async () => {
  await network?.close();
  rmSync(root, { recursive: true, force: true });
});

describe("without a daemon", () => {
  const notes = (changes: Partial<RunState> = {}): RunState => ({
    version: RUN_STATE_VERSION,
    bootId: bootId(),
    pid: 4_194_305,
    director: "lb1",
    configFile: at().config,
    instances: { web: { state: "master", since: bootTime() - 60_000, why: "lb2 was silent" } },
    added: {
      vips: [{ address: VIP as Ip, prefix: 32, interface: "eth0" }],
      services: [],
      roles: [],
    },
    level: true,
    ended: false,
    writtenAt: bootTime() - 3000,
    ...changes,
  });
  afterEach(() => {
    rmSync(at().run, { recursive: true });
    mkdirSync(at().run);
  });

  test("nothing was left behind", async () => {
    const said = await command("status");
    expect(said).toMatchObject({ code: 3, err: "" });
    expect(said.out).toContain("baton is not running, and left nothing behind.");
    expect(said.out).toContain(`ALARM  nobody answers for ${VIP} on eth0`);
  });

  test("a VIP that a killed daemon left is found in the kernel", async () => {
    await put("lb1", "add");
    await writeRunState(at().state, notes());
    const said = await command("status");
    expect(said).toMatchObject({ code: 1, err: "" });
    expect(said.out).toMatch(/the daemon of lb1 left something behind/);
    expect(said.out).toContain("web: it was MASTER since 1 m 0 s ago: lb2 was silent");
    expect(said.out).toMatch(/^ {2}VIP {2}192\.168\.60\.100\/32 on eth0$/m);
    expect(said.out).toContain("`baton release` lets go");
    const json = JSON.parse((await command("status", "--json")).out) as Record<string, unknown>;
    expect(json).toMatchObject({ daemon: "dead", vipsHere: [`${VIP}/32 on eth0`] });
  });

  test("also without the daemon's notes, and without the file", async () => {
    const said = await command("status");
    expect(said.code).toBe(1);
    expect(said.out).toMatch(/^ {2}VIP {2}192\.168\.60\.100\/32 on eth0$/m);
    await writeRunState(at().state, notes({ configFile: "/nonexistent/baton.yaml" }));
    const blind = await command("status");
    expect(blind.code).toBe(1);
    expect(blind.out).toContain("Not known: the configuration /nonexistent/baton.yaml was sought");
    await writeRunState(at().state, notes({ bootId: "another boot", configFile: "/x" }));
    expect((await command("-c", "/nonexistent", "status")).code).toBe(3);
  });

  test("the other director has it too: an alarm", async () => {
    await put("lb2", "add");
    const said = await command("status");
    const lb2 = `lb2 (${network.mac("lb2")})`;
    expect(said.out).toContain(`ALARM  ${VIP} is held by 2 at once: this host, ${lb2}`);
    await put("lb1", "del");
    const taken = await command("status");
    expect(taken.code).toBe(3);
    expect(taken.out).toContain(`not here  answered by ${lb2}`);
    await put("lb2", "del");
  });

  test("a daemon that lives without a socket is starting or stopping", async () => {
    const lock = await acquireLock(at().lock);
    const said = await command("status");
    expect(said.code).toBe(1);
    expect(said.out).toContain(`(pid ${process.pid}) lives without a control socket`);
    if (lock.kind === "acquired") lock.release();
    expect((await command("status")).code).toBe(3);
  });

  test("a daemon that does not answer is hung", async () => {
    const hung: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => hung.listen(at().socket, resolve));
    const said = await command("status");
    expect(said.code).toBe(1);
    expect(said.out).toContain("did not answer within 2.0 s: it is hung or stopped");
    hung.close();
  });
});

/** A director in a few lines: it moves the VIP as it is told, well or badly. */
class Played {
  master: "lb1" | "lb2" = "lb1";
  hold = false;
  /** Milliseconds from taking the VIP off to putting it on there; negative is an overlap. */
  gap = -20;
  readonly asked: string[] = [];
  server: ControlServer | undefined;

  async open(): Promise<void> {
    await put("lb1", "add");
    this.server = await serve(
      handlersWith({
        status: () => this.snapshot(),
        failover: (request) => this.move("failover", "lb1", "lb2", request.holdMs > 0),
        takeover: () => this.move("takeover", "lb2", "lb1"),
        server: ({ server }) => Promise.resolve({ done: true, sentence: server }),
        resume: () => {
          this.asked.push("resume");
          this.hold = false;
          if (this.vrrp && this.master === "lb2") void this.move("preempts", "lb2", "lb1");
          return Promise.resolve({ done: true, sentence: "lb1 is not on hold any more" });
        },
      }),
      at().socket,
    );
  }

  vrrp: InstanceSnapshot["vrrp"];

  async move(what: string, from: "lb1" | "lb2", to: "lb1" | "lb2", hold = false): Promise<Reply> {
    this.asked.push(what);
    if (this.master !== from) return { done: false, sentence: `${from} is not the master` };
    if (this.gap < 0) {
      await put(to, "add");
      await sleep(-this.gap);
      await put(from, "del");
    } else {
      await put(from, "del");
      await sleep(this.gap);
      await put(to, "add");
    }
    this.master = to;
    this.hold = hold;
    return { done: true, sentence: `${to} is master now` };
  }

  snapshot(): Snapshot {
    const mine = this.master === "lb1";
    const state = (own: boolean): string => (own ? "master" : "backup");
    return {
      ...SNAPSHOT,
      instances: SNAPSHOT.instances.map(
        (one): InstanceSnapshot => ({
          ...one,
          state: state(mine),
          master: this.master,
          holdMs: this.hold ? 5000 : undefined,
          vrrp: this.vrrp,
          vips: [{ vip: `${VIP}/32`, interface: "eth0", wanted: mine, present: mine }],
          peers: one.peers.map((peer) => ({ ...peer, state: state(!mine), claims: !mine })),
        }),
      ),
    };
  }

  async close(): Promise<void> {
    await this.server?.close();
    await network.exec(this.master, ["ip", "addr", "del", `${VIP}/32`, "dev", "eth0"]);
  }
}

describe("with a daemon", () => {
  let played: Played;
  const start = async (gap: number): Promise<void> => {
    played = new Played();
    played.gap = gap;
    await played.open();
  };
  afterEach(() => played.close());

  test("status joins its view with the wire's", async () => {
    await start(-20);
    const said = await command("status");
    expect(said).toMatchObject({ code: 0, err: "" });
    expect(said.out).toContain(`${VIP}/32  eth0  here  nobody else answers`);
    expect(said.out).not.toContain("ALARM");
    await put("lb2", "add");
    const both = await command("status");
    expect(both.out).toContain(`ALARM  ${VIP} is held by 2 at once: this host, lb2 (`);
    const json = JSON.parse((await command("status", "--json")).out) as Record<string, unknown>;
    expect(json).toMatchObject({
      daemon: "running",
      format: 1,
      director: "lb1",
      wire: [{ address: VIP, here: true, answers: [{ director: "lb2" }] }],
    });
    await put("lb2", "del");
  });

  test("failover and resume print what was done, or why not", async () => {
    await start(-20);
    expect(await command("failover", "web", "--hold", "1m")).toEqual({
      code: 0,
      out: "lb2 is master now\n",
      err: "",
    });
    expect(await command("failover")).toEqual({
      code: 1,
      out: "",
      err: "baton: lb1 is not the master\n",
    });
    expect((await command("resume")).out).toBe("lb1 is not on hold any more\n");
  });

  test("a drill from the master: there and back, without a gap", async () => {
    await start(-40);
    const said = await command("drill");
    expect(said).toMatchObject({ code: 0, err: "" });
    expect(said.out).toMatch(/^there: lb1 to lb2 {2}took .*, gap none, both held it for \d/m);
    expect(said.out).toMatch(/^back: lb2 to lb1 {2}took .*, gap none, both held it for \d/m);
    expect(played).toMatchObject({ master: "lb1", hold: false });
    expect(played.asked).toEqual(["failover", "resume", "takeover", "resume"]);
  });

  test("a drill over VRRP waits for the role, and says what it could not know", async () => {
    await start(-40);
    const how = { version: 3, mode: "unicast", intervalMs: 250, preemptAfterMs: 0 };
    played.vrrp = { ...how, advertised: [VIP], vmac: undefined };
    const said = await command("drill");
    expect(said).toMatchObject({ code: 0, err: "" });
    expect(said.out).toMatch(/^not known: whether lb2 lives/m);
    expect(said.out).toMatch(/^back: lb2 to lb1 {2}took .*, gap none, both held it for \d/m);
    expect(played.asked).toEqual(["failover", "resume", "preempts", "resume"]);
  });

  test("a drill from the backup, in JSON", async () => {
    await start(-40);
    await played.move("before", "lb1", "lb2");
    const said = await command("drill", "web", "--json");
    expect(said.code).toBe(0);
    expect(JSON.parse(said.out)).toMatchObject({
      ok: true,
      legs: [
        { from: "lb2", to: "lb1", done: true, gapMs: 0 },
        { from: "lb1", to: "lb2", done: true, gapMs: 0 },
      ],
    });
    expect(played.asked).toEqual(["before", "takeover", "failover", "resume"]);
    expect(played.master).toBe("lb2");
  });

  test("a gap is measured, and fails the drill", async () => {
    await start(150);
    const said = await command("drill", "--max-gap", "100ms", "--json");
    expect(said.code).toBe(1);
    const report = JSON.parse(said.out) as {
      ok: boolean;
      legs: { gapMs: number; done: boolean }[];
    };
    expect(report.ok).toBe(false);
    expect(report.legs).toHaveLength(2);
    for (const leg of report.legs) {
      expect(leg.done).toBe(true);
      expect(leg.gapMs).toBeGreaterThan(145);
      expect(leg.gapMs).toBeLessThan(600);
    }
    const allowed = await command("drill", "--max-gap", "1s");
    expect(allowed.code).toBe(0);
    expect(allowed.out).toMatch(/^passed: longest gap \d/m);
  });

  test("--stay leaves the role and the hold where they are", async () => {
    await start(-20);
    const said = await command("drill", "--stay");
    expect(said.code).toBe(0);
    expect(said.out).toContain("lb1 stays away for 10m, or until `baton resume` there");
    expect(played).toMatchObject({ master: "lb2", hold: true });
    expect(played.asked).toEqual(["failover"]);
  });

  test("it does not start while somebody else holds the VIP too", async () => {
    await start(-20);
    await put("lb2", "add");
    const said = await command("drill");
    expect(said.code).toBe(1);
    expect(said.out).toMatch(/problem: .* is held by lb1 and lb2, not by lb1 alone/);
    expect(said.out).toContain("The drill did not start.");
    expect(played.asked).not.toContain("failover");
    await put("lb2", "del");
  });

  test("a handover that comes to nothing fails the drill and ends the hold", async () => {
    await start(-20);
    played.move = (what) => {
      played.asked.push(what);
      return Promise.resolve({ done: false, sentence: "no other director is fit to take over" });
    };
    const said = await command("drill");
    expect(said.code).toBe(1);
    expect(said.out).toContain("did not succeed");
    expect(said.out).toContain("no other director is fit to take over");
    expect(played.asked).toEqual(["failover", "resume"]);
  });
});

describe("IPv6", () => {
  test("who answers is asked by neighbour solicitation", async () => {
    writeFileSync(at().config, CONFIG.replace(VIP, VIP6));
    await network.ip("lb2", `addr add ${VIP6}/128 dev eth0 nodad preferred_lft 0`);
    const said = await command("status");
    expect(said.code).toBe(3);
    expect(said.out).toContain(`${VIP6}  eth0  not here  answered by lb2 (${network.mac("lb2")})`);
  });
});

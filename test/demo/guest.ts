/** The demo's program in the lab: five faults, one after another, before clients at work. */
import { buildPair, type DirectorName, INTERVAL_MS, level, type Pair, rootOf } from "../lab/guest/pair.ts";
import { emit, main } from "../lab/guest/report.ts";
import { DIRECTORS } from "../lab/guest/topology.ts";
import { clock, eventually, sleep } from "../support/process.ts";
import { batonFile } from "../support/programs.ts";
import { master, other, PROBE_MS, type Scene, Stage, say } from "./stage.ts";
import type { Outcome } from "./types.ts";

/** Three silent intervals, one for the phase of the last advert, one for a busy machine. */
const TAKEOVER_LIMIT = 5;
/** Two masters that hear each other: one interval, and one for a busy machine. */
const AGREE_LIMIT = 2;

const inIntervals = (ms: number): string =>
  `${Math.round(ms)} ms, ${(ms / INTERVAL_MS).toFixed(1)} intervals`;

function expectWithin(scene: Scene, what: string, ms: number, limit: number): void {
  scene.expect(`${what} within ${limit} intervals`, ms <= limit * INTERVAL_MS, inIntervals(ms));
}

async function expectAlone(scene: Scene, host: DirectorName): Promise<void> {
  const holders = await scene.pair.holders();
  const alone = holders.length === 1 && holders[0] === host;
  scene.expect(`only ${host} has the VIP afterwards`, alone, holders.join(" and ") || "nobody");
}

async function handover(scene: Scene): Promise<void> {
  const { pair } = scene;
  const from = await master(pair);
  const to = other(from);
  scene.did(`baton failover on ${from}`);
  const taken = scene.takesOver(to);
  const { done, sentence } = await pair.command(from, "/v1/failover");
  scene.expect(`${from} hands over`, done, sentence);
  expectWithin(scene, `${to} has the VIP`, await taken, 1);
  await pair.settled(to);
  await expectAlone(scene, to);
  await pair.command(from, "/v1/resume");
}

async function crash(scene: Scene): Promise<void> {
  const { pair } = scene;
  const dead = await master(pair);
  const heir = other(dead);
  scene.did(`kill -9 of ${dead}'s daemon; its kernel serves on`);
  const taken = scene.takesOver(heir);
  await pair.kill(dead);
  expectWithin(scene, `${heir} has the VIP`, await taken, TAKEOVER_LIMIT);
  await sleep(INTERVAL_MS);
  scene.did(`baton release on ${dead}`);
  const { code, stdout, stderr } = await pair.release(dead);
  const said = (stderr || stdout).trim().split("\n")[0] ?? "";
  scene.expect(`release on ${dead} takes away what was left`, code === 0, said);
  await expectAlone(scene, heir);
  scene.did(`baton run on ${dead}`);
  await pair.start(dead);
  await expectAlone(scene, heir);
}

async function loss(scene: Scene): Promise<void> {
  const { pair } = scene;
  const lost = await master(pair);
  const heir = other(lost);
  scene.did(`all links of ${lost} are cut`);
  const taken = scene.takesOver(heir);
  pair.network.isolate(lost);
  expectWithin(scene, `${heir} has the VIP`, await taken, TAKEOVER_LIMIT);
}

/** The machine that was lost holds its VIP in a network of its own, until it is switched off. */
async function comeback(stage: Stage, scene: Scene): Promise<void> {
  const { pair } = scene;
  const [lost, heir] = await lostAndHeir(pair);
  scene.did(`${lost} is switched off and on; its kernel is empty`);
  await stage.reboot(lost);
  scene.did(`baton run on ${lost}`);
  await pair.start(lost);
  await expectAlone(scene, heir);
  const [ours, theirs] = await Promise.all(DIRECTORS.map((host) => services(pair, host)));
  const lines = ours?.split("\n").length ?? 0;
  const same = ours === theirs && lines > 1;
  scene.expect(`${lost} has the whole IPVS table again`, same, `${lines} lines on ${lost}`);
}

async function lostAndHeir(pair: Pair): Promise<readonly [DirectorName, DirectorName]> {
  const { instances } = await pair.status("lb1");
  const peerAlive = (await pair.status("lb1")).history.at(-1)?.to === "master";
  if (instances.length === 0) throw new Error("no instance");
  return peerAlive ? ["lb1", "lb2"] : ["lb2", "lb1"];
}

async function partition(scene: Scene): Promise<void> {
  const { pair } = scene;
  const before = await master(pair);
  const heir = other(before);
  scene.did("the directors do not hear each other; the client hears both");
  const taken = scene.takesOver(heir);
  await pair.network.partition([before], [heir]);
  expectWithin(scene, `${heir} serves its side`, await taken, TAKEOVER_LIMIT);
  await sleep(2 * INTERVAL_MS);
  const holders = await pair.holders();
  scene.expect("both sides are served", holders.length === 2, holders.join(" and "));
  scene.did("the partition heals");
  const healed = clock();
  await pair.network.healDrops();
  const one = async (): Promise<boolean> => (await pair.holders()).length === 1;
  await eventually("one lets go", one, { timeout: 15 * INTERVAL_MS, interval: 20 });
  expectWithin(scene, "one of them lets go", clock() - healed, AGREE_LIMIT);
  const winner = await master(pair);
  await pair.settled(winner);
  await sleep(INTERVAL_MS);
  const reached = await pair.network.neighbour("client", "192.168.60.100");
  scene.expect("the client reaches the one that stays", reached === winner, `${reached}`);
}

const services = async (pair: Pair, host: DirectorName): Promise<string> => {
  const text = await pair.network.must(host, ["ipvsadm", "-Sn"]);
  return text.trim().split("\n").toSorted().join("\n");
};

async function begin(): Promise<Stage> {
  say("two directors, a client and two real servers are made");
  const pair = await buildPair("dr");
  const stage = new Stage(pair);
  await Promise.all(DIRECTORS.map((host) => stage.watch(host)));
  say("lb1 and lb2 start from the same baton.yaml");
  await Promise.all(DIRECTORS.map((host) => pair.start(host)));
  await pair.settled("lb1");
  say("lb1 is master; lb2 learns the connections");
  await level(pair, "lb2");
  return stage;
}

async function outcome(stage: Stage): Promise<Outcome> {
  const { pair, rehearsals } = stage;
  const last = await master(pair);
  const root = ["--root", rootOf(last)];
  const argv = [process.execPath, batonFile(), "status", ...root];
  const status = await pair.network.exec(last, argv);
  return {
    directors: DIRECTORS,
    intervalMs: INTERVAL_MS,
    probeMs: PROBE_MS,
    rehearsals,
    master: last,
    status: status.stdout,
    table: await pair.network.must(last, ["ipvsadm", "-Ln"]),
  };
}

await main(async () => {
  const stage = await begin();
  const play = (name: string, title: string, body: (scene: Scene) => Promise<void>) =>
    stage.rehearse({ name, title }, body);
  await play("handover", "planned handover", handover);
  await play("crash", "kill -9 of the master's daemon, release, restart", crash);
  await play("loss", "loss of the master's host", loss);
  await play("return", "return of the lost host", (scene) => comeback(stage, scene));
  await level(stage.pair, await backup(stage.pair));
  await play("partition", "partition of the directors, and its healing", partition);
  emit({ kind: "outcome", outcome: await outcome(stage) });
  await stage.pair.network.close();
});

async function backup(pair: Pair): Promise<DirectorName> {
  return other(await master(pair));
}

/** The demo's program in the lab: ten acts, one after another, before clients at work. */
import {
  buildPair,
  configText,
  type DirectorName,
  failover,
  INTERVAL_MS,
  level,
  other,
  type Pair,
  startBoth,
} from "../lab/guest/pair.ts";
import { emit, main } from "../lab/guest/report.ts";
import { DIRECTORS, VIP } from "../lab/guest/topology.ts";
import { clock, eventually, sleep } from "../support/process.ts";
import { expectAlone, expectWithin } from "./expect.ts";
import { fill, MANY, taught } from "./many.ts";
import { pairWithKeepalived, toKeepalived } from "./mixed.ts";
import { master, type Scene, Stage, say } from "./stage.ts";

/** Three silent intervals, one for the phase of the last advert, one for a busy machine. */
const TAKEOVER_LIMIT = 5;
/** A guard waits as long as a start takes in there, two intervals at most. */
const GUARD_LIMIT = 4;
/** One until the first heartbeat comes across, one to agree, one for a busy machine. */
const AGREE_LIMIT = 3;
/** Milliseconds in truth; a busy guest may have its processor elsewhere. */
const HANDOVER_LIMIT = 2;
/** Of the better priority, as the pair's file has it. */
const PREFERRED = "lb1";

async function handover(scene: Scene): Promise<void> {
  const { pair } = scene;
  const from = await master(pair);
  const to = other(from);
  scene.did(`baton failover on ${from}`);
  const { done, sentence } = await failover(pair, from);
  scene.expect(`${from} hands over`, done, sentence);
  expectWithin(scene, `${to} has the VIP`, await scene.takesOver(to), HANDOVER_LIMIT);
  await pair.settled(to);
  await expectAlone(scene, to);
  await pair.command(from, "/v1/resume");
}

async function crash(scene: Scene): Promise<void> {
  const { pair } = scene;
  const dead = await master(pair);
  const heir = other(dead);
  scene.did(`kill -9 of ${dead}'s daemon; nobody starts it again`);
  await pair.kill(dead);
  expectWithin(scene, `${heir} has the VIP`, await scene.takesOver(heir), TAKEOVER_LIMIT);
  const said = (): boolean => pair.output(dead).includes("nobody took it up in time");
  const limits = { timeout: GUARD_LIMIT * INTERVAL_MS, interval: 50 };
  const acted = await eventually("the guard acts", said, limits).catch(() => false);
  scene.expect(`the guard of ${dead} lets go of what was left`, acted, `${acted}`);
  await sleep(INTERVAL_MS);
  await expectAlone(scene, heir, "after that");
  scene.did(`baton run on ${dead}`);
  await pair.start(dead);
  await expectAlone(scene, heir, "after the restart");
}

/** As a supervisor does it: the kernel keeps what stands, and the new process takes it up. */
async function restart(scene: Scene): Promise<void> {
  const { pair } = scene;
  const host = await master(pair);
  const since = Date.now();
  scene.did(`kill -9 of ${host}'s daemon, which is started again at once`);
  await pair.killAfterBeat(host);
  await pair.start(host);
  await sleep(TAKEOVER_LIMIT * INTERVAL_MS);
  await expectAlone(scene, host);
  const { history } = await pair.status(other(host));
  const moved = history.filter(({ time }) => Date.parse(time) >= since).length;
  scene.expect(`${other(host)} does nothing`, moved === 0, `${moved} transitions`);
  const [web] = (await pair.status(host)).instances;
  const adopts = web?.why.startsWith("baton restarted in time") ?? false;
  scene.expect(`${host} takes up what it held`, adopts, web?.why ?? "nothing");
}

/** Longer than others wait: when it thaws, somebody else is master. */
async function freeze(scene: Scene): Promise<void> {
  const { pair } = scene;
  const frozen = await master(pair);
  const heir = other(frozen);
  scene.did(`${frozen}'s daemon is frozen (SIGSTOP); its kernel keeps the VIP`);
  pair.signal(frozen, "SIGSTOP");
  expectWithin(scene, `${heir} has the VIP`, await scene.takesOver(heir), TAKEOVER_LIMIT);
  await sleep(2 * INTERVAL_MS);
  scene.did(`${frozen}'s daemon thaws (SIGCONT)`);
  const thawed = clock();
  pair.signal(frozen, "SIGCONT");
  const one = async (): Promise<boolean> => (await pair.holders()).length === 1;
  await eventually("one lets go", one, { timeout: 15 * INTERVAL_MS, interval: 20 });
  expectWithin(scene, `${frozen} lets go`, clock() - thawed, AGREE_LIMIT);
  await pair.settled(heir);
  await expectAlone(scene, heir);
}

async function loss(scene: Scene, lost: DirectorName): Promise<void> {
  const { pair } = scene;
  const heir = other(lost);
  scene.did(`all links of ${lost} are cut; it keeps its VIP where nobody sees it`);
  pair.network.isolate(lost);
  expectWithin(scene, `${heir} has the VIP`, await scene.takesOver(heir), TAKEOVER_LIMIT);
}

/** The machine that was lost holds its VIP in a network of its own, until it is switched off. */
async function comeback(stage: Stage, scene: Scene, lost: DirectorName): Promise<void> {
  const { pair } = scene;
  scene.did(`${lost} is switched off and on; its kernel is empty`);
  await stage.reboot(lost);
  scene.did(`baton run on ${lost}`);
  await pair.start(lost);
  await expectAlone(scene, other(lost));
  const [ours, theirs] = await Promise.all(DIRECTORS.map((host) => services(pair, host)));
  const lines = ours?.split("\n").length ?? 0;
  const same = ours === theirs && lines > 1;
  scene.expect(`${lost} has the whole IPVS table again`, same, `${lines} lines on ${lost}`);
}

async function partition(stage: Stage, scene: Scene): Promise<void> {
  const { pair } = scene;
  const before = await master(pair);
  const heir = other(before);
  scene.did("the directors do not hear each other; the client hears both");
  await pair.network.partition([before], [heir]);
  expectWithin(scene, `${heir} serves its side`, await scene.takesOver(heir), TAKEOVER_LIMIT);
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
  await stage.look(winner);
}

/** The pair's file says from now on whether lb1, the better one, takes its role back. */
async function reload(pair: Pair, preempt: "immediate" | "never"): Promise<void> {
  say(`baton reload on both: preempt is ${preempt} from now on`);
  pair.configure(configText({ variant: "dr", preempt }));
  // The running master first: it would otherwise hand over in the middle of its own reload.
  const running = await master(pair);
  for (const host of [running, other(running)]) {
    const { done, sentence } = await pair.command(host, "/v1/reload", { move: true });
    if (!done) throw new Error(`${host} did not reload: ${sentence}`);
  }
  await pair.settled(PREFERRED);
  await level(pair, other(PREFERRED));
}

/** Lost before the clients are looked at: what they notice of that is another story. */
async function lose(pair: Pair, lost: DirectorName): Promise<void> {
  say(`all links of ${lost} are cut, and it is switched off`);
  pair.network.isolate(lost);
  const heir = (): Promise<boolean> => pair.network.holds(other(lost), VIP);
  await eventually(`${other(lost)} takes over`, heir, { timeout: 15 * INTERVAL_MS });
}

/** It must not take a role whose connections it does not know. */
async function preemption(stage: Stage, scene: Scene): Promise<void> {
  const { pair } = scene;
  scene.did(`${PREFERRED} is switched on; its kernel is empty`);
  await stage.reboot(PREFERRED);
  scene.did(`baton run on ${PREFERRED}, which preempts`);
  await pair.start(PREFERRED);
  await scene.takesOver(PREFERRED);
  await pair.settled(PREFERRED);
  await expectAlone(scene, PREFERRED);
  const [web] = (await pair.status(PREFERRED)).instances;
  scene.expect(`${PREFERRED} learned the connections first`, web?.level ?? false, web?.why ?? "");
  await stage.look(PREFERRED);
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
  await startBoth(pair);
  say("lb1 is master; lb2 learns the connections");
  await level(pair, "lb2");
  return stage;
}

/** What clients may lose: nothing, or what one kernel had not yet sent to the other. */
const SMOOTH = { gap: 1, alive: 1, failed: 0 } as const;
/** A connection that opens at that very moment is known to the old master alone. */
const PLANNED = { ...SMOOTH, failed: 1 } as const;
const KERNELS = { gap: 1, alive: 0.9, failed: undefined } as const;
const OUTAGE = { ...KERNELS, gap: TAKEOVER_LIMIT } as const;

async function rehearseAll(stage: Stage): Promise<void> {
  const { pair } = stage;
  await stage.rehearse("handover", "planned handover", PLANNED, handover);
  await stage.rehearse("restart", "kill -9 of the daemon, restarted in time", SMOOTH, restart);
  await stage.rehearse("crash", "kill -9 of the master's daemon", KERNELS, crash);
  await level(pair, other(await master(pair)));
  await stage.rehearse("freeze", "the master's daemon is frozen, and thaws", KERNELS, freeze);
  await level(pair, other(await master(pair)));
  const lost = await master(pair);
  const losing = (scene: Scene): Promise<void> => loss(scene, lost);
  await stage.rehearse("loss", "loss of the master's host", OUTAGE, losing);
  const returning = (scene: Scene): Promise<void> => comeback(stage, scene, lost);
  await stage.rehearse("return", "return of the lost host", SMOOTH, returning);
  await level(pair, lost);
  const parting = (scene: Scene): Promise<void> => partition(stage, scene);
  await stage.rehearse("partition", "partition and healing", KERNELS, parting);
  await reload(pair, "immediate");
  await lose(pair, PREFERRED);
  const preempting = (scene: Scene): Promise<void> => preemption(stage, scene);
  await stage.rehearse("preemption", "return of the preferred host, empty", PLANNED, preempting);
  await rehearseMore(stage);
}

/** What needs another table, or another peer. */
async function rehearseMore(stage: Stage): Promise<void> {
  const { pair } = stage;
  await reload(pair, "never");
  await fill(pair);
  const teaching = (scene: Scene): Promise<void> => taught(stage, scene);
  await stage.rehearse("many", `${MANY} connections taught to an empty host`, SMOOTH, teaching);
  await pairWithKeepalived(stage);
  await stage.rehearse("keepalived", "handover to a keepalived", PLANNED, toKeepalived);
}

await main(async () => {
  const stage = await begin();
  let complete = false;
  try {
    await rehearseAll(stage);
    complete = true;
  } finally {
    // What was seen until something broke is worth a page as well.
    emit({ kind: "outcome", outcome: stage.outcome(complete) });
  }
  await stage.pair.network.close();
});

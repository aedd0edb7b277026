/** The demo's act of a large table: a host comes back empty, and is taught while clients work. */
import {
  type DirectorName,
  failover,
  ipvsadm,
  level,
  other,
  type Pair,
  rootOf,
} from "../lab/guest/pair.ts";
import { SERVICE_PORT, serverAddress, VIP } from "../lab/guest/topology.ts";
import { clock, eventually } from "../support/process.ts";
import { batonFile, programFile } from "../support/programs.ts";
import { expectAlone, expectWithin } from "./expect.ts";
import { master, type Scene, type Stage, say } from "./stage.ts";

/** In one kernel both directors' connections lie in one list, through which each read walks. */
export const MANY = 20_000;
/** Of a backup that is taught, in intervals. */
const LEVEL_LIMIT = 20;
/** A busy guest may have its processor elsewhere; the benchmark's limit is 20 ms. */
const LATE_SECONDS = "0.1";
const PLANT_LIMIT_MS = 60_000;

const connections = async (pair: Pair, host: DirectorName): Promise<number> =>
  [...(await ipvsadm(pair, host, "-Ln")).matchAll(/Route +\d+ +(\d+)/g)].reduce(
    (sum, [, active]) => sum + Number(active),
    0,
  );

/** The backup's kernel gets them as from a sync daemon; then it becomes the master. */
export async function fill(pair: Pair): Promise<void> {
  const from = await master(pair);
  const to = other(from);
  await level(pair, to);
  say(`${MANY} connections are planted in ${to}'s kernel, and ${from} hands over to it`);
  const places = [`${VIP}:${SERVICE_PORT}`, `${serverAddress("rs1")}:${SERVICE_PORT}`];
  const plant = ["plant", String(MANY), "eth1", "51", ...places];
  const argv = [process.execPath, await programFile("sync"), ...plant];
  const full = async (): Promise<boolean> => {
    await pair.network.must(from, argv, { timeout: PLANT_LIMIT_MS });
    return (await connections(pair, to)) >= MANY;
  };
  await eventually("the table is full", full, { timeout: PLANT_LIMIT_MS, interval: 500 });
  const { done, sentence } = await failover(pair, from);
  if (!done) throw new Error(`${from} did not hand over: ${sentence}`);
  await pair.settled(to);
  await pair.command(from, "/v1/resume");
}

export async function taught(stage: Stage, scene: Scene): Promise<void> {
  const { pair } = scene;
  const teacher = await master(pair);
  const pupil = other(teacher);
  scene.did(`${pupil} is switched off and on; its kernel is empty`);
  await stage.reboot(pupil);
  const before = await adverts(pair, teacher);
  scene.did(`baton run on ${pupil}`);
  const started = clock();
  await pair.start(pupil);
  await level(pair, pupil);
  expectWithin(scene, `${pupil} is level`, clock() - started, LEVEL_LIMIT);
  const arrived = await connections(pair, pupil);
  scene.expect(`${pupil}'s kernel has all ${MANY}`, arrived >= MANY, String(arrived));
  const after = await adverts(pair, teacher);
  const [sent, late] = [after.sent - before.sent, after.late - before.late];
  const what = `no advert of ${teacher} is ${LATE_SECONDS} s late`;
  scene.expect(what, sent > 0 && late === 0, `${late} of ${sent}`);
  await expectAlone(scene, teacher);
}

/** What a director sent so far, and how much of it was late, by its own metrics. */
async function adverts(pair: Pair, host: DirectorName): Promise<{ sent: number; late: number }> {
  const argv = [process.execPath, batonFile(), "metrics", "--root", rootOf(host)];
  const text = await pair.network.must(host, argv);
  const value = (name: string): number => {
    const line = text.split("\n").find((one) => one.startsWith(`baton_advert_lateness_${name}`));
    if (!line) throw new Error(`no metric ${name}`);
    return Number(line.slice(line.lastIndexOf(" ") + 1));
  };
  const sent = value("seconds_count");
  return { sent, late: sent - value(`seconds_bucket{le="${LATE_SECONDS}"`) };
}

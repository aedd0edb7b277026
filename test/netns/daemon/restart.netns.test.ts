/** A restart of the master whose next process would be late, or would not start. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { longestGap } from "../../support/probe.ts";
import { eventually } from "../../support/process.ts";
import { type Cluster, createCluster, INTERVAL } from "./cluster.ts";

/** Longer than two intervals, from exec on. */
const SLOW = 3 * INTERVAL;

let pair: Cluster;
let slow: readonly string[];
beforeAll(async () => {
  pair = await createCluster({ echo: true });
});
beforeEach(async () => {
  await pair.reset();
  const file = join(pair.segment.root("lb1"), "slow.cjs");
  writeFileSync(file, `const end = Date.now() + ${SLOW}; while (Date.now() < end);\n`);
  slow = ["--require", file];
});
afterAll(() => pair?.close());

/** As the unit does it: the mark says that the stop is a restart. */
async function stopToRestart(): Promise<string> {
  const { places, running } = pair.daemon("lb1");
  writeFileSync(places.restarting, "");
  running.kill("SIGTERM");
  await running.ended;
  rmSync(places.restarting);
  pair.forget("lb1");
  return running.stdout();
}

test("one that starts too slowly hands over as planned, and gets the role back", async () => {
  await pair.start("lb1", { node: slow });
  await pair.settled("lb1");
  await pair.startAllBut("lb1");
  await pair.settled("lb1");
  const probe = await pair.segment.probe();
  await probe.answeredBy("lb1");
  const said = await stopToRestart();
  expect(said).toContain(", and has 500ms at most: web is handed over; web comes back afterwards");
  expect(said).toContain("web is leaving: restarting, lb2 serves meanwhile");
  await pair.start("lb1", { node: slow });
  await probe.answeredBy("lb1", 20_000);
  await pair.settled("lb1");
  const { history } = await pair.daemon("lb2").status();
  const whys = history.map(({ why }) => why);
  expect(whys).toEqual(expect.arrayContaining(["lb1 handed over", "lb1 asked for the role"]));
  const report = await probe.stop();
  expect(report.answers.map(({ by }) => by).slice(0, 2)).toEqual(["lb1", "lb2"]);
  expect(report.answers.at(-1)?.by).toBe("lb1");
  expect(longestGap(report)).toBeLessThan(2 * INTERVAL);
});

test("a file that would be refused costs the clients nothing", async () => {
  await pair.startWith("lb1");
  const probe = await pair.segment.probe();
  await probe.answeredBy("lb1");
  const { config } = pair.daemon("lb1").places;
  const good = readFileSync(config, "utf8");
  try {
    writeFileSync(config, "nonsense: 1\n");
    expect(await stopToRestart()).toContain("would not start: web is handed over");
    expect(await pair.run("lb1")).toMatchObject({ code: 2 });
    await eventually("lb2 alone has the VIP", async () => (await pair.owners()).join() === "lb2");
  } finally {
    writeFileSync(config, good);
  }
  // Whoever mends the file and starts it again did not ask for the role.
  expect(existsSync(pair.daemon("lb2").places.returning.replace("lb2", "lb1"))).toBe(false);
  const report = await probe.stop();
  expect(report.answers.map(({ by }) => by)).toEqual(["lb1", "lb2"]);
  expect(longestGap(report)).toBeLessThan(2 * INTERVAL);
});

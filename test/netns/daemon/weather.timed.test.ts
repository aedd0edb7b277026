/** Weather: signals, readers that go away, full and read-only disks, clocks and disks set back. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { longestGap } from "../../support/probe.ts";
import { eventually, run, sleep } from "../../support/process.ts";
import { readSources, withoutComments } from "../../support/sources.ts";
import { type Cluster, createCluster, INTERVAL } from "./cluster.ts";

let pair: Cluster;
beforeAll(async () => {
  pair = await createCluster({ echo: true });
});
beforeEach(() => pair.reset());
afterAll(() => pair?.close());

/** Works on, both ways: a handover there and back. */
async function expectFit(): Promise<void> {
  const master = await pair.settled();
  const backup = master === "lb1" ? "lb2" : "lb1";
  expect(await pair.daemon(master).failover({ holdMs: 1000 })).toMatchObject({ done: true });
  await pair.settled(backup);
  expect(await pair.owners()).toEqual([backup]);
}

describe("signals and readers", () => {
  test("SIGHUP and SIGPIPE do not end it; SIGHUP is answered in the log", async () => {
    await pair.startWith("lb1");
    const { running } = pair.daemon("lb1");
    running.kill("SIGHUP");
    running.kill("SIGPIPE");
    await running.line(/reload: .*nothing has changed/);
    await expectFit();
  });

  test("a reader of its output that goes away does not end it", async () => {
    // The pipe's only reader ends after a line; then every further write fails.
    const wrapper = ["bash", "-c", 'exec "$0" "$@" > >(head -n1 >/dev/null)'];
    await pair.start("lb1", { wrapper });
    await pair.settled("lb1");
    await pair.start("lb2");
    await pair.settled("lb1");
    await expectFit();
    await expectFit();
    expect(await pair.daemon("lb1").running.stop()).toBe(0);
    pair.forget("lb1");
  });

  test("a reader that stops reading holds nothing up", async () => {
    const wrapper = ["bash", "-c", 'exec "$0" "$@" > >(exec sleep 30 >/dev/null 2>&1)'];
    await pair.start("lb1", { wrapper, env: { BATON_LOG: "trace" } });
    await pair.settled("lb1");
    await pair.start("lb2");
    await pair.settled("lb1");
    await expectFit();
  });
});

/** The daemon sees a small file system of its own at `path`, prepared by `prepare`. */
const onTmpfs = (path: string, prepare: string): readonly string[] => [
  "unshare",
  "--mount",
  "--propagation",
  "private",
  "bash",
  "-c",
  `mkdir -p ${path} && mount -t tmpfs -o size=64k tmpfs ${path} && ${prepare} && exec "$0" "$@"`,
];

describe("disks", () => {
  test("a full /run: it says so, and serves", async () => {
    const root = pair.segment.root("lb1");
    const fill = `dd if=/dev/zero of=${root}/run/full bs=4k 2>/dev/null; true`;
    const prepare = `mkdir -p ${root}/run/baton && (${fill})`;
    const daemon = await pair.start("lb1", { wrapper: onTmpfs(`${root}/run`, prepare) });
    await daemon.running.line(/baton runs/);
    await pair.start("lb2");
    await daemon.running.line(/web is master|web is backup/);
    await daemon.running.line(/could not be written|ENOSPC/);
    const hasVip = async (): Promise<boolean> => (await pair.owners()).length === 1;
    await eventually("one serves", hasVip);
    await sleep(4 * INTERVAL);
    expect(await hasVip()).toBe(true);
  });

  test("a /var/lib that can not be written: it says so, and serves", async () => {
    const root = pair.segment.root("lb1");
    const lib = `${root}/var/lib`;
    const wrapper = onTmpfs(lib, `mkdir ${lib}/baton && mount -o remount,ro ${lib}`);
    const daemon = await pair.start("lb1", { wrapper });
    await pair.settled("lb1");
    await daemon.running.line(/EROFS|read-only/);
    await pair.start("lb2");
    await pair.settled("lb1");
    await expectFit();
  });

  test("a full /var/lib: the journal says so once, and is written again where there is space", async () => {
    const root = pair.segment.root("lb1");
    const lib = `${root}/var/lib`;
    const full = `${lib}/full`;
    const fill = `mkdir ${lib}/baton && (dd if=/dev/zero of=${full} bs=4k 2>/dev/null; true)`;
    const daemon = await pair.start("lb1", { wrapper: onTmpfs(lib, fill) });
    await pair.settled("lb1");
    const told = async (): Promise<readonly string[]> =>
      (await daemon.status()).alarms.filter((one) => one.startsWith("the journal loses lines"));
    await eventually("it is told", async () => (await told()).length === 1);
    expect((await told())[0]).toContain("ENOSPC");
    // In the daemon's own view of the files; the disk recovers, nobody else does anything.
    const inside = (...words: string[]) =>
      run(["nsenter", "-m", "-t", String(daemon.running.pid), ...words]);
    await inside("rm", full);
    await eventually("it is over", async () => (await told()).length === 0);
    expect(await pair.owners()).toEqual(["lb1"]);
    const { stdout } = await inside("cat", `${daemon.places.journal}/journal-000001.jsonl`);
    expect(stdout).toMatch(/"kind":"lost","lines":\d/);
    const said = daemon.running.stdout() + daemon.running.stderr();
    expect(said.match(/the journal loses lines/g)).toHaveLength(1);
    expect(said).toMatch(/the journal is written again; \d+ lines are missing/);
  });

  test("a wiped /var/lib: it is believed all the same, and nothing else changes", async () => {
    await pair.startWith("lb1");
    for (const name of ["lb2", "lb1"] as const) {
      await pair.daemon(name).running.stop();
      rmSync(pair.daemon(name).places.lib, { recursive: true, force: true });
      await pair.start(name);
      await pair.settled();
    }
    await expectFit();
    // After a crash and a wipe at once, too.
    const master = await pair.settled();
    await pair.daemon(master).crash();
    rmSync(pair.daemon(master).places.lib, { recursive: true, force: true });
    await pair.start(master);
    await pair.settled();
    await expectFit();
  });

  test("broken files of an earlier run are no obstacle", async () => {
    await pair.startWith("lb1");
    await pair.daemon("lb1").crash();
    pair.forget("lb1");
    const { state, beat, counter, admin, configCache } = pair.daemon("lb2").places;
    for (const file of [state, beat, counter, admin, configCache]) {
      writeFileSync(file.replace("/lb2/", "/lb1/"), '{"half":');
    }
    await pair.start("lb1");
    await pair.settled("lb2");
    await expectFit();
  });
});

describe("the wall clock", () => {
  test("decides nothing: an hour back and two forth, and nobody notices", async () => {
    // What a program can see of the wall clock, set by a signal.
    const fake = join(tmpdir(), `baton-fake-clock-${process.pid}.mjs`);
    writeFileSync(
      fake,
      `const real = Date.now; let offset = 0; const hours = [-1, 2];
       Date.now = () => real() + offset;
       globalThis.Date = new Proxy(Date, {
         construct: (target, args) =>
           new target(...(args.length === 0 ? [real() + offset] : args)),
       });
       process.on("SIGUSR2", () => { offset += 3600e3 * (hours.shift() ?? 0); });`,
    );
    const node = ["--import", fake];
    await pair.start("lb1", { node });
    await pair.settled("lb1");
    await pair.start("lb2", { node });
    await pair.settled("lb1");
    const before = await pair.transitions();
    const probe = await pair.segment.probe();
    await probe.answeredBy("lb1");
    for (const name of ["lb1", "lb2", "lb2", "lb1"] as const) {
      pair.daemon(name).running.kill("SIGUSR2");
      await sleep(2 * INTERVAL);
    }
    expect(await pair.transitions()).toEqual(before);
    expect(longestGap(await probe.stop())).toBeLessThan(INTERVAL);
    await expectFit();
    // The faked clock was in force.
    const lines = pair.daemon("lb1").log();
    const last = Number(lines.at(-1)?.["time"]);
    expect(last - Date.now()).toBeGreaterThan(1800e3);
    rmSync(fake);
  });

  test("is read for the log, the history and dates that people or certificates name", () => {
    const readers = readSources("src", /\.ts$/)
      .filter(({ path }) => !/^src\/(?:cli|page)\//.test(path))
      .filter(({ text }) => /\bDate\b/.test(withoutComments(text)))
      .map(({ path }) => path);
    expect(readers).toEqual([
      "src/daemon/alert-sink.ts",
      "src/daemon/alerts.ts",
      "src/daemon/chronicle.ts",
      "src/daemon/decide.ts",
      "src/daemon/journal.ts",
      "src/daemon/log.ts",
      "src/daemon/memory.ts",
      "src/daemon/metrics/families.ts",
      "src/daemon/past-configurations.ts",
      "src/daemon/peer-answer.ts",
      "src/daemon/push.ts",
      "src/daemon/reloads.ts",
      "src/daemon/save.ts",
      "src/probe/connect.ts",
    ]);
    expect(readFileSync(new URL("../../../src/os/clock.ts", import.meta.url), "utf8")).toContain(
      "performance.now()",
    );
  });
});

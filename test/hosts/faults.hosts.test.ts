/** What befalls a whole host: a frozen daemon, one that crashes for good, a reboot, a power cut. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { measured } from "../netns/daemon/measured.ts";
import { longestGap, type Report } from "../support/probe.ts";
import { eventually } from "../support/process.ts";
import {
  AFTER_BEAT,
  bootPair,
  handedTo,
  INTERVAL,
  journal,
  other,
  type Pair,
  unit,
  watched,
} from "./pair.ts";

let pair: Pair;
beforeAll(async () => {
  pair = await bootPair();
});
afterAll(() => pair?.close());

/** Three intervals of silence, a skew, and as much again for a machine that is busy. */
const TAKEOVER_LIMIT = 5 * INTERVAL;

/** A guest needs some seconds for a stop, a start or a release. */
const GUEST_LIMIT = 10_000;

const answering = (report: Report): readonly string[] => report.answers.map(({ by }) => by);

describe("a frozen daemon", () => {
  test("is killed by the watchdog after one and a half intervals, and comes back as backup", async () => {
    const master = await pair.master();
    const host = pair.host(master);
    await host.must("systemctl reset-failed baton");
    await pair.fit(other(master));
    const report = await watched(pair, async (probe) => {
      // The watchdog and a start take more than what is left of two intervals: it does not adopt.
      await host.must(`${AFTER_BEAT}; sleep ${INTERVAL / 2000}`);
      await host.must("systemctl kill -s STOP --kill-who=main baton");
      await handedTo(pair, probe, other(master), TAKEOVER_LIMIT);
    });
    expect(await pair.master()).toBe(other(master));
    expect(answering(report)).toEqual([master, other(master)]);
    expect(longestGap(report)).toBeLessThan(TAKEOVER_LIMIT);
    measured("a frozen daemon, client's gap", [longestGap(report)]);
    const story = await journal(host);
    expect(story).toContain(`Watchdog timeout (limit ${(1.5 * INTERVAL) / 1000}s)`);
    expect(story).toContain("Failed with result 'watchdog'");
    expect((await unit(host, "NRestarts"))["NRestarts"]).toBe("1");
  });

  test("is thawed by a stop, and hands over", async () => {
    const master = await pair.master();
    const host = pair.host(master);
    await pair.fit(other(master));
    const report = await watched(pair, async (probe) => {
      await host.must("systemctl kill -s STOP --kill-who=main baton; systemctl stop baton");
      await handedTo(pair, probe, other(master), TAKEOVER_LIMIT + GUEST_LIMIT);
    });
    expect(answering(report)).toEqual([master, other(master)]);
    expect(longestGap(report)).toBeLessThan(INTERVAL);
    const gone = { ActiveState: "inactive", Result: "success" };
    expect(await unit(host, ...Object.keys(gone))).toEqual(gone);
    await host.must("systemctl start baton");
    expect(await pair.master()).toBe(other(master));
  });
});

test("nobody starts a dead daemon again: the guard lets go of its addresses", async () => {
  const master = await pair.master();
  const host = pair.host(master);
  const alone = "/run/systemd/system/baton.service.d";
  await host.must(`mkdir -p ${alone}
    printf '[Service]\\nRestart=no\\nExecStopPost=\\n' >${alone}/alone.conf
    systemctl mask -q --runtime baton-release
    systemctl daemon-reload`);
  const report = await watched(pair, async (probe) => {
    await host.must("systemctl kill -s KILL --kill-who=main baton");
    await handedTo(pair, probe, other(master), TAKEOVER_LIMIT + GUEST_LIMIT);
  });
  expect(answering(report)).toEqual([master, other(master)]);
  expect(longestGap(report)).toBeLessThan(TAKEOVER_LIMIT);
  measured("a daemon that dies and stays dead, client's gap", [longestGap(report)]);
  const said = "nobody took it up in time";
  await eventually("the guard says so", async () =>
    (await journal(host, "baton-guard")).includes(said),
  );
  await host.must(`rm -r ${alone}; systemctl unmask -q --runtime baton-release
    systemctl daemon-reload; systemctl start baton`);
  expect(await pair.master()).toBe(other(master));
  expect(await host.must("systemctl is-active baton-guard")).toBe("active\n");
});

test("a daemon that does not live is given up, and its addresses are let go", async () => {
  const master = await pair.master();
  const host = pair.host(master);
  await host.must("systemctl reset-failed baton");
  const report = await watched(pair, async (probe) => {
    // Whenever one has come so far that it can be killed.
    await host.must(`until systemctl is-failed -q baton; do
      systemctl kill -s KILL --kill-who=main baton 2>/dev/null; sleep 0.2
    done`);
    await handedTo(pair, probe, other(master), TAKEOVER_LIMIT + GUEST_LIMIT);
  });
  expect(answering(report)).toEqual([master, other(master)]);
  expect(longestGap(report)).toBeLessThan(TAKEOVER_LIMIT);
  measured("a daemon that crashes for good, client's gap", [longestGap(report)]);
  expect(await journal(host)).toContain("Start request repeated too quickly");
  const told = `the other directors were told that ${master} has let go`;
  await eventually("somebody lets go", async () => {
    const units = ["baton-guard", "baton-release"] as const;
    const texts = await Promise.all(units.map((name) => journal(host, name)));
    return texts.join("").includes(told);
  });
  await host.must("systemctl reset-failed baton; systemctl start baton");
  expect(await pair.master()).toBe(other(master));
});

test("a reboot is a handover, and the host comes back as backup", async () => {
  const master = await pair.master();
  const host = pair.host(master);
  await pair.fit(other(master));
  const report = await watched(pair, async (probe) => {
    await host.reboot();
    expect(await pair.master()).toBe(other(master));
    await probe.answeredBy(other(master));
  });
  expect(answering(report)).toEqual([master, other(master)]);
  expect(longestGap(report)).toBeLessThan(INTERVAL);
  measured("reboot of the master, client's gap", [longestGap(report)]);
});

test("the plug is pulled: silence tells, and the host returns as backup", async () => {
  const master = await pair.master();
  const host = pair.host(master);
  const report = await watched(pair, async (probe) => {
    await host.pullPlug();
    await handedTo(pair, probe, other(master), TAKEOVER_LIMIT + GUEST_LIMIT);
  });
  expect(answering(report)).toEqual([master, other(master)]);
  expect(longestGap(report)).toBeGreaterThan(2 * INTERVAL - 100);
  expect(longestGap(report)).toBeLessThan(TAKEOVER_LIMIT);
  measured("plug of the master pulled, client's gap", [longestGap(report)]);
  const counter = async (): Promise<number> =>
    Number(await host.must("cat /var/lib/baton/counter"));
  await host.powerOn();
  expect(await pair.master()).toBe(other(master));
  // It was on the disk before it was used: the next start is above it.
  expect(await counter()).toBeGreaterThan(1);
});

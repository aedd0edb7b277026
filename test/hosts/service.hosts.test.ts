/** The unit's life under a real systemd: boot, sandbox, restart, crash, stop, refusal. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makePackage } from "../../.ci/deb/make.mjs";
import { measured } from "../netns/daemon/measured.ts";
import { longestGap } from "../support/probe.ts";
import { eventually } from "../support/process.ts";
import { ROOT } from "../support/sources.ts";
import { startTraffic } from "../support/traffic.ts";
import type { Guest } from "./guest.ts";
import {
  AFTER_BEAT,
  bootPair,
  handedTo,
  INTERVAL,
  journal,
  other,
  type Pair,
  SERVICE_PORT,
  SETTLE_LIMIT_MS,
  unit,
  VIP,
  watched,
} from "./pair.ts";

const CONFIG = "/etc/baton/baton.yaml";
/** The starts of the stories before do not count: five in half a minute are the unit's limit. */
const FORGIVE = "systemctl reset-failed baton;";

/** Right after an advert, so that all of the time to adopt is left. */
const KILL = `${AFTER_BEAT}
systemctl kill -s KILL --kill-who=main baton`;

let pair: Pair;
beforeAll(async () => {
  pair = await bootPair();
});
afterAll(() => pair?.close());

describe("a boot", () => {
  test("starts the unit, and it is ready when its role is decided", async () => {
    const master = await pair.master();
    for (const host of [pair.lb1, pair.lb2]) {
      const watchdog = `${(1.5 * INTERVAL) / 1000}s`;
      const wanted = { ActiveState: "active", SubState: "running", WatchdogUSec: watchdog };
      expect(await unit(host, ...Object.keys(wanted), "NRestarts")).toEqual({
        ...wanted,
        NRestarts: "0",
      });
    }
    const { code, stdout } = await pair.host(master).exec("baton status --json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ director: master });
  });

  test("the sandbox is as the unit says", async () => {
    await pair.master();
    const status = await pair.lb1.must(
      "cat /proc/$(systemctl show baton --value -p MainPID)/status",
    );
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1];
    // CAP_NET_ADMIN is bit 12, CAP_NET_RAW bit 13; 5 to 7 run and end programs of other users.
    expect(field("CapEff")).toBe("00000000000030e0");
    expect(field("CapBnd")).toBe("00000000000030e0");
    expect(field("NoNewPrivs")).toBe("1");
    expect(field("Seccomp")).toBe("2");
    expect(await pair.lb1.must("stat -c '%a %n' /run/baton /var/lib/baton")).toBe(
      "755 /run/baton\n700 /var/lib/baton\n",
    );
  });

  test("the sandbox lets it do its work: sysctls, modules, table, sync daemon", async () => {
    const master = await pair.master();
    for (const name of ["lb1", "lb2"] as const) {
      const host = pair.host(name);
      const sysctls = "net.ipv4.vs.sync_threshold net.ipv4.conf.eth0.promote_secondaries";
      expect((await host.must(`sysctl -n ${sysctls}`)).split(/\s+/)).toEqual(["2", "50", "1", ""]);
      expect(await host.must("cat /proc/net/ip_vs")).toMatch(/C0A83C64:0050 rr\s+-> C0A83C88:0050/);
      const role = name === master ? "MASTER" : "BACKUP";
      expect(await host.must("journalctl --no-pager -k -b -o cat")).toContain(`state = ${role}`);
      expect(await journal(host)).not.toMatch(/sysctl|"level":[56]0/);
    }
  });
});

/** Connections through the VIP live on meanwhile; one answer each 100 ms. */
async function withTraffic(act: () => Promise<unknown>): Promise<void> {
  const options = { address: VIP, port: SERVICE_PORT, held: 5, interval: 100 };
  const traffic = await startTraffic(pair.network, "client", options);
  // The kernel synchronises a connection from its second packet on, and within two seconds.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  await act();
  const { held } = await traffic.stop();
  expect(held.map(({ lost }) => lost)).toEqual(Array.from({ length: 5 }, () => undefined));
  expect(Math.max(...held.map(({ silence }) => silence))).toBeLessThan(INTERVAL);
}

describe("upgrade", () => {
  const PACKAGE = "/var/tmp/baton.deb";
  /** To dpkg what runs is an earlier version of the package, with the same scripts. */
  const REGISTERED = `dpkg --status baton >/dev/null 2>&1 || cat >>/var/lib/dpkg/status <<'END'

Package: baton
Status: install ok installed
Version: 0.0.1
Architecture: amd64
Maintainer: nobody <nobody@baton.invalid>
Description: as it runs

END
echo /. >/var/lib/dpkg/info/baton.list
`;
  const script = (name: string): string => {
    const text = readFileSync(join(ROOT, ".ci/deb", name), "utf8");
    const file = `/var/lib/dpkg/info/baton.${name}`;
    return `cat >${file} <<'SCRIPT'\n${text}SCRIPT\nchmod 755 ${file}\n`;
  };

  test("dpkg replaces the program of the master, and moves nothing", async () => {
    const folder = mkdtempSync(join(tmpdir(), "baton-upgrade-"));
    const file = await makePackage({ out: folder, version: "9.9.9" });
    const text = readFileSync(file).toString("base64");
    rmSync(folder, { recursive: true });
    const master = await pair.master();
    const host = pair.host(master);
    await host.must(REGISTERED + script("prerm") + script("postrm"));
    await host.must(`base64 -d >${PACKAGE} <<'END'\n${text}\nEND`);
    const peer = pair.host(other(master));
    const before = await journal(peer);
    let told = "";
    const report = await watched(pair, () =>
      withTraffic(async () => {
        // Its Node is the test's, and no package.
        told = await host.must(`dpkg --install --force-depends ${PACKAGE} 2>&1`);
        expect(await pair.master()).toBe(master);
      }),
    );
    expect(report.answers.map(({ by }) => by)).toEqual([master]);
    expect(longestGap(report)).toBeLessThan(INTERVAL);
    measured("dpkg upgrades the master, client's gap", [longestGap(report)]);
    expect(told).toContain("Unpacking baton (9.9.9) over (0.0.1)");
    expect(await host.must("baton --version")).toBe("9.9.9\n");
    expect(await journal(host)).toContain("restarted in time");
    expect((await journal(peer)).slice(before.length)).not.toContain("is master");
  });
});

describe("restart", () => {
  test("systemctl restart of the master moves nothing", async () => {
    const master = await pair.master();
    const report = await watched(pair, () =>
      withTraffic(async () => {
        await pair.host(master).must("systemctl restart baton");
        expect(await pair.master()).toBe(master);
      }),
    );
    expect(report.answers.map(({ by }) => by)).toEqual([master]);
    expect(longestGap(report)).toBeLessThan(INTERVAL);
    measured("systemctl restart of the master, client's gap", [longestGap(report)]);
    expect(await journal(pair.host(master))).toContain("restarted in time");
  });

  test("a master that is killed is started at once, and adopts", async () => {
    const master = await pair.master();
    const report = await watched(pair, () =>
      withTraffic(async () => {
        await pair.host(master).must("systemctl reset-failed baton");
        await pair.host(master).must(`${FORGIVE} ${KILL}`);
        const restarts = async (): Promise<boolean> =>
          (await unit(pair.host(master), "NRestarts"))["NRestarts"] === "1";
        await eventually("systemd starts it again", restarts);
        expect(await pair.master()).toBe(master);
      }),
    );
    expect(report.answers.map(({ by }) => by)).toEqual([master]);
    measured("kill -9 of the master, restarted, client's gap", [longestGap(report)]);
    expect(longestGap(report)).toBeLessThan(INTERVAL);
    const state = JSON.parse(await pair.host(master).must("baton status --json"));
    expect(state).toMatchObject({ instances: [{ state: "master", why: /in time/ }] });
  });
});

describe("stop", () => {
  test("systemctl stop of the master is a handover, announced on the wire", async () => {
    const master = await pair.master();
    const successor = other(master);
    await pair.fit(successor);
    const capture = ["tcpdump", "-lenni", "eth0", "arp", "and", "host", VIP];
    const wire = pair.network.spawn("client", capture);
    const report = await watched(pair, (probe) =>
      withTraffic(async () => {
        await pair.host(master).must("systemctl stop baton");
        await handedTo(pair, probe, successor, SETTLE_LIMIT_MS);
      }),
    );
    expect(report.answers.map(({ by }) => by)).toEqual([master, successor]);
    expect(longestGap(report)).toBeLessThan(INTERVAL);
    measured("systemctl stop of the master, client's gap", [longestGap(report)]);
    const mac = `02:00:00:0a:0${successor === "lb1" ? 1 : 2}:00`;
    await wire.line(new RegExp(`^\\S+ ${mac} > ff:ff:ff:ff:ff:ff.*${VIP}`));
    await wire.stop();
    const gone = { ActiveState: "inactive", Result: "success" };
    expect(await unit(pair.host(master), ...Object.keys(gone))).toEqual(gone);
    await pair.host(master).must("systemctl start baton");
    expect(await pair.master()).toBe(successor);
  });

  test("a stop in the middle of a restart leaves nothing behind", async () => {
    const master = await pair.master();
    const host = pair.host(master);
    await host.must(`${KILL}
      tries=0
      until [ "$(systemctl show baton --value -p SubState)" = start ] || [ $tries -gt 50 ]; do
        tries=$((tries + 1))
        sleep 0.05
      done
      systemctl stop baton`);
    const [owners, { ActiveState }] = await Promise.all([pair.owners(), unit(host, "ActiveState")]);
    await host.must(`${FORGIVE} systemctl start baton`);
    // Whether it was the daemon that let go, or what runs after it.
    expect(owners).not.toContain(master);
    expect(ActiveState).toBe("inactive");
    expect(await pair.master()).toBe(other(master));
  });
});

/** The guard, or the unit that follows a failure: who holds the lock first acts. */
const lettingGo = async (host: Guest): Promise<string> =>
  `${await journal(host, "baton-guard")}${await journal(host, "baton-release")}`;

describe("refusal", () => {
  /** One more line in a host's file, and the good one again in the end. */
  async function withLine(host: Guest, line: string, act: () => Promise<void>): Promise<void> {
    await host.must(`cp ${CONFIG} /tmp/good.yaml; echo "${line}" >>${CONFIG}`);
    try {
      await act();
    } finally {
      await host.must(`cat /tmp/good.yaml >${CONFIG}; ${FORGIVE} systemctl restart baton`);
    }
  }

  test("a broken file is refused once, and what was left behind is let go", async () => {
    const master = await pair.master();
    const host = pair.host(master);
    await withLine(host, "nonsense: 1", async () => {
      const report = await watched(pair, async (probe) => {
        await host.must(KILL);
        const released = async (): Promise<boolean> =>
          (await lettingGo(host)).includes("were told");
        await eventually("somebody lets go", released, { timeout: 20_000, interval: 200 });
        await handedTo(pair, probe, other(master), SETTLE_LIMIT_MS);
      });
      expect(report.answers.map(({ by }) => by)).toEqual([master, other(master)]);
      expect(longestGap(report)).toBeLessThan(2 * INTERVAL);
      const story = await journal(pair.host(other(master)));
      // The goodbye needs a start of Node: on a slow guest the silence may be over before.
      const last = story.split("\n").findLast((line) => line.includes("is master"));
      expect(last).toMatch(/let go|was silent for/);
      measured("a broken file met at a restart, client's gap", [longestGap(report)]);
      const failed = { ActiveState: "failed", Result: "exit-code", ExecMainStatus: "2" };
      expect(await unit(host, ...Object.keys(failed))).toEqual(failed);
      expect(await journal(host)).toContain("nonsense: unknown key");
    });
    expect(await pair.master()).toBe(other(master));
  });

  test("systemctl reload takes a file whole or not at all, and a rollback writes it", async () => {
    const master = await pair.master();
    const host = pair.host(master);
    const file = (): Promise<string> => host.must(`cat ${CONFIG}; stat -c '%a %U:%G' ${CONFIG}`);
    const digest = async (): Promise<unknown> =>
      (JSON.parse(await host.must("baton status --json")) as { configDigest: unknown })
        .configDigest;
    await host.must(`${FORGIVE} chmod 644 ${CONFIG}`);
    const [before, first] = [await file(), await digest()];
    await host.must(`echo "startDelay: 1s" >>${CONFIG}; systemctl reload baton`);
    const second = await digest();
    expect(second).not.toBe(first);
    const broken = await host.exec(`echo "nonsense: 1" >>${CONFIG}; systemctl reload baton`);
    expect(broken.code).not.toBe(0);
    expect(await digest()).toBe(second);
    expect(await journal(host)).toMatch(/reload refused.*nonsense/);
    expect(await host.must("baton rollback")).not.toContain("could not be written");
    expect(await digest()).toBe(first);
    expect(await file()).toBe(before);
    expect(await pair.master()).toBe(master);
    expect((await unit(host, "NRestarts"))["NRestarts"]).toBe("0");
  });

  test("waiting for an interface is no failure, and holds no boot up", async () => {
    const master = await pair.master();
    const host = pair.host(other(master));
    await withLine(host, "waitForInterface: true", async () => {
      await host.must(`systemctl stop baton; ${FORGIVE}
        ip link set eth0 down; ip link set eth0 name away; systemctl start baton`);
      const waits = { ActiveState: "active", StatusText: "waiting for eth0" };
      expect(await unit(host, ...Object.keys(waits))).toEqual(waits);
      await host.must("ip link set away name eth0; ip link set eth0 up");
      expect(await pair.master()).toBe(master);
      expect((await unit(host, "NRestarts"))["NRestarts"]).toBe("0");
    });
    expect(await pair.master()).toBe(master);
  });
});

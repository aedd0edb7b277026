import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ip } from "../../../src/base/ip.ts";
import { missingCapabilities } from "../../../src/os/capabilities.ts";
import { bootId, bootTime, now } from "../../../src/os/clock.ts";
import { notify, watchdogInterval } from "../../../src/os/sdnotify.ts";
import { internetAddress } from "../../../src/os/sockaddr.ts";
import {
  bind,
  closeFd,
  openSocket,
  receive,
  receiveDrops,
  SYS,
  SysError,
  sendTo,
  setOption,
} from "../../../src/os/sys.ts";
import { sysctlPath } from "../../../src/os/sysctl.ts";

describe("system calls", () => {
  test("that fail throw their name and errno", () => {
    expect(() => openSocket(99, SYS.SOCK_DGRAM, 0)).toThrow(
      expect.objectContaining({ name: "SysError", syscall: "socket", code: "EAFNOSUPPORT" }),
    );
    expect(() => closeFd(-1)).toThrow(SysError);
  });

  test("never wait, and count what was dropped", () => {
    const address = internetAddress({ address: "127.0.0.1" as Ip, port: 0 });
    const fd = openSocket(SYS.AF_INET, SYS.SOCK_DGRAM, 0);
    expect(receive(fd, new Uint8Array(10))).toBeUndefined();
    expect(receiveDrops(fd)).toBe(0);
    expect(sendTo(fd, Uint8Array.of(1), address)).toBe(22);
    setOption(fd, SYS.SOL_SOCKET, SYS.SO_RCVBUF, 1);
    closeFd(fd);
    expect(() => bind(fd, address)).toThrow(/EBADF/);
  });
});

describe("clocks", () => {
  test("of this boot agree with /proc/uptime, and run on", () => {
    const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000;
    expect(Math.abs(bootTime() - uptime)).toBeLessThan(500);
    const first = now();
    expect(now()).toBeGreaterThanOrEqual(first);
    expect(bootId()).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("the service manager", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "baton-notify-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** A sockaddr_un: what systemd binds. */
  const address = (name: Uint8Array): Uint8Array => Uint8Array.of(SYS.AF_UNIX, 0, ...name);

  test.each(["path", "abstract"])("hears the lines at a %s address", (kind) => {
    const path = kind === "path" ? join(folder, "notify") : `@baton-test-${process.pid}`;
    const name = Buffer.from(path.replace("@", "\0"));
    const fd = openSocket(SYS.AF_UNIX, SYS.SOCK_DGRAM, 0);
    bind(fd, address(kind === "path" ? Uint8Array.of(...name, 0) : name));
    expect(notify(["READY=1", "STATUS=master of web"], path)).toBe(true);
    const buffer = new Uint8Array(100);
    const length = receive(fd, buffer) ?? 0;
    const heard = Buffer.from(buffer.subarray(0, length)).toString();
    expect(heard).toBe("READY=1\nSTATUS=master of web");
    closeFd(fd);
  });

  test("that is absent, deaf or badly named is no error", () => {
    expect(notify(["READY=1"], undefined)).toBe(false);
    expect(notify(["READY=1"], join(folder, "nobody"))).toBe(false);
    expect(notify(["READY=1"], "relative")).toBe(false);
    expect(notify(["READY=1"], `/${"x".repeat(200)}`)).toBe(false);
  });

  test("says how often it wants to hear", () => {
    expect(watchdogInterval({ WATCHDOG_USEC: "1500000" }, 1)).toBe(1500);
    expect(watchdogInterval({ WATCHDOG_USEC: "1500000", WATCHDOG_PID: "1" }, 1)).toBe(1500);
    expect(watchdogInterval({ WATCHDOG_USEC: "1500000", WATCHDOG_PID: "2" }, 1)).toBeUndefined();
    expect(watchdogInterval({}, 1)).toBeUndefined();
    expect(watchdogInterval({ WATCHDOG_USEC: "0" }, 1)).toBeUndefined();
  });
});

describe("capabilities", () => {
  test("are read from the effective set", () => {
    const status = (digits: string): string => `CapPrm:\tffffffffffffffff\nCapEff:\t${digits}\n`;
    const wanted = ["CAP_NET_ADMIN", "CAP_NET_RAW"] as const;
    expect(missingCapabilities(wanted, status("0000000000003000"))).toEqual([]);
    expect(missingCapabilities(wanted, status("0000000000001000"))).toEqual(["CAP_NET_RAW"]);
    expect(missingCapabilities(wanted, status("0000000000000000"))).toEqual(wanted);
    expect(missingCapabilities(wanted, "")).toEqual(wanted);
  });
});

describe("sysctl names", () => {
  test.each([
    ["net.ipv4.vs.sync_threshold", "net/ipv4/vs/sync_threshold"],
    ["net.ipv4.conf.all.arp_ignore", "net/ipv4/conf/all/arp_ignore"],
    ["net.ipv4.conf.eth0.100.arp_ignore", "net/ipv4/conf/eth0.100/arp_ignore"],
    ["net.ipv6.conf.bond0.7.accept_dad", "net/ipv6/conf/bond0.7/accept_dad"],
    ["net.ipv4.neigh.a.b.c.gc_stale_time", "net/ipv4/neigh/a.b.c/gc_stale_time"],
    ["kernel.hostname", "kernel/hostname"],
  ])("%s", (name, path) => {
    expect(sysctlPath(name)).toBe(`/proc/sys/${path}`);
  });
});

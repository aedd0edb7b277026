/** Programs that a file names, on a host: whether they can run, as whom, and who may change them. */
import { describe, expect, it } from "vitest";
import { FILE, see } from "./host.ts";

describe("programs", () => {
  const PRESENT = { kind: "present", uid: 0, gid: 0, exposed: undefined } as const;
  const NOTIFIED = FILE.replace(
    "routerId: 51",
    "routerId: 51, notify: { master: [/x/up], backup: [sh, -c, exit] }",
  );

  it.each([
    [{ kind: "missing" }, "/x/up does not exist"],
    [{ ...PRESENT, mode: 0o100644, executable: false }, "/x/up can not be run\n    chmod +x /x/up"],
  ] as const)("a program that is %j is warned of", (found, report) => {
    const [said, ...more] = see({ files: { "/x/up": found } }, NOTIFIED).reports;
    expect(said?.replace(/^f:\d+:\d+: /, "")).toBe(
      `warning: instances.web.notify.master: ${report}`,
    );
    expect(more).toEqual([]);
    const fine = { ...PRESENT, mode: 0o100755, executable: true } as const;
    expect(see({ files: { "/x/up": fine } }, NOTIFIED).reports).toEqual([]);
  });

  const AS_WWW = NOTIFIED.replace("notify: {", "notify: { user: 'www:web',");
  const WWW = { kind: "found", uid: 33, gid: 34 } as const;
  const UP = { ...PRESENT, mode: 0o100755, executable: true } as const;

  it("a program that runs as root, and that others may write", () => {
    const files = { "/x/up": { ...UP, exposed: "/x" } };
    expect(see({ files }, NOTIFIED).reports).toEqual([
      "f:6:42: warning: instances.web.notify.master: /x/up runs as root, and others than root " +
        "may write /x\n    Let root alone write it (chown root, chmod go-w), or name a user beside it.",
    ]);
    expect(see({ files, users: { "www:web": WWW } }, AS_WWW).reports).toEqual([]);
    expect(see({ files, uid: 7 }, NOTIFIED).reports).toEqual([]);
  });

  it("a program that its user can not run", () => {
    const files = { "/x/up": { ...UP, mode: 0o100754 } };
    const users = { "www:web": WWW };
    const told =
      "f:6:59: warning: instances.web.notify.master: /x/up can not be run by www:web\n" +
      "    chmod +x /x/up";
    expect(see({ files, users }, AS_WWW).reports).toEqual([told]);
    const own = { "/x/up": { ...UP, mode: 0o100754, uid: 33 } };
    expect(see({ files: own, users }, AS_WWW).reports).toEqual([]);
  });

  it("a user that is not there, or that this process may not become", () => {
    const users = { "www:web": { kind: "missing", why: "there is no group web" } as const };
    expect(see({ files: { "/x/up": UP }, users }, AS_WWW).reports).toEqual([
      "f:6:40: error: instances.web.notify.user: there is no group web on this host\n" +
        "    Write one that this host has, or make it: useradd --system NAME.",
    ]);
    const capabilities = { netAdmin: true, netRaw: true, setUser: false };
    const found = { capabilities, files: { "/x/up": UP }, users: { "www:web": WWW } };
    expect(see(found, AS_WWW).reports).toEqual([
      "f:6:40: error: instances.web.notify.user: to run programs as www:web takes CAP_SETUID, " +
        "CAP_SETGID and CAP_KILL\n    Run as root that has them (the systemd unit does), or leave the user out.",
    ]);
  });
});

/** What the running daemon knows of its peers, and which routers are heard. */
import { describe, expect, test } from "vitest";
import type { Ip } from "../../../src/base/ip.ts";
import { ms } from "../../../src/base/units.ts";
import type { PeerSnapshot, Snapshot } from "../../../src/core/director/snapshot-types.ts";
import { type Facts, seen, unseen } from "../../../src/doctor/facts.ts";
import type { Advert } from "../../../src/wire/vrrp/types.ts";
import { SNAPSHOT } from "../../support/snapshot.ts";
import {
  ANSWERS,
  answer,
  differences,
  FACTS,
  FILE,
  find,
  findings,
  MACS,
  on,
  pairOf,
  sysctls,
  VIP,
} from "./pair.ts";

const [PEER] = SNAPSHOT.peers;
const [WEB] = SNAPSHOT.instances;
const PATH = PEER?.paths[0];
const SYNC = SNAPSHOT.sync;
if (!PEER || !WEB || !PATH || !SYNC) throw new Error("the sample has all of these");

const { digest } = pairOf();
const here = [...FACTS.addresses, on(`${VIP}/32`, "eth0")];

/** Master here, as the sample has it. */
const running = (changes: Partial<Snapshot> = {}): Partial<Facts> => ({
  addresses: here,
  daemon: { kind: "running", snapshot: { ...SNAPSHOT, configDigest: digest, ...changes } },
  ...sysctls({
    "net.ipv4.vs.sync_threshold": "2 50",
    "net.ipv4.vs.expire_nodest_conn": "1",
  }),
});
const peer = (changes: Partial<PeerSnapshot>): Partial<Snapshot> => ({
  peers: [{ ...PEER, ...changes }],
});

describe("the daemon's view", () => {
  test("all is well", () => {
    expect(differences(running({ discarded: { unproven: 1 } }))).toEqual([]);
  });

  test.each<[Partial<Snapshot>, string]>([
    [peer({ baton: "0.2.0" }), "note peer-version"],
    [peer({ baton: undefined }), "note peer-version"],
    [peer({ alive: false }), "error peer-not-heard"],
    [peer({ hearsUs: false }), "error peer-deaf"],
    [peer({ sameConfig: false }), "warning peer-config"],
    [peer({ paths: [{ ...PATH, received: 900, lost: 100 }] }), "warning peer-loss"],
    [{ discarded: { signature: 3 } }, "note datagrams-refused"],
    [{ discarded: { "version 2, not 1": 3 } }, "warning peer-format"],
    [{ alarms: ["something is wrong"] }, "warning alarm"],
    [{ configDigest: "0123456789abcdef" }, "note config-not-running"],
    [{ instances: [{ ...WEB, state: "backup", master: "lb2" }] }, "error vip-stale"],
    [
      { instances: [{ ...WEB, peers: WEB.peers.map((one) => ({ ...one, sameVips: false })) }] },
      "error peer-vips",
    ],
    [{ sync: { ...SYNC, running: [] } }, "error sync-daemon"],
  ])("%#", (changes, expected) => {
    expect(differences(running(changes))).toEqual([expected]);
  });

  test("somebody has set an IPVS parameter back", () => {
    const changed = { ...running(), ...sysctls({ "net.ipv4.vs.expire_nodest_conn": "0" }) };
    expect(differences(changed)).toContain("warning expire-nodest-conn");
  });

  test("a group that the daemon ought to be in", () => {
    const file = FILE.replace("heartbeat: {", "heartbeat: { multicast: 239.255.81.12,");
    const groups = [{ group: "239.255.81.12" as Ip, interface: "eth0" }];
    const { digest: configDigest } = pairOf({}, file);
    expect(differences(running({ configDigest }), file)).toContain("error multicast-joined");
    expect(differences({ ...running({ configDigest }), groups }, file)).toEqual([]);
  });

  test("a daemon that does not answer, or may not be asked", () => {
    expect(differences({ daemon: { kind: "silent", pid: 7 } })).toEqual(["error daemon-silent"]);
    expect(differences({ daemon: { kind: "unseen", why: "not for this user" } })).toEqual([
      "note daemon-unasked",
    ]);
  });

  test("on vrrp a backup is silent", () => {
    const file = FILE.replace(
      "heartbeat: { secretFile: /etc/baton/heartbeat.key }",
      "heartbeat: { transport: vrrp }",
    );
    const heartbeat = { ...SNAPSHOT.heartbeat, transport: "vrrp" };
    const all = findings(
      running({ heartbeat, ...peer({ alive: false, hearsUs: undefined }) }),
      file,
    );
    expect(find(all, "peer-not-heard").severity).toBe("note");
  });

  test("a VIP that the peer holds although it is not master, and one that nobody holds", () => {
    const backup = { ...WEB, state: "backup", master: undefined };
    const changes = { ...running({ instances: [backup] }), addresses: FACTS.addresses };
    const held = { answers: [answer(VIP, [MACS.lb2]), ...ANSWERS.slice(1)] };
    expect(differences({ ...changes, ...held })).toContain("error vip-not-masters");
    const led = {
      ...running({ instances: [{ ...backup, master: "lb2" }] }),
      addresses: FACTS.addresses,
    };
    expect(differences({ ...led, ...held })).toEqual([]);
    expect(differences(led)).toContain("warning vip-unanswered");
  });
});

describe("virtual routers that are heard", () => {
  const VRRP = FILE.replace(
    "heartbeat: { secretFile: /etc/baton/heartbeat.key }",
    "heartbeat: { transport: vrrp }",
  );
  const advert = (changes: Partial<Advert> = {}): Advert => ({
    version: 3,
    routerId: 51,
    priority: 100,
    interval: ms(1000),
    addresses: [VIP],
    authentication: { kind: "none" },
    ...changes,
  });
  const heard = (source: string, one: Advert | string): Partial<Facts> => ({
    adverts: [
      {
        interface: "eth0",
        seconds: 3,
        heard: seen([{ source: source as Ip, destination: "224.0.0.18" as Ip, advert: one }]),
      },
    ],
  });
  const PEER_IP = "192.168.60.131";
  const OTHER = "192.168.60.10";
  const elsewhere = ["192.168.60.200" as Ip];

  test.each<[Partial<Facts>, string, readonly string[]]>([
    [heard(PEER_IP, advert()), VRRP, []],
    [heard(PEER_IP, advert({ version: 2 })), VRRP, ["error vrrp-differs"]],
    [heard(PEER_IP, advert({ addresses: elsewhere })), VRRP, ["error vrrp-differs"]],
    [heard(PEER_IP, advert({ addresses: [], priority: 0 })), VRRP, []],
    [heard(OTHER, advert()), VRRP, ["error vrrp-vip", "error vrrp-same-id"]],
    [heard(OTHER, advert({ addresses: elsewhere })), FILE, ["warning vrrp-same-id"]],
    [heard(OTHER, advert({ routerId: 7, addresses: elsewhere })), FILE, ["note vrrp-other"]],
    [heard(OTHER, advert({ routerId: 7 })), FILE, ["error vrrp-vip", "note vrrp-other"]],
    [heard(OTHER, "checksum"), FILE, ["note vrrp-unreadable"]],
    [
      { adverts: [{ interface: "eth0", seconds: 3, heard: unseen("EPERM") }] },
      FILE,
      ["note vrrp-unheard"],
    ],
  ])("%#", (changes, file, expected) => {
    expect(differences(changes, file)).toEqual(expected);
  });

  test("an interval of version 2 that differs", () => {
    const file = VRRP.replace("transport: vrrp }", "transport: vrrp, vrrp: { version: 2 } }");
    const said = (seconds: number): Partial<Facts> =>
      heard(PEER_IP, advert({ version: 2, interval: ms(1000 * seconds) }));
    expect(differences(said(1), file)).toEqual([]);
    expect(differences(said(2), file)).toEqual(["error vrrp-differs"]);
  });

  test("a password of version 2 on one side only", () => {
    const file = VRRP.replace("transport: vrrp }", "transport: vrrp, vrrp: { version: 2 } }");
    const authentication = { kind: "password", password: "secret" } as const;
    const found = findings(heard(PEER_IP, advert({ version: 2, authentication })), file);
    expect(find(found, "vrrp-differs").seen).toContain(
      "authentication password, configured is none",
    );
  });
});

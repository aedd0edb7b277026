/** keepalived.conf to baton.yaml: every keyword in common use, and what lines mean together. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { importTexts, instance, type Result } from "./read.ts";

const LB1 = readFileSync(new URL("files/lb1.conf", import.meta.url), "utf8");
const LB2 = LB1.replace("router_id lb1", "router_id lb2")
  .replaceAll("priority 150", "priority 100")
  .replace("mcast_src_ip 192.168.60.130", "mcast_src_ip 192.168.60.131");

/** The keywords that are core or common in keepalived 2.1 and 2.2; `lb_kind` and `lvs_method` are one. */
const KEYWORDS = (
  "router_id notification_email notification_email_from smtp_server smtp_connect_timeout " +
  "smtp_helo_name smtp_alert smtp_alert_vrrp smtp_alert_checker no_email_faults no_checker_emails " +
  "script_user enable_script_security vrrp_notify_fifo lvs_notify_fifo vrrp_version " +
  "vrrp_mcast_group4 vrrp_mcast_group6 vrrp_garp_master_delay vrrp_garp_master_repeat " +
  "vrrp_garp_master_refresh vrrp_garp_master_refresh_repeat vrrp_garp_interval vrrp_gna_interval " +
  "dynamic_interfaces vrrp_priority checker_priority vrrp_no_swap reload_check_config " +
  "lvs_sync_daemon lvs_timeouts lvs_flush vrrp_script script interval timeout weight rise fall " +
  "user vrrp_track_file vrrp_track_process process quorum delay vrrp_sync_group group " +
  "track_interface track_script track_file track_process notify notify_master notify_backup " +
  "notify_fault notify_stop vrrp_instance state interface virtual_router_id priority advert_int " +
  "authentication auth_type auth_pass virtual_ipaddress virtual_ipaddress_excluded " +
  "virtual_routes virtual_rules mcast_src_ip preempt_delay nopreempt dont_track_primary accept " +
  "use_vmac virtual_server_group virtual_server delay_loop lvs_sched lb_algo lvs_method lb_kind " +
  "protocol persistence_timeout persistence_granularity connect_timeout retry delay_before_retry " +
  "warmup alpha hysteresis quorum_up quorum_down sorry_server inhibit_on_failure virtualhost " +
  "real_server uthreshold lthreshold notify_up notify_down HTTP_GET SSL_GET TCP_CHECK DNS_CHECK " +
  "MISC_CHECK PING_CHECK SMTP_CHECK url path status_code regex connect_port misc_path misc_timeout " +
  "misc_dynamic type name"
).split(" ");

describe("a file with every keyword in common use", () => {
  let one: Result;
  test("is imported; no keyword is unknown", () => {
    one = importTexts({ "lb1.conf": LB1 });
    const words = new Set(one.lines.map(({ origin }) => origin.text.split(" ")[0]));
    expect(KEYWORDS.filter((word) => !words.has(word))).toEqual([]);
    expect(one.lines.filter(({ reasons }) => reasons.join().includes("unknown"))).toEqual([]);
    expect(one.lines.length).toBeGreaterThan(190);
  });

  test("the other director is to be decided", () => {
    expect(one.decisions).toEqual(["directors.lb2.address", "directors.lb2.priority"]);
    expect(one.whole).toBe(false);
    const known = [
      { name: "a", address: undefined },
      { name: "b", address: "192.168.60.131" as never },
    ];
    const { config } = importTexts({ "lb1.conf": LB1 }, { directors: known });
    expect(config.directors.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(config.directors[1]?.paths[0]?.address).toBe("192.168.60.131");
  });

  test("a pair is one file, with both priorities", () => {
    const { config, lines, decisions, yaml } = importTexts({ "lb1.conf": LB1, "lb2.conf": LB2 });
    expect(decisions).toEqual([]);
    expect(config.directors).toMatchObject([
      { name: "lb1", priority: 150, paths: [{ address: "192.168.60.130" }] },
      { name: "lb2", priority: 100, paths: [{ address: "192.168.60.131" }] },
    ]);
    expect(lines).toHaveLength(2 * one.lines.length);
    const [mine, theirs] = ["lb1.conf", "lb2.conf"].map((file) =>
      lines.filter(({ origin }) => origin.file === file).map(({ verdict }) => verdict),
    );
    expect(mine).toEqual(theirs);
    expect(yaml).not.toContain("192.0.2.");
  });

  test("instances mean what they meant", () => {
    const [web, outer, inner] = one.config.instances;
    expect(web).toMatchObject({
      name: "web",
      routerId: 51,
      interface: "eth0",
      preempt: { kind: "after", delay: 30_000 },
      vips: [
        { address: "192.168.60.100", prefix: 24, manner: { broadcast: "192.168.60.255" } },
        { address: "192.168.60.101", prefix: 32, manner: { scope: "link" } },
        { address: "fd00:60::100", excluded: true },
      ],
      routes: [
        { to: { address: "10.20.0.0", prefix: 16 }, via: "192.168.60.1", metric: 5 },
        { to: { address: "10.66.0.0" }, type: "blackhole" },
      ],
      rules: [{ from: { address: "10.20.0.0" }, table: 100, priority: 1000 }],
      tracks: [
        { track: "link-eth1", weight: -10 },
        { track: "chk_proxy", weight: -20 },
        { track: "maintenance", weight: 1 },
        { track: "haproxy", weight: 5 },
      ],
      notify: { any: ["/usr/bin/true"], master: ["/usr/bin/true", "master"] },
      vrrp: { version: 2, passwordFile: "/etc/baton/vrrp.password" },
    });
    expect(outer).toMatchObject({ group: "pair", preempt: { kind: "never" } });
    expect(one.config.groups).toMatchObject([
      {
        name: "pair",
        tracks: [{ track: "chk_link", weight: 0 }],
        notify: { master: ["/usr/bin/true", "group", "master"] },
      },
    ]);
    expect(inner).toMatchObject({ group: "pair", interface: "eth1" });
    expect(inner?.vrrp?.vmac).toMatchObject({ interface: "vrrp.52", advertsFromBase: false });
    expect(one.config.heartbeat).toMatchObject({ transport: "vrrp", interval: 1000, missed: 3 });
    expect(one.config.tracks.find(({ name }) => name === "chk_proxy")).toMatchObject({
      subject: { kind: "script", command: ["/usr/bin/true", "a b"] },
      interval: 2000,
      timeout: 1000,
      rise: 2,
      fall: 3,
    });
    expect(one.config.connectionSync).toMatchObject({ syncId: 51, maxLength: 1400, ttl: 1 });
    expect(one.config.ipvs).toMatchObject({ table: "own", timeouts: { tcp: 900, tcpFin: 120 } });
    expect(one.config.announce).toMatchObject({ delay: 3000, repeat: 4, interval: 1 });
  });

  test("services mean what they meant", () => {
    const { services, probes } = one.config;
    expect(services.map(({ name }) => name)).toEqual([
      "tcp-192.168.60.100-80",
      "tcp-192.168.60.101-443",
      "mark-7",
      "static-1",
      "static-2",
      "static-3",
    ]);
    const [web, tls, mark] = services;
    expect(web).toMatchObject({
      service: { scheduler: "wlc", persistence: 300, netmask: "255.255.255.0" },
      servers: [
        { address: "192.168.60.136", weight: 2, upperThreshold: 1000, lowerThreshold: 800 },
        { address: "192.168.60.137", weight: 1, forward: "dr" },
      ],
      fallback: [{ address: "192.168.60.140", port: 80 }],
      health: { quorum: 2, hysteresis: 1, onFailure: "weight0", assumeUp: false },
    });
    const asked = web?.checks.map((all) => all.map(({ probe }) => probes[probe]?.action));
    expect(asked).toMatchObject([
      [
        {
          path: "/healthz",
          host: "www.example.net",
          status: [
            [200, 200],
            [204, 206],
          ],
        },
        { path: "/other", match: { kind: "regex", text: "all (is )?well" } },
      ],
      [{ kind: "tcp" }, { kind: "ping" }],
    ]);
    // Two seconds between the tries of a failure, six between others: three tries take ten.
    expect(web?.checks[0]?.[0]).toMatchObject({ rise: 1, fall: 3 });
    expect(probes[web?.checks[0]?.[0]?.probe ?? 0]).toMatchObject({
      interval: 3300,
      timeout: 2000,
    });
    expect(tls).toMatchObject({ service: { scheduler: "sh", flags: 0x18 } });
    expect(tls?.health.assumeUp).toBe(true);
    expect(mark?.servers[0]).toMatchObject({
      tunnel: { type: "gue", port: 6080, checksum: "full" },
    });
  });

  test("no password is shown", () => {
    expect(one.yaml + JSON.stringify(one.lines) + one.next.join("\n")).not.toContain("s3cret99");
    expect(one.next[0]).toContain("lb1.conf | install -D -m 600 /dev/stdin");
  });
});

describe("lines that mean something together", () => {
  const only = (...lines: readonly string[]): Result =>
    importTexts({ "a.conf": instance(...lines) });

  test("state MASTER without a priority made an owner of it", () => {
    const { config, of } = only("state MASTER");
    expect(config.instances[0]?.priorities).toMatchObject({ lb1: 254 });
    expect(of("vrrp_instance")).toMatchObject({ verdict: "undecided", matters: true });
    expect(only("state MASTER", "priority 15O").of("priority")?.reasons.join()).toMatch(/15O.*255/);
  });

  test.each([
    [["nopreempt"], "never"],
    [["preempt_delay 5"], "after"],
    [["state MASTER", "priority 150", "nopreempt"], "immediate"],
    [["priority 254", "preempt_delay 5", "nopreempt"], "never"],
  ])("%s: %s", (lines, kind) => {
    expect(only(...lines).config.instances[0]?.preempt.kind).toBe(kind);
  });

  test.each([
    ["2", "0.4", 1000, "changed"],
    ["2", "1.5", 2000, "changed"],
    ["3", "0.25", 250, "taken"],
    ["3", "0.333", 330, "changed"],
  ])("version %s, advert_int %s", (version, interval, expected, verdict) => {
    const { config, of } = only(`version ${version}`, `advert_int ${interval}`);
    expect(config.heartbeat.interval).toBe(expected);
    expect(of("advert_int")?.verdict).toBe(verdict);
  });

  test("a check goes to the port that is written, also where the kernel takes the service's", () => {
    const { config } = importTexts({
      "a.conf": `${instance()}
virtual_server 192.168.60.100 80 {
  lb_kind DR
  protocol TCP
  real_server 192.168.60.136 8080 {
    TCP_CHECK {
    }
  }
  real_server 192.168.60.137 80 {
    TCP_CHECK {
    }
  }
}`,
    });
    const asked = config.probes.map(({ target }) => `${target.address}:${target.port}`);
    expect(asked).toEqual(["192.168.60.136:8080", "192.168.60.137:80"]);
  });

  test("unicast names both ends", () => {
    const { config, decisions, of } = only(
      "priority 150",
      "unicast_src_ip 192.168.60.130",
      "unicast_peer {",
      "192.168.60.131",
      "}",
    );
    const addresses = config.directors.map(({ paths }) => paths[0]?.address);
    expect(addresses).toEqual(["192.168.60.130", "192.168.60.131"]);
    expect(config.instances[0]?.vrrp?.unicast).toBe(true);
    expect(of("192.168.60.131")?.reasons.join()).toContain("write minTtl where a router is");
    expect(decisions).toEqual(["directors.lb2.priority"]);
  });

  test("hops of a peer are that director's", () => {
    const { config } = only(
      "unicast_src_ip 192.168.60.130",
      "unicast_peer {",
      "192.168.60.131 min_ttl 250 max_ttl 254",
      "192.168.60.132 max_ttl 64",
      "}",
    );
    expect(config.instances[0]?.vrrp?.peers).toEqual({
      lb2: { min: 250, max: 254 },
      lb3: { min: 1, max: 64 },
    });
  });

  test("the last of two counts", () => {
    const { config, of } = only("virtual_router_id 60", "priority 5", "priority 120");
    expect(config.instances[0]).toMatchObject({ routerId: 60, priorities: { lb1: 120 } });
    expect(of("virtual_router_id 51")).toMatchObject({ verdict: "dropped", matters: false });
    expect(of("priority 5")).toMatchObject({ verdict: "dropped" });
  });

  test("programs run as they did: by their own word, or script_user's", () => {
    const text = [
      "vrrp_script chk {",
      "script /usr/bin/true",
      "user web adm",
      "}",
      instance("notify_master /usr/bin/true", "track_script {", "chk", "}"),
      "global_defs {",
      "script_user nobody",
      "}",
    ].join("\n");
    const { config } = importTexts({ "a.conf": text });
    expect(config.tracks[0]?.subject).toMatchObject({ kind: "script", user: "web:adm" });
    expect(config.instances[0]?.notify).toMatchObject({ user: "nobody" });
  });

  test("a weight of a group's member is ignored, as in keepalived", () => {
    const group = "vrrp_sync_group g {\ngroup {\nweb\n}\n}\n";
    const track = instance("track_interface {", "eth1 weight -5", "}");
    const { config, of } = importTexts({ "a.conf": track + group });
    expect(config.instances[0]?.tracks).toEqual([
      { track: "link-eth1", weight: 0, reverse: false },
    ]);
    expect(of("eth1 weight")?.verdict).toBe("changed");
  });

  test("an unknown keyword is dropped, with what was meant", () => {
    const { of, whole } = only("prioritty 5");
    expect(of("prioritty")).toMatchObject({
      verdict: "dropped",
      matters: true,
      reasons: ["unknown keyword: did you mean priority?"],
    });
    expect(whole).toBe(false);
  });

  test("what baton refuses goes, and its line says why", () => {
    const { config, of } = only("virtual_ipaddress {", "192.168.60.100", "127.0.0.1", "}");
    expect(config.instances[0]?.vips).toHaveLength(1);
    expect(of("127.0.0.1")?.reasons.join()).toContain("loopback");
  });

  test("an instance that can not stand goes with all of its lines", () => {
    const { of, lines, next } = importTexts({
      "a.conf": "vrrp_instance web {\ninterface eth0\n}\n",
    });
    expect(of("vrrp_instance")?.reasons.join()).toContain("routerId");
    expect(lines.map(({ verdict }) => verdict)).toEqual(["dropped", "dropped"]);
    expect(next.join()).toContain("whoever holds them until now has to let go");
  });

  test("a file without an instance gets one to be decided", () => {
    const text = "virtual_server 192.168.60.100 80 {\nprotocol TCP\n}\n";
    const { config, next } = importTexts({ "a.conf": text }, { link: "bond0" });
    expect(config.instances[0]).toMatchObject({
      interface: "bond0",
      vips: [{ address: "192.168.60.100" }],
    });
    expect(next.join()).toContain("whoever holds them until now has to let go");
  });
});

describe("two files that contradict each other", () => {
  const pair = (a: readonly string[], b: readonly string[]): Result =>
    importTexts({
      "lb1.conf": instance("priority 150", "mcast_src_ip 192.168.60.130", ...a),
      "lb2.conf": instance("priority 100", "mcast_src_ip 192.168.60.131", ...b).replace(
        "vrrp_instance web",
        "vrrp_instance www",
      ),
    });

  test("agree on the router although they call it otherwise", () => {
    const { config, whole } = pair([], []);
    expect(config.instances).toMatchObject([{ name: "web", priorities: { lb1: 150, lb2: 100 } }]);
    expect(whole).toBe(true);
  });

  test("the better one says whether it preempts", () => {
    expect(pair(["nopreempt"], []).config.instances[0]?.preempt.kind).toBe("never");
    const other = pair([], ["nopreempt"]);
    expect(other.config.instances[0]?.preempt.kind).toBe("immediate");
    expect(other.of("nopreempt")).toMatchObject({ verdict: "dropped", matters: false });
  });

  test("another interval is to be decided, the first one counts", () => {
    const { config, lines } = pair(["advert_int 2"], ["advert_int 3"]);
    expect(config.heartbeat.interval).toBe(2000);
    const said = lines.filter(({ origin }) => origin.text.startsWith("advert_int"));
    expect(said.map(({ verdict }) => verdict)).toEqual(["taken", "undecided"]);
    expect(said[1]?.reasons).toEqual(["interval is 3s here, and 2s in lb1's file, which counts"]);
  });

  test("another list of VIPs is to be decided, and holds all of them", () => {
    const block = (...vips: readonly string[]): string[] => ["virtual_ipaddress {", ...vips, "}"];
    const { config, of } = pair(block("10.0.0.1", "10.0.0.2"), block("10.0.0.1", "10.0.0.3"));
    const vips = config.instances[0]?.vips.map(({ address }) => address);
    expect(vips).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    expect(of("10.0.0.2")).toMatchObject({ verdict: "undecided" });
    expect(of("10.0.0.3")?.reasons).toEqual(["only lb2's file says it, not lb1's"]);
  });

  test("another password is said, not shown", () => {
    const auth = (word: string) => ["authentication {", "auth_type PASS", `auth_pass ${word}`, "}"];
    const { lines, yaml } = pair(auth("one-word"), auth("two-word"));
    const said = lines.filter(({ origin }) => origin.text.startsWith("auth_pass"));
    expect(said.map(({ verdict }) => verdict)).toEqual(["changed", "undecided"]);
    expect(JSON.stringify(lines) + yaml).not.toMatch(/(one|two)-word/);
  });
});

describe("a virtual MAC", () => {
  const vips = (...lines: readonly string[]): readonly string[] => [
    "virtual_ipaddress {",
    ...lines,
    "}",
  ];
  const imported = (...lines: readonly string[]) => {
    const result = importTexts({ "lb1.conf": instance(...lines) });
    const line = result.lines.find(({ origin }) => origin.text.startsWith("use_vmac"));
    return { web: result.config.instances[0], verdict: line?.verdict };
  };

  test("keeps the name of its link, and what leaves by the interface itself", () => {
    const { web, verdict } = imported("vmac_xmit_base", "use_vmac web0");
    expect(web?.vrrp?.vmac).toMatchObject({ interface: "web0", advertsFromBase: true });
    expect(verdict).toBe("taken");
  });

  test("is the RFC's, whatever the file says", () => {
    const { web, verdict } = imported("use_vmac vrrp.51 02:00:00:00:00:01");
    expect(web?.vrrp?.vmac).toMatchObject({ interface: "vrrp.51", mac: "00:00:5e:00:01:33" });
    expect(verdict).toBe("changed");
  });

  test("has the VIPs that name no interface", () => {
    const { web } = imported("use_vmac", ...vips("192.168.60.100", "192.168.60.101 dev eth0"));
    expect(web?.vips.map((vip) => vip.interface)).toEqual(["vrrp.51", "eth0"]);
  });
});

/** What rules do with the packets of a pair: known, or known to be unknown. */
import { describe, expect, test } from "vitest";
import { seen, unseen } from "../../../src/doctor/facts.ts";
import { judge } from "../../../src/doctor/firewall/judge.ts";
import type { Packet } from "../../../src/doctor/firewall/packet.ts";
import { parseRuleset, type Ruleset } from "../../../src/doctor/firewall/ruleset.ts";
import { differences, FILE, find, findings, OWN, PEER } from "./pair.ts";

const HEARTBEAT: Packet = {
  direction: "in",
  family: 4,
  interface: "eth0",
  source: PEER,
  destination: OWN,
  protocol: "udp",
  sourcePort: 8112,
  port: 8112,
  state: "new",
};

const match = (left: object, right: unknown, op = "=="): object => ({ match: { op, left, right } });
const meta = (key: string): object => ({ meta: { key } });
const ip = (field: string): object => ({ payload: { protocol: "ip", field } });
const udp = (field: string): object => ({ payload: { protocol: "udp", field } });
const PORT = match(udp("dport"), 8112);
const NEW = match({ ct: { key: "state" } }, "new");
const DROP = { drop: null };
const ACCEPT = { accept: null };

/** Rules of one input chain in table inet filter, and of chains that it jumps to. */
function ruleset(
  rules: readonly (readonly object[])[],
  more: {
    policy?: string;
    chains?: Readonly<Record<string, readonly object[][]>>;
    items?: object[];
  } = {},
): Ruleset {
  const table = { family: "inet", table: "filter" };
  const base = {
    ...table,
    name: "input",
    type: "filter",
    hook: "input",
    policy: more.policy ?? "accept",
  };
  const rulesOf = (chain: string, list: readonly (readonly object[])[]): object[] =>
    list.map((expr, i) => ({ rule: { ...table, chain, handle: i + 1, expr } }));
  const others = Object.entries(more.chains ?? {}).flatMap(([name, list]) => [
    { chain: { ...table, name } },
    ...rulesOf(name, list),
  ]);
  const nftables = [{ chain: base }, ...rulesOf("input", rules), ...others, ...(more.items ?? [])];
  const parsed = parseRuleset(JSON.stringify({ nftables }));
  if (!parsed) throw new Error("not a ruleset");
  return parsed;
}

const kindOf = (rules: Ruleset, packet: Partial<Packet> = {}): string =>
  judge(rules, { ...HEARTBEAT, ...packet }).kind;

describe("conditions", () => {
  test.each<[object, string]>([
    [PORT, "dropped"],
    [match(udp("dport"), 8113), "passes"],
    [match(udp("dport"), 8113, "!="), "dropped"],
    [match(udp("dport"), { set: [53, 8112] }), "dropped"],
    [match(udp("dport"), { range: [8000, 9000] }), "dropped"],
    [match(udp("dport"), 8000, ">="), "dropped"],
    [match(udp("dport"), 9000, ">"), "passes"],
    [match({ payload: { protocol: "th", field: "dport" } }, 8112), "dropped"],
    [match({ payload: { protocol: "tcp", field: "dport" } }, 8112), "passes"],
    [match(ip("saddr"), PEER), "dropped"],
    [match(ip("saddr"), { prefix: { addr: "192.168.60.0", len: 24 } }), "dropped"],
    [match(ip("saddr"), { prefix: { addr: "10.0.0.0", len: 8 } }), "passes"],
    [match(ip("saddr"), { range: ["192.168.60.9", "192.168.60.140"] }), "dropped"],
    [match({ payload: { protocol: "ip6", field: "saddr" } }, "fd00::1"), "passes"],
    [match(meta("iifname"), "eth*"), "dropped"],
    [match(meta("iifname"), "lo"), "passes"],
    [match(meta("oifname"), "eth0"), "passes"],
    [match(meta("l4proto"), 17), "dropped"],
    [match(meta("l4proto"), { set: ["tcp", "udp"] }), "dropped"],
    [match(ip("protocol"), "vrrp"), "passes"],
    [NEW, "dropped"],
    [match({ ct: { key: "state" } }, ["established", "related"], "in"), "passes"],
    [match(meta("mark"), 7), "doubtful"],
    [{ limit: { rate: 5 } }, "doubtful"],
    [{ xt: null }, "doubtful"],
    [{ xt: { type: "match", name: "conntrack" } }, "doubtful"],
    [{ xt: { type: "target", name: "LOG" } }, "passes"],
    [{ xt: { type: "target", name: "REJECT" } }, "dropped"],
    [{ xt: { type: "target", name: "IDLETIMER" } }, "doubtful"],
    [{ counter: { packets: 1, bytes: 2 } }, "dropped"],
  ])("%j", (condition, expected) => {
    expect(kindOf(ruleset([[condition, DROP]]))).toBe(expected);
  });

  test("named sets, and one that is not there", () => {
    const set = { set: { family: "inet", table: "filter", name: "peers", elem: [PEER] } };
    const rule = [match(ip("saddr"), "@peers"), DROP];
    expect(kindOf(ruleset([rule], { items: [set] }))).toBe("dropped");
    expect(kindOf(ruleset([rule]))).toBe("doubtful");
  });
});

describe("the way through chains", () => {
  test("the first rule that holds decides; a doubtful one leaves both ways open", () => {
    expect(kindOf(ruleset([[PORT, ACCEPT], [DROP]]))).toBe("passes");
    expect(kindOf(ruleset([[PORT, DROP], [ACCEPT]]))).toBe("dropped");
    expect(kindOf(ruleset([[match(meta("mark"), 7), ACCEPT], [DROP]]))).toBe("doubtful");
    expect(kindOf(ruleset([[match(meta("mark"), 7), DROP], [DROP]]))).toBe("dropped");
  });

  test("policies, jumps, returns and goto", () => {
    expect(kindOf(ruleset([], { policy: "drop" }))).toBe("dropped");
    expect(kindOf(ruleset([[PORT, ACCEPT]], { policy: "drop" }))).toBe("passes");
    const jump = [{ jump: { target: "sub" } }];
    const back = { chains: { sub: [[PORT, { return: null }], [DROP]] } };
    expect(kindOf(ruleset([jump], back))).toBe("passes");
    expect(kindOf(ruleset([jump, [DROP]], back))).toBe("dropped");
    expect(kindOf(ruleset([jump], { chains: { sub: [[DROP]] } }))).toBe("dropped");
    const gone = ruleset([[{ goto: { target: "sub" } }], [DROP]], { chains: { sub: [] } });
    expect(kindOf(gone)).toBe("passes");
  });

  test("verdict maps", () => {
    const set = [
      ["established", ACCEPT],
      ["invalid", DROP],
    ];
    const vmap = [{ vmap: { key: { ct: { key: "state" } }, data: { set } } }];
    const rules = ruleset([vmap], { policy: "drop" });
    expect(kindOf(rules)).toBe("dropped");
    expect(kindOf(rules, { state: "established" })).toBe("passes");
  });

  test("what is not met: other hooks, families, directions", () => {
    const drop = ruleset([[DROP]]);
    expect(kindOf(drop, { direction: "out" })).toBe("passes");
    expect(parseRuleset("no json")).toBeUndefined();
    expect(parseRuleset("{}")).toBeUndefined();
  });
});

describe("findings", () => {
  const firewall = (rules: Ruleset): object => ({
    firewall: { nft: seen(rules), legacyTables: [] },
  });

  test("a rule that drops heartbeats is named, with one that lets them in", () => {
    const all = findings(firewall(ruleset([[PORT, DROP]])));
    expect(find(all, "firewall-heartbeat-in")).toMatchObject({
      severity: "error",
      seen: "nftables drops heartbeats (UDP 8112) from lb2 (192.168.60.131): `udp dport 8112 drop` (handle 1) in chain inet filter input",
      remedy: "nft insert rule inet filter input udp dport 8112 accept",
    });
  });

  test("answers only, unknown, sync and clients", () => {
    const state = { ct: { key: "state" } };
    const stateful = ruleset([[match(state, "established"), ACCEPT]], { policy: "drop" });
    expect(differences(firewall(stateful))).toEqual([
      "warning firewall-heartbeat-in",
      "warning firewall-sync-in",
      "warning firewall-service",
    ]);
    const unknown = ruleset([[PORT, match(meta("mark"), 7), DROP]]);
    expect(differences(firewall(unknown))).toEqual(["note firewall-heartbeat-in"]);
    const classic = ruleset([[{ xt: { type: "match", name: "conntrack" } }, ACCEPT]], {
      policy: "drop",
    });
    expect(find(findings(firewall(classic)), "firewall-heartbeat-in").why).toBe(
      "`xt conntrack accept` (handle 1) in chain inet filter input asks for something that is not known from outside; else the policy drop of chain inet filter input drops them.",
    );
  });

  test("who owns the rules changes them", () => {
    const processes = [{ pid: 9, name: "firewalld", words: ["firewalld"] }];
    const all = findings({ processes, ...firewall(ruleset([[PORT, DROP]])) });
    expect(find(all, "firewall-heartbeat-in").remedy).toContain("--add-port=8112/udp");
  });

  test("tables of iptables are changed by iptables", () => {
    const base = { family: "ip", table: "filter" };
    const chain = { ...base, name: "INPUT", type: "filter", hook: "input", policy: "drop" };
    const rules = parseRuleset(JSON.stringify({ nftables: [{ chain }] }));
    if (!rules) throw new Error("not a ruleset");
    expect(find(findings(firewall(rules)), "firewall-heartbeat-in").remedy).toBe(
      "iptables -I INPUT -p udp --dport 8112 -j ACCEPT",
    );
  });

  test("protocol 112 where the transport is vrrp", () => {
    const file = FILE.replace(
      "heartbeat: { secretFile: /etc/baton/heartbeat.key }",
      "heartbeat: { transport: vrrp }",
    );
    const rules = ruleset([[match(meta("l4proto"), 112), DROP]]);
    const found = find(findings(firewall(rules), file), "firewall-heartbeat-in");
    expect(found.seen).toContain("advertisements (protocol 112) from lb2");
    expect(found.remedy).toBe("nft insert rule inet filter input meta l4proto vrrp accept");
  });

  test("what could not be read is said", () => {
    const nft = unseen("nft is not installed");
    expect(differences({ firewall: { nft, legacyTables: ["filter"] } })).toEqual([
      "note firewall-unjudged",
      "note firewall-unjudged",
    ]);
  });
});

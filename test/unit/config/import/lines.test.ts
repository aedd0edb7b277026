/** keepalived.conf as its parser cuts it: blocks, quotes, definitions, conditions, repetitions. */
import { describe, expect, test } from "vitest";
import { importTexts, instance, refusal } from "./read.ts";

const vips = (...lines: readonly string[]): readonly string[] =>
  importTexts({
    "a.conf": instance("virtual_ipaddress {", ...lines, "}"),
  }).config.instances.flatMap((one) => one.vips.map(({ address }) => address));

describe("blocks", () => {
  test.each([
    ["a brace glued to the name", "vrrp_instance web{\ninterface eth0\nvirtual_router_id 51"],
    ["a brace on the next line", "vrrp_instance web\n{\ninterface eth0\nvirtual_router_id 51"],
    ["a keyword behind the brace", "vrrp_instance web { interface eth0\nvirtual_router_id 51"],
  ])("%s", (_, head) => {
    const text = `${head}\nvirtual_ipaddress { 192.168.60.100 }\n}\n`;
    const { config, count } = importTexts({ "a.conf": text });
    expect(config.instances).toMatchObject([{ name: "web", interface: "eth0", routerId: 51 }]);
    expect(count("taken")).toBe(5);
  });

  test("# and ! begin a comment anywhere but in double quotes", () => {
    const text = instance('notify "/usr/bin/say #1 !"', "priority 120# no blank", "advert_int 2!");
    const { config } = importTexts({ "a.conf": text });
    expect(config.instances[0]).toMatchObject({
      priorities: { lb1: 120 },
      notify: { any: ["/bin/sh", "-c", "/usr/bin/say #1 !"] },
    });
    expect(config.heartbeat.interval).toBe(2000);
  });

  test.each([
    ["} is missing", "global_defs {\nrouter_id a\n", "a.conf:1:1: the block that begins here"],
    ["} too many", "global_defs {\n}\n }\n", "a.conf:3:2: } closes no block"],
    ["{ without a keyword", "{\n", "a.conf:1:1: { stands after no keyword"],
    ["an open quote", 'global_defs {\n  router_id "a\n}\n', "a.conf:2:3: a quote is opened"],
    ["binary junk", "\0\x01\x02", "a.conf:1:1: is no text"],
    ["nothing", " \n", "a.conf:1:1: is empty"],
    ["a monstrous line", `x ${"y".repeat(20_000)}`, "a.conf:1:1: is longer than 10000"],
    ["a monstrous file", "x y\n".repeat(3 << 20), "a.conf:1:1: more than 8388608 characters"],
  ])("%s is refused at its place", (_, text, expected) => {
    expect(refusal({ "a.conf": text })).toContain(expected);
  });
});

describe("definitions", () => {
  test("are replaced where they are used, within each other, braced or followed by a blank", () => {
    const text = [
      "$NET=10.2.${SUB}",
      "$SUB=0",
      "$LINK=eth0",
      "vrrp_instance web {",
      "interface $LINK",
      "virtual_router_id 51",
      "virtual_ipaddress {",
      "${NET}.100",
      "$SUB=10",
      "${NET}.100 dev $LINK",
      "}",
      "}",
    ].join("\n");
    const { config, lines } = importTexts({ "a.conf": text });
    expect(config.instances[0]?.vips.map(({ address }) => address)).toEqual([
      "10.2.0.100",
      "10.2.10.100",
    ]);
    expect(lines.map(({ origin }) => origin.line)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test("of several lines are blocks; each line of them is accounted for once", () => {
    const text = [
      "$INSTANCE= \\",
      "vrrp_instance v${NUM} { \\",
      "  interface eth0 \\",
      "  virtual_router_id ${NUM} \\",
      "",
      "  virtual_ipaddress { \\",
      "    10.0.0.${NUM} \\",
      "  } \\",
      "}",
      "$NUM=1",
      "$INSTANCE",
      "$NUM=2",
      "$INSTANCE",
    ].join("\n");
    const { config, lines } = importTexts({ "a.conf": text });
    expect(config.instances.map(({ name, routerId }) => [name, routerId])).toEqual([
      ["v1", 1],
      ["v2", 2],
    ]);
    expect(lines.map(({ origin }) => origin.line)).toEqual([1, 2, 3, 4, 6, 7, 10, 11, 12, 13]);
  });

  test("that nothing uses are said to be so; what is not defined stays", () => {
    const { of } = importTexts({ "a.conf": `$A=1\n${instance("priority $B")}` });
    expect(of("$A=")).toMatchObject({ verdict: "dropped", reasons: [/nothing uses/] as never });
    expect(of("priority")).toMatchObject({ verdict: "undecided" });
  });

  test("that lead back to themselves are refused", () => {
    const text = `$A=\${B}\n$B=\${A}\nglobal_defs {\nrouter_id \${A}\n}\n`;
    expect(refusal({ "a.conf": text })).toMatch(/a.conf:4:1: a definition leads back to itself/);
  });

  test("are not shown: they may be passwords", () => {
    const auth = instance("authentication {", "auth_type PASS", "auth_pass $PASS", "}");
    const text = `$PASS=hunter22\n${auth}`;
    const { yaml, lines, next } = importTexts({ "a.conf": text });
    expect(yaml + JSON.stringify(lines) + next.join()).not.toContain("hunter22");
    expect(next.join("\n")).toContain("install -D -m 600 /dev/stdin /etc/baton/vrrp.password");
  });
});

describe("repetitions", () => {
  test.each([
    ["~SEQ(x, 1, 3) 10.0.0.${x}", ["10.0.0.1", "10.0.0.2", "10.0.0.3"]],
    ["~SEQ(x, 2) 10.0.0.${x}", ["10.0.0.1", "10.0.0.2"]],
    ["~SEQ(x, 5, -2, 1) 10.0.0.${x}", ["10.0.0.5", "10.0.0.3", "10.0.0.1"]],
    ["~SEQx(x, 0x90, 0x10, 0xb0) fd00::${x}", ["fd00::90", "fd00::a0", "fd00::b0"]],
    ["~LST(x, 7, 9) 10.0.0.$x", ["10.0.0.7", "10.0.0.9"]],
    ["~LST({a, b}, {1,2}, {3,4}) 10.0.${a}.${b}", ["10.0.1.2", "10.0.3.4"]],
    [
      "~LST(a, 1, 2) ~SEQ(b, 1, 2) 10.0.${a}.${b}",
      ["10.0.1.1", "10.0.1.2", "10.0.2.1", "10.0.2.2"],
    ],
  ])("%s", (line, expected) => {
    expect(vips(line)).toEqual(expected);
  });

  test.each([
    ["~SEQ(x, 1, 0, 3) a", "never gets from its start to its end"],
    ["~SEQ(x, 1, 1, 999999) a", "repeats more than 65536 times"],
    ["~LST(x) a", "wants ~LST(variable, value, …)"],
    ["~FOO(x) a", "is no ~SEQ(…) and no ~LST(…)"],
  ])("%s is refused", (line, expected) => {
    expect(refusal({ "a.conf": `${line}\n` })).toContain(`a.conf:1:1: ${line} ${expected}`);
  });
});

describe("includes", () => {
  const files = {
    "/etc/k/keepalived.conf": "include conf.d/*.conf\ninclude {one,two}.inc\n",
    "/etc/k/conf.d/b.conf": instance(),
    "/etc/k/conf.d/a.conf": "global_defs {\n  router_id ${_PWD}\n}\n",
    "/etc/k/one.inc": "vrrp_script chk {\n script /usr/bin/true\n}\n",
    "/etc/k/two.inc": "bogus 1\n",
  };
  const call = { files: ["/etc/k/keepalived.conf"] };

  test("globs and braces, from the folder of the file; lines are told by their own file", () => {
    const { lines, config } = importTexts(files, call);
    expect(config.directors[0]?.name).toBe("etc-k-conf.d");
    expect(lines.map(({ origin }) => `${origin.file}:${origin.line}`)).toContain(
      "/etc/k/two.inc:1",
    );
    expect(lines).toHaveLength(2 + 5 + 2 + 2 + 1);
  });

  test("a missing file is refused, an empty glob is told", () => {
    expect(refusal({ "a.conf": "\ninclude b.conf\n" })).toBe("a.conf:2:1: there is no file b.conf");
    const { of } = importTexts({ "a.conf": `include d/*.conf\n${instance()}` });
    expect(of("include")).toMatchObject({ verdict: "dropped", matters: true });
  });

  test("a loop is refused", () => {
    const loop = { "a.conf": "include b.conf\n", "b.conf": "include a.conf\n" };
    expect(refusal(loop, { files: ["a.conf"] })).toBe("b.conf:1:1: a.conf includes itself");
  });
});

describe("conditions", () => {
  const text = [
    "global_defs {",
    "  @main router_id main",
    "  @backup router_id backup",
    "}",
    "vrrp_instance web {",
    "  interface eth0",
    "  virtual_router_id 51",
    "  @main priority 150",
    "  @backup priority 90",
    "  @main unicast_src_ip 192.168.60.130",
    "  @backup unicast_src_ip 192.168.60.131",
    "  @third priority 5",
    "  unicast_peer {",
    "    @^main 192.168.60.130",
    "    @^backup 192.168.60.131",
    "  }",
    "  virtual_ipaddress {",
    "    192.168.60.100",
    "  }",
    "}",
  ].join("\n");

  test("one file of both directors is read for each of them", () => {
    const two = { directors: ["main", "backup"].map((name) => ({ name, address: undefined })) };
    const { config, whole, of, lines } = importTexts({ "a.conf": text }, two);
    expect(config.directors).toMatchObject([
      { name: "main", priority: 150, paths: [{ address: "192.168.60.130" }] },
      { name: "backup", priority: 90, paths: [{ address: "192.168.60.131" }] },
    ]);
    expect(of("@third")).toMatchObject({ verdict: "dropped" });
    expect(whole).toBe(false);
    expect(lines.filter(({ matters }) => matters)).toHaveLength(1);
  });

  test("the hosts are those that the file names", () => {
    const plain = text.replace("  @third priority 5\n", "");
    const { config, whole } = importTexts({ "a.conf": plain });
    expect(config.directors.map(({ name }) => name)).toEqual(["main", "backup"]);
    expect(whole).toBe(true);
  });
});

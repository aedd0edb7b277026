/** No line vanishes: whatever stands in a file is in the account, once. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { importTexts } from "./read.ts";

interface Node {
  readonly words: string;
  readonly block: readonly Node[] | undefined;
}

/** What stands in which block; anything may stand anywhere as well. */
const INSIDE: Readonly<Record<string, string>> = {
  "": "global_defs vrrp_instance vrrp_sync_group vrrp_script virtual_server virtual_server_group SSL",
  global_defs:
    "router_id vrrp_version smtp_alert smtp_server lvs_sync_daemon lvs_timeouts notification_email",
  notification_email: "ops@example.net lb@example.net",
  vrrp_instance:
    "state interface virtual_router_id priority advert_int virtual_ipaddress authentication " +
    "unicast_peer smtp_alert track_script track_interface nopreempt preempt_delay notify_master use_vmac",
  vrrp_sync_group: "group track_interface notify smtp_alert",
  vrrp_script: "script interval weight fall user",
  virtual_server:
    "delay_loop lb_algo lb_kind protocol quorum sorry_server persistence_timeout real_server alpha smtp_alert",
  real_server: "weight HTTP_GET TCP_CHECK MISC_CHECK notify_up inhibit_on_failure",
  HTTP_GET: "url connect_timeout retry",
  url: "path status_code digest",
  MISC_CHECK: "misc_path misc_dynamic",
  authentication: "auth_type auth_pass",
};
const EVERYWHERE = ["bogus", "intreface", "192.168.60.100", "eth1", "1", "weight", "interval"];
const VALUES = (
  "1 2 100 150 300 -1 0.5 on off MASTER BACKUP eth0 eth0:1 192.168.60.100 192.168.60.100/24 " +
  "fd00::1 NAT DR TUN TCP wlc web fwmark group PASS /usr/bin/true 192.168.60.1-5 weight dev"
)
  .split(" ")
  .concat("'a b'");

const values = fc.array(fc.constantFrom(...VALUES), { maxLength: 3 });

/** Blocks within a block, to a depth. */
function nodes(within: string, depth: number): fc.Arbitrary<readonly Node[]> {
  const known = (INSIDE[within] ?? "").split(" ").filter((word) => word !== "");
  const node = fc.constantFrom(...known, ...EVERYWHERE).chain((word) =>
    fc.record({
      words: values.map((rest) => [word, ...rest].join(" ")),
      block:
        depth > 0
          ? fc.option(nodes(word, depth - 1), { nil: undefined, freq: word in INSIDE ? 5 : 1 })
          : fc.constant(undefined),
    }),
  );
  return fc.array(node, { maxLength: 6 });
}

const fine: Node = {
  words: "vrrp_instance fine",
  block: ["interface eth0", "virtual_router_id 9", "virtual_ipaddress { 192.168.60.9 }"].map(
    (line) => ({ words: line, block: undefined }),
  ),
};
/** The last line of it holds two statements. */
const FINE = 5;

const countOf = (tree: readonly Node[]): number =>
  tree.reduce((sum, { block }) => sum + 1 + countOf(block ?? []), 0);

interface Style {
  readonly comment: boolean;
  readonly apart: boolean;
}

function render(tree: readonly Node[], { comment, apart }: Style, indent = ""): readonly string[] {
  const more = comment ? ["", `${indent}# nothing`] : [];
  return tree.flatMap(({ words: text, block }) => {
    if (block === undefined) return [...more, `${indent}${text}${comment ? " ! said" : ""}`];
    const head = apart ? [`${indent}${text}`, `${indent}{`] : [`${indent}${text} {`];
    return [...more, ...head, ...render(block, { comment, apart }, `${indent}  `), `${indent}}`];
  });
}

const isStatement = (line: string): boolean => /^\s*[^\s#!{}]/.test(line);

describe("keepalived.conf", () => {
  test("every statement has one verdict, and every line that says something is told", () => {
    const style = fc.record({ comment: fc.boolean(), apart: fc.boolean() });
    fc.assert(
      fc.property(nodes("", 4), style, (tree, how) => {
        const rendered = render([...tree, fine], how);
        const { lines } = importTexts({ "a.conf": rendered.join("\n") });
        expect(lines).toHaveLength(countOf(tree) + FINE);
        const told = new Set(lines.map(({ origin }) => origin.line));
        const said = rendered.flatMap((line, i) => (isStatement(line) ? [i + 1] : []));
        expect([...told].sort((a, b) => a - b)).toEqual(said);
        expect(
          lines.every(({ verdict, reasons }) => verdict === "taken" || reasons.length > 0),
        ).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});

/** Lines as they are, one statement each. */
function told(name: string, text: readonly string[]): void {
  const { lines } = importTexts({ [name]: text.join("\n") });
  const said = text.flatMap((line, i) => (isStatement(line) ? [i + 1] : []));
  expect(lines.map(({ origin }) => origin.line)).toEqual(said);
  expect(lines.every(({ verdict, reasons }) => verdict === "taken" || reasons.length > 0)).toBe(
    true,
  );
}

const words = (text: string): fc.Arbitrary<string> => fc.constantFrom(...text.split(" "));

describe("lvs.cf", () => {
  const value = words("0 1 80 http tcp 10.0.0.1 255.255.255.0 eth0:1 wlc x /bin/true 010 bogus");
  const line = (keys: string): fc.Arbitrary<string> =>
    fc
      .tuple(words(keys), fc.array(value, { minLength: 1, maxLength: 2 }))
      .map(([key, rest]) => `${key} = ${rest.join(" ")}`);
  const block = (head: string, body: fc.Arbitrary<readonly string[]>): fc.Arbitrary<string[]> =>
    body.map((inner) => [`${head} {`, ...inner.map((one) => `  ${one}`), "}", "# said"]);
  const server = block("server s", fc.array(line("address active weight port nmask bogus")));
  const virtual = block(
    "virtual v",
    fc
      .tuple(
        fc.array(line("active address port protocol scheduler send expect fwmark timeout bogus")),
        fc.array(server, { maxLength: 2 }),
      )
      .map(([lines, servers]) => [...lines, ...servers.flat()]),
  );
  const top = fc.array(line("primary backup backup_active keepalive deadtime network sync bogus"));

  test("every line that says something is told once", () => {
    fc.assert(
      fc.property(top, fc.array(virtual, { maxLength: 3 }), (lines, virtuals) => {
        told("lvs.cf", ["serial_no = 1", ...lines, ...virtuals.flat()]);
      }),
      { numRuns: 25 },
    );
  });
});

describe("ldirectord.cf", () => {
  const value = words("yes no 5 http 10.0.0.1:80 [fd00::1]:80 10.0.0.1->10.0.0.3:80 wlc masq x");
  const line = (keys: string): fc.Arbitrary<string> =>
    fc
      .tuple(words(keys), fc.array(value, { minLength: 1, maxLength: 3 }))
      .map(([key, rest]) => `${key} = ${rest.join(" ")}`);
  const virtual = fc
    .tuple(
      words("10.0.0.9:80 [fd00::9]:80 7 nonsense"),
      fc.array(
        line("real service checktype checkport scheduler quiescent fallback emailalert load bogus"),
      ),
    )
    .map(([where, lines]) => [`virtual = ${where}`, ...lines.map((one) => `\t${one}`), ""]);
  const top = fc.array(
    line("checktimeout checkinterval quiescent fallback emailalert smtp fork bogus"),
  );

  test("every line that says something is told once", () => {
    fc.assert(
      fc.property(top, fc.array(virtual, { minLength: 1, maxLength: 4 }), (lines, virtuals) => {
        told("ldirectord.cf", [...lines, "# said", ...virtuals.flat()]);
      }),
      { numRuns: 25 },
    );
  });
});

/** No line vanishes: whatever stands in a file is in the account, once. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { importTexts } from "./read.ts";

interface Node {
  readonly words: string;
  readonly block: readonly Node[] | undefined;
}

/** Keywords of keepalived at random depths, with values that fit, or not, and words of nobody. */
const KEYWORDS = (
  "global_defs vrrp_instance virtual_server real_server vrrp_script vrrp_sync_group state interface " +
  "priority advert_int virtual_router_id virtual_ipaddress authentication auth_pass url path track " +
  "track_script track_interface unicast_peer nopreempt router_id delay_loop lb_kind protocol weight " +
  "HTTP_GET TCP_CHECK MISC_CHECK misc_path quorum sorry_server notify_master smtp_alert use_vmac " +
  "lvs_sync_daemon virtual_server_group static_routes bfd_instance SSL garp_group bogus intreface"
).split(" ");
const VALUES = (
  "1 2 100 150 300 -1 0.5 on off MASTER BACKUP eth0 eth0:1 192.168.60.100 192.168.60.100/24 " +
  "fd00::1 NAT DR TUN TCP wlc web fwmark group /usr/bin/true 192.168.60.1-5 weight dev"
)
  .split(" ")
  .concat("'a b'");

const words = fc
  .tuple(
    fc.constantFrom(...KEYWORDS, ...VALUES),
    fc.array(fc.constantFrom(...VALUES), { maxLength: 3 }),
  )
  .map(([first, rest]) => [first, ...rest].join(" "));

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.record({
    words,
    block: fc.option(fc.array(tie("node"), { maxLength: 4 }), { nil: undefined, maxDepth: 4 }),
  }),
}));

const fine: Node = {
  words: "vrrp_instance fine",
  block: ["interface eth0", "virtual_router_id 9", "virtual_ipaddress { 192.168.60.9 }"].map(
    (line) => ({ words: line, block: undefined }),
  ),
};
/** The last line of it holds two statements. */
const FINE = 5;

const countOf = (nodes: readonly Node[]): number =>
  nodes.reduce((sum, { block }) => sum + 1 + countOf(block ?? []), 0);

interface Style {
  readonly comment: boolean;
  readonly apart: boolean;
}

function render(nodes: readonly Node[], { comment, apart }: Style, indent = ""): readonly string[] {
  const more = comment ? ["", `${indent}# nothing`] : [];
  return nodes.flatMap(({ words: text, block }) => {
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
      fc.property(fc.array(node, { maxLength: 6 }), style, (nodes, how) => {
        const rendered = render([...nodes, fine], how);
        const { lines } = importTexts({ "a.conf": rendered.join("\n") });
        expect(lines).toHaveLength(countOf(nodes) + FINE);
        const told = new Set(lines.map(({ origin }) => origin.line));
        const said = rendered.flatMap((line, i) => (isStatement(line) ? [i + 1] : []));
        expect([...told].sort((a, b) => a - b)).toEqual(said);
        expect(
          lines.every(({ verdict, reasons }) => verdict === "taken" || reasons.length > 0),
        ).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});

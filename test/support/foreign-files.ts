/** Random files of the programs that baton replaces: their whole grammars, sense or nonsense. */
import { readFileSync } from "node:fs";
import fc from "fast-check";

export interface Foreign {
  /** By path; the first one is imported. */
  readonly files: Readonly<Record<string, string>>;
  /** `PATH:LINE` of all that says something, each once. */
  readonly said: readonly string[];
}

export interface Keyword {
  /** C core, c common, `-` after it: has no place in baton; r rare. */
  readonly use: string;
  readonly context: string;
  readonly line: string;
}

const INVENTORY = new URL("../unit/config/import/inventory/keepalived.txt", import.meta.url);

/** Every keyword of keepalived.conf in a line of its own. */
export const KEYWORDS: readonly Keyword[] = readFileSync(INVENTORY, "utf8")
  .split("\n")
  .flatMap((text) => {
    const [, use = "", context = "", line = ""] = /^([Cc]-?|r) (\w+) \| (.+)$/.exec(text) ?? [];
    return line === "" ? [] : [{ use, context, line }];
  });

/** `a { b ; c { d } }` in lines of their own. */
export const broken = (line: string): readonly string[] =>
  line
    .replaceAll(/ ?([{;}]) ?/g, (_, mark: string) => (mark === ";" ? "\n" : ` ${mark}\n`))
    .split("\n")
    .map((one) => one.trim())
    .filter((one) => one !== "");

const VALUES = [
  ..."0 1 2 100 300 -1 0.5 on off MASTER eth0 eth0:1 192.168.60.100 192.168.60.100/24".split(" "),
  ..."10.0.0.1-4 fd00::1 NAT DR TCP wlc web chk fwmark group PASS /usr/bin/true weight".split(" "),
  "'a \"b'",
  '"c d"',
  "\\x41",
  '"#1"',
  "''",
];
const JUNK = ["bogus 1", "intreface eth0", "192.168.60.7", "weight 5", "{", "real_server 1 2 3"];

const OPENINGS: Readonly<Record<string, string>> = {
  global: "global_defs",
  instance: "vrrp_instance web",
  group: "vrrp_sync_group both",
  script: "vrrp_script chk",
  process: "vrrp_track_process proc",
  file: "vrrp_track_file number",
  vsgroup: "virtual_server_group many",
  service: "virtual_server 192.168.60.100 80",
  server: "real_server 192.168.60.136 80",
  check: "TCP_CHECK",
  http: "HTTP_GET",
  url: "url",
};
/** What else may stand in it. */
const INNER: Readonly<Record<string, readonly string[]>> = {
  service: ["server"],
  server: ["check", "http"],
  http: ["url"],
};

const linesFor = (context: string): readonly string[] =>
  KEYWORDS.filter((one) => one.context === context).map(({ line }) => line);

/** One value of a line is another one, as often as not. */
const spoiled = (line: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.integer({ min: 0, max: 7 }), fc.constantFrom(...VALUES))
    .map(([at, value]) =>
      at === 0 && !/[{"]/.test(line) ? line.replace(/ \S+$/, ` ${value}`) : line,
    );

/** How a line that opens no block is written. */
const WRITINGS: readonly ((line: string) => string)[] = [
  (line) => line,
  (line) => `${line} # said`,
  (line) => `${line}! said`,
  (line) => `@lb1 ${line}`,
  (line) => `@^lb1 ${line}`,
  (line) => `@other ${line}`,
  (line) => line.replace(/ (\w+)$/, ' "$1"'),
  (line) => line.replace(/ \S+$/, " ${NUMBER}"),
  (line) => line.replace(/ \S+$/, " $NUMBER"),
  (line) => `~SEQ(i, 1, 3) ${line}`,
  (line) => `~LST({a, b}, {1, 2}, {3, 4}) ${line.replace(/ \S+$/, " ${a}")}`,
];
/** The first ones leave the words as they are: a quote may hold several. */
const PLAIN = 6;
const written = (line: string): fc.Arbitrary<readonly string[]> =>
  line.includes("{")
    ? fc.boolean().map((apart) => broken(line).flatMap((one) => (apart ? openedApart(one) : one)))
    : fc
        .constantFrom(...(line.includes('"') ? WRITINGS.slice(0, PLAIN) : WRITINGS))
        .map((write) => [write(line)]);

const openedApart = (line: string): readonly string[] =>
  /\S \{$/.test(line) ? [line.slice(0, -2), "{"] : [line];

function block(context: string): fc.Arbitrary<readonly string[]> {
  const lines = [...linesFor(context), ...JUNK.filter((junk) => junk !== "{")];
  const line = fc
    .constantFrom(...lines)
    .chain(spoiled)
    .chain(written);
  const inner = fc.oneof(...(INNER[context] ?? []).map(block), fc.constant<string[]>([]));
  const opening = OPENINGS[context] ?? context;
  const head = fc.constantFrom([`${opening} {`], [opening, "{", "# nothing"], [`  ${opening}{`]);
  return fc
    .tuple(head, fc.array(line, { maxLength: 8 }), fc.array(inner, { maxLength: 2 }))
    .map(([open, mine, others]) => [...open, ...mine.flat(), ...others.flat(), "}", ""]);
}

const TOP = "global instance group script process file vsgroup service".split(" ");
const DEFINITIONS = ["$NUMBER=7", "$UNUSED=8", "$BLOCK= \\", "  accept \\", "  advert_int 2", ""];
const WHOLE =
  "vrrp_instance fine {\ninterface eth0\nvirtual_router_id 9\n$BLOCK\nvirtual_ipaddress {\n" +
  "192.168.60.9\n}\n}";

/** Comments and lone braces say nothing. */
const says = (line: string): boolean => /^\s*[^\s#!{}]/.test(line);

const saidIn = (path: string, lines: readonly string[]): readonly string[] =>
  lines.flatMap((line, i) => (says(line) ? [`${path}:${i + 1}`] : []));

/** With includes, definitions, repetitions, conditions, quotes and comments. */
export const keepalivedFiles: fc.Arbitrary<Foreign> = fc
  .tuple(
    fc.array(fc.oneof(...TOP.map(block)), { maxLength: 6 }),
    fc.array(fc.constantFrom(...linesFor("top")).chain(written), { maxLength: 2 }),
    fc.nat(6),
  )
  .map(([blocks, top, cut]) => {
    const main = [...DEFINITIONS, ...top.flat(), ...blocks.slice(0, cut).flat()];
    const lines = [...main, "include more/*.conf", ...WHOLE.split("\n")];
    const more = blocks.slice(cut).flat();
    return {
      files: { "a.conf": lines.join("\n"), "more/b.conf": more.join("\n") },
      said: [...saidIn("a.conf", lines), ...saidIn("more/b.conf", more)],
    };
  });

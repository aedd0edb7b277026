/** Tells the same stories to ipvsadm and to baton's, each in a namespace of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { ipvsadm } from "../../../src/ipvsadm/program.ts";
import { must } from "../../support/process.ts";
import { fixedStories, randomStory, TABLE } from "../ipvsadm/stories.ts";
import { type Line, lineOf, type Story, textOf } from "../ipvsadm/story.ts";
import { emit, main } from "./report.ts";

const SIDES = ["theirs", "ours"] as const;
type Side = (typeof SIDES)[number];

interface Answer {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

/** A shell starts them: to fork Node is slow in here. */
class Shell {
  readonly #folder = mkdtempSync("/run/tmp/ipvsadm-");
  readonly #child = spawn("sh", [], { stdio: ["pipe", "pipe", "inherit"] });
  readonly #codes = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();

  async ask({ words, input }: Line): Promise<Answer> {
    const [stdin, stdout, stderr] = ["in", "out", "err"].map((name) => `${this.#folder}/${name}`);
    writeFileSync(stdin ?? "", input, "latin1");
    const command = [...LIMITED, "ipvsadm", ...words].map(quoted).join(" ");
    this.#child.stdin.write(`${command} <${stdin} >${stdout} 2>${stderr}; echo $?\n`);
    const { value } = await this.#codes.next();
    const [out = "", err = ""] = [stdout, stderr].map((file) => readFileSync(file ?? "", "latin1"));
    return { out, err, code: Number(value) };
  }
}

/** The kernel does not answer whoever stops a sync daemon that has not run yet, and ipvsadm waits. */
const LIMITED = ["timeout", "5"];
const TIMED_OUT = 124;

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

async function askOurs({ words, input }: Line): Promise<Answer> {
  let out = "";
  let err = "";
  const io = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
  };
  const chunks = input === "" ? [] : [Buffer.from(input)];
  const code = await ipvsadm(words, io, { program: "ipvsadm", input: chunks });
  return { out, err, code };
}

/** A process inside a namespace: a line of JSON in, one out. */
async function serve(): Promise<never> {
  const shell = new Shell();
  for await (const text of createInterface({ input: process.stdin })) {
    const { line, program } = JSON.parse(text) as { line: Line; program: Side };
    const answer = program === "ours" ? await askOurs(line) : await shell.ask(line);
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  return process.exit(0);
}

interface Hand {
  ask(line: Line, program: Side): Promise<Answer>;
  close(): void;
}

function handIn(side: Side): Hand {
  const argv = ["netns", "exec", side, process.execPath, process.argv[1] ?? "", side];
  const child: ChildProcess = spawn("ip", argv, { stdio: ["pipe", "pipe", "inherit"] });
  if (!child.stdin || !child.stdout) throw new Error("no pipes");
  const waiting: ((answer: Answer) => void)[] = [];
  createInterface({ input: child.stdout }).on("line", (text) =>
    waiting.shift()?.(JSON.parse(text) as Answer),
  );
  return {
    ask: (line, program) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        child.stdin?.write(`${JSON.stringify({ line, program })}\n`);
      }),
    close: () => void child.stdin?.end(),
  };
}

/** What both tables are compared by at the end of a story; then the next one's beginning. */
const TURN = lineOf(
  [
    "-R < -Sn / -Ln --thresholds / -L --timeout / -L --daemon",
    "-C / --stop-daemon master / --stop-daemon backup / --set 900 120 300",
    ...TABLE,
  ].join(" / "),
);

/** What baton says beside ipvsadm's words. */
const withoutLines = (text: string): string => text.replace(/^ {2}in line \d+: .*\n/gm, "");

/** Beyond them it is one mistake seen many times. */
const MAX_DIFFERENCES = 40;

type Hands = Readonly<Record<Side, Hand>>;

const TIMES = /^(\S+ +)\d\d:\d\d/gm;

/** Times run on. */
const timeless = (text: string): string => text.replace(TIMES, "$1");

/** Lists are compared on one and the same table: the kernel's own order is another one in each. */
const isList = ({ words }: Line): boolean => /^-(L|l|S|-list|-save)/.test(words[0] ?? "");

/** The lines of a story up to the first difference; undefined where there is none. */
async function tell(story: Story, hands: Hands): Promise<unknown> {
  for (const [at, line] of story.entries()) {
    const theirs = await hands.theirs.ask(line, "theirs");
    const ours = await hands[isList(line) ? "theirs" : "ours"].ask(line, "ours");
    if (theirs.code === TIMED_OUT) return void (await turn(hands));
    const same =
      theirs.code === ours.code &&
      timeless(theirs.out) === timeless(ours.out) &&
      theirs.err === withoutLines(ours.err);
    if (same) continue;
    await turn(hands);
    return { lines: story.slice(0, at + 1).map(textOf), theirs, ours };
  }
  const { theirs, ours } = await turn(hands);
  return theirs === ours ? undefined : { lines: story.map(textOf), theirs, ours };
}

const unordered = (text: string): string => text.split("\n").toSorted().join("\n");

/** Both tables as ipvsadm shows them, before they are made anew.
 *
 * One after the other: the kernel numbers the services of all namespaces together while it lists.
 */
async function turn(hands: Hands): Promise<Readonly<Record<Side, string>>> {
  const theirs = await hands.theirs.ask(TURN, "theirs");
  const ours = await hands.ours.ask(TURN, "theirs");
  return { theirs: unordered(theirs.out), ours: unordered(ours.out) };
}

async function compare(kind: string, stories: readonly Story[], hands: Hands): Promise<void> {
  const differences: unknown[] = [];
  let lines = 0;
  const began = performance.now();
  await turn(hands);
  for (const story of stories) {
    lines += story.length;
    const difference = await tell(story, hands);
    if (difference !== undefined) differences.push(difference);
    if (differences.length >= MAX_DIFFERENCES) break;
  }
  const ms = Math.round(performance.now() - began);
  emit({ kind, stories: stories.length, lines, ms, differences });
}

const HOSTS = `127.0.0.1 localhost
10.0.0.1 web.example web
10.0.1.1 a-real-server-with-a-very-long-name-indeed-more-than-fits.example
fd00::1 web6.example
`;

/** Names come from a file, and from nobody else at once. */
async function fakeNames(): Promise<void> {
  const files = { hosts: HOSTS, "resolv.conf": "nameserver 127.0.0.1\noptions attempts:1\n" };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(`/run/${name}`, text);
    await must(["mount", "--bind", `/run/${name}`, `/etc/${name}`]);
  }
}

async function namespaces(): Promise<void> {
  await fakeNames();
  for (const side of SIDES) {
    await must(["ip", "netns", "add", side]);
    const script = `ip link set lo up; ip link add eth0 type dummy; ip link set eth0 up
      ip address add 10.0.0.2/8 dev eth0; ip route add default dev eth0
      ip -6 address add fd00::100/8 dev eth0; ip -6 route add default dev eth0`;
    await must(["ip", "netns", "exec", side, "sh", "-c", script]);
  }
}

const NAMED = 200;
const DNS_DELAY_MS = 200;

/** A name server that takes its time: every PTR question has the same answer. */
function slowNames(): Promise<Socket> {
  const server = createSocket("udp4");
  server.on("message", (question, { address, port }) => {
    const name = Buffer.from("\x04slow\x07example\x00", "latin1");
    const reply = Buffer.from(question);
    // A response without error, with one answer (RFC 1035 section 4.1).
    reply.writeUInt16BE(0x8180, 2);
    reply.writeUInt16BE(1, 6);
    reply.writeUInt16BE(0, 10);
    const end = question.indexOf(0, 12) + 5;
    const answer = Buffer.from([0xc0, 12, 0, 12, 0, 1, 0, 0, 0, 60, 0, name.length]);
    const whole = Buffer.concat([reply.subarray(0, end), answer, name]);
    setTimeout(() => server.send(whole, port, address), DNS_DELAY_MS);
  });
  return new Promise((resolve) => server.bind(53, "127.0.0.1", () => resolve(server)));
}

/** Lists many servers by name; tells how many had one, and how long it took. */
async function listNames(): Promise<never> {
  const server = await slowNames();
  const rules = Array.from(
    { length: NAMED },
    (_, i) => `-a -t 10.0.0.9:90 -r 10.1.${i >> 4}.${i & 15} -g`,
  );
  await askOurs({ words: ["-R"], input: ["-C", "-A -t 10.0.0.9:90", ...rules].join("\n") });
  const began = performance.now();
  const { out } = await askOurs({ words: ["-L"], input: "" });
  const ms = Math.round(performance.now() - began);
  emit({ kind: "names", ms, named: out.split("-> slow.example:").length - 1 });
  server.close();
  return process.exit(0);
}

const [role, ...rest] = process.argv.slice(2);
if (role === "names") await listNames();
if (role === "ours" || role === "theirs") await serve();
await main(async () => {
  const [seed = 1, count = 100] = [role, ...rest].map(Number);
  await namespaces();
  const hands = { ours: handIn("ours"), theirs: handIn("theirs") };
  await compare("fixed", fixedStories(), hands);
  const seeds = Array.from({ length: count }, (_, i) => seed + i);
  await compare("random", seeds.map(randomStory), hands);
  for (const side of SIDES) hands[side].close();
  const argv = ["ip", "netns", "exec", "ours", process.execPath, process.argv[1] ?? "", "names"];
  process.stdout.write(await must(argv, { timeout: 60_000 }));
});

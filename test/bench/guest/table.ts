/** Programs a large IPVS table with baton, keepalived and ipvsadm, and records all netlink traffic.
 *
 * A copy of every netlink message comes from an nlmon interface with the kernel's time stamps, so
 * that all three are measured alike, and no poller takes the guest's one processor from them.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { emit, main } from "../../lab/guest/report.ts";
import { GUEST_SHARE } from "../../lab/init.ts";
import { keepalivedArguments } from "../../support/keepalived.ts";
import { type Running, sleep, start } from "../../support/process.ts";
import { ipvsadmRules, keepalivedServices, yamlServices } from "../table-files.ts";
import { batonProgram, batonYaml } from "../tools.ts";

const [services = "1000", servers = "10", runs = "3"] = process.argv.slice(2);
const SIZE = { services: Number(services), servers: Number(servers) };
const ENTRIES = SIZE.services * (SIZE.servers + 1);
const FOLDER = "/run/bench";
/** Longer than a start of Node in here, so that a restart still adopts. */
const INTERVAL = 4000;
const LOOK_EVERY = 1000;
const LOOKS = 60;
const CALM = 5000;

const ip = (...words: readonly string[]): void => void execFileSync("ip", words);

function prepare(): void {
  mkdirSync(FOLDER, { recursive: true });
  execFileSync("modprobe", ["-d", "/run/modules", "nlmon"]);
  writeFileSync(`${FOLDER}/rules`, ipvsadmRules(SIZE));
  writeFileSync(`${FOLDER}/keepalived.conf`, keepalivedServices(SIZE));
  writeFileSync(`${FOLDER}/heartbeat.key`, "a secret for the bench, long enough\n", {
    mode: 0o600,
  });
  writeYaml(SIZE);
}

const writeYaml = (size: typeof SIZE, extra = 0): void =>
  writeFileSync(
    `${FOLDER}/baton.yaml`,
    batonYaml({ interval: INTERVAL }, `${FOLDER}/heartbeat.key`, yamlServices(size, extra)),
  );

/** A network namespace: an empty table, and no removed servers, which the kernel keeps for minutes
 * and looks through for each that is added.
 */
interface Namespace {
  start(argv: readonly string[]): Running;
  entries(): number;
  end(): Promise<void>;
}

function createNamespace(name: string): Namespace {
  ip("netns", "add", name);
  const inside = (...words: readonly string[]): void => ip("-n", name, ...words);
  inside("link", "set", "lo", "up");
  inside("link", "add", "nlm0", "type", "nlmon");
  inside("link", "set", "nlm0", "up");
  inside("link", "add", "eth0", "type", "dummy");
  inside("link", "set", "eth0", "up");
  inside("addr", "add", "192.168.60.130/24", "dev", "eth0");
  inside("route", "add", "default", "dev", "eth0");
  const begin = (argv: readonly string[]): Running => start(["ip", "netns", "exec", name, ...argv]);
  // Through its /proc the namespace is looked into, whatever else has ended.
  const holder = begin(["sleep", "infinity"]);
  return {
    start: begin,
    entries: () => entriesOf(holder.pid),
    end: async () => {
      await holder.stop();
      ip("netns", "delete", name);
    },
  };
}

const entriesOf = (pid: number): number =>
  readFileSync(`/proc/${pid}/net/ip_vs`, "utf8").match(/^(TCP| {2}-> [0-9A-F]{8}:)/gm)?.length ?? 0;

/** Records while `body` runs; the capture is left in the share. */
async function record(name: string, within: Namespace, body: () => Promise<void>): Promise<void> {
  const file = `${FOLDER}/capture`;
  const flags = ["-i", "nlm0", "-w", file, "-B", "65536", "--time-stamp-precision=nano"];
  const tcpdump = within.start(["tcpdump", ...flags]);
  while (!tcpdump.stderr().includes("listening on")) await sleep(20);
  const from = Date.now();
  await body();
  // What is in the kernel's buffer has to be written.
  await sleep(1200);
  await tcpdump.stop();
  copyFileSync(file, `${GUEST_SHARE}/${name}.pcap`);
  emit({
    kind: "capture",
    name,
    from,
    dropped: /(\d+) packets dropped/.exec(tcpdump.stderr())?.[1],
  });
}

async function complete(within: Namespace, expected: number, by: Running): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    await sleep(LOOK_EVERY);
    if (within.entries() === expected) return;
  }
  const said = `${by.stdout()}${by.stderr()}`.slice(-1000);
  throw new Error(`the table has ${within.entries()} entries instead of ${expected}\n${said}`);
}

/** A recording of one program that fills the empty table of a namespace of its own. */
async function fill(
  name: string,
  argv: readonly string[],
  finish: (program: Running, within: Namespace) => Promise<void>,
): Promise<void> {
  const within = createNamespace(name);
  let program: Running | undefined;
  await record(name, within, async () => {
    program = within.start(argv);
    await complete(within, ENTRIES, program);
  });
  if (program) await finish(program, within);
  await within.end();
}

async function kill(daemon: Running): Promise<void> {
  daemon.kill("SIGKILL");
  await daemon.ended;
}

/** What checks the servers takes its services out one by one, long after the parent has ended. */
async function windDown(daemon: Running, within: Namespace): Promise<void> {
  await daemon.stop();
  for (let before = -1; before !== within.entries(); ) {
    before = within.entries();
    await sleep(CALM);
  }
}

const KEEPALIVED = keepalivedArguments(`${FOLDER}/keepalived.conf`, FOLDER, "-C");
const IPVSADM = ["sh", "-c", `ipvsadm -R < ${FOLDER}/rules`];
const RUN = ["run", "-c", `${FOLDER}/baton.yaml`, "--as", "lb1"];
const batonIn = (root: string): readonly string[] => [
  ...batonProgram(),
  ...RUN,
  "--root",
  `${FOLDER}/${root}`,
];

/** A crash, a changed file, a start that adopts: only the change may be programmed. */
async function oneServerMore(): Promise<void> {
  const within = createNamespace("adopting");
  const argv = batonIn("adopting");
  const first = within.start(argv);
  await complete(within, ENTRIES, first);
  // It is master after three intervals, and has said so once.
  await sleep(4 * INTERVAL);
  await kill(first);
  writeYaml(SIZE, 1);
  let second: Running | undefined;
  await record("one-more", within, async () => {
    second = within.start(argv);
    await complete(within, ENTRIES + 1, second);
  });
  await sleep(INTERVAL);
  if (second) await kill(second);
  await within.end();
  emit({ kind: "adopted", log: second?.stdout().slice(0, 2000) });
}

await main(async () => {
  prepare();
  for (let run = 0; run < Number(runs); run++) {
    await fill(`baton-${run}`, batonIn("root"), kill);
    await fill(`keepalived-${run}`, KEEPALIVED, windDown);
    await fill(`ipvsadm-${run}`, IPVSADM, async (program) => void (await program.ended));
  }
  await oneServerMore();
});

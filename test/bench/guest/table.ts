/** Programs a large IPVS table with baton, keepalived and ipvsadm, and records all netlink traffic.
 *
 * A copy of every netlink message comes from an nlmon interface with the kernel's time stamps, so
 * that all three are measured alike, and no poller takes the guest's one processor from them.
 */
import { execFileSync, spawn } from "node:child_process";
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
  ip("link", "add", "nlm0", "type", "nlmon");
  ip("link", "set", "nlm0", "up");
  ip("link", "add", "eth0", "type", "dummy");
  ip("link", "set", "eth0", "up");
  ip("addr", "add", "192.168.60.130/24", "dev", "eth0");
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

/** Records while `body` runs; the capture is left in the share. */
async function record(name: string, body: () => Promise<void>): Promise<void> {
  const file = `${FOLDER}/capture`;
  const flags = ["-i", "nlm0", "-w", file, "-B", "65536", "--time-stamp-precision=nano"];
  const tcpdump = start(["tcpdump", ...flags]);
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

const entries = (): number =>
  readFileSync("/proc/net/ip_vs", "utf8").match(/^(TCP| {2}-> [0-9A-F]{8}:)/gm)?.length ?? 0;

async function complete(expected: number, by?: Running): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    await sleep(LOOK_EVERY);
    if (entries() === expected) return;
  }
  const said = by ? `${by.stdout()}${by.stderr()}`.slice(-1000) : "";
  throw new Error(`the table has ${entries()} entries instead of ${expected}\n${said}`);
}

const empty = (): void => void execFileSync("ipvsadm", ["-C"]);

async function end(daemon: Running): Promise<void> {
  daemon.kill("SIGKILL");
  await daemon.ended;
}

async function byIpvsadm(run: number): Promise<void> {
  empty();
  await record(`ipvsadm-${run}`, async () => {
    const child = spawn("sh", ["-c", `ipvsadm -R < ${FOLDER}/rules`], { stdio: "inherit" });
    await new Promise((resolve) => child.on("close", resolve));
    await complete(ENTRIES);
  });
}

async function byKeepalived(run: number): Promise<void> {
  empty();
  let daemon: Running | undefined;
  await record(`keepalived-${run}`, async () => {
    daemon = start(keepalivedArguments(`${FOLDER}/keepalived.conf`, FOLDER, "-C"));
    await complete(ENTRIES, daemon);
  });
  if (daemon) await daemon.stop();
  // What checks the servers takes its services out one by one, long after the parent has ended.
  for (let before = -1; before !== entries(); ) {
    before = entries();
    await sleep(CALM);
  }
}

const startBaton = (root: string): Running =>
  start([...batonProgram(), "run", "-c", `${FOLDER}/baton.yaml`, "--root", root, "--as", "lb1"]);

async function byBaton(run: number): Promise<void> {
  empty();
  let daemon: Running | undefined;
  await record(`baton-${run}`, async () => {
    daemon = startBaton(`${FOLDER}/root`);
    await complete(ENTRIES, daemon);
  });
  if (daemon) await end(daemon);
}

/** A crash, a changed file, a start that adopts: only the change may be programmed. */
async function oneServerMore(): Promise<void> {
  empty();
  const root = `${FOLDER}/adopting`;
  const first = startBaton(root);
  await complete(ENTRIES, first);
  // It is master after three intervals, and has said so once.
  await sleep(4 * INTERVAL);
  await end(first);
  writeYaml(SIZE, 1);
  let second: Running | undefined;
  await record("one-more", async () => {
    second = startBaton(root);
    await complete(ENTRIES + 1, second);
  });
  await sleep(INTERVAL);
  if (second) await end(second);
  emit({ kind: "adopted", log: second?.stdout().slice(0, 2000) });
}

await main(async () => {
  prepare();
  for (let run = 0; run < Number(runs); run++) {
    await byBaton(run);
    await byKeepalived(run);
    await byIpvsadm(run);
  }
  await oneServerMore();
});

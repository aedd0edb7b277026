/** Records every format of baton from a real run, for versions to come.
 *
 * Two directors in namespaces live through a handover, decisions, a reload and a question of one to
 * the other. What they left and said goes to test/fixtures/versions/VERSION, in place of what was.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { places } from "../../src/base/places.ts";
import { createSegment, type Segment, VIP } from "../netns/harness.ts";
import { daemonFile } from "../support/baton.ts";
import { eventually, sleep } from "../support/process.ts";
import { ROOT } from "../support/sources.ts";
import { readCapture } from "./capture.ts";
import { addressOf, DIRECTORS, type Director } from "./tools.ts";

const SECRET = "1:a key for fixtures alone\n";
const PORT = 8112;
/** Of each kind from each sender, the first ones. */
const KEPT_A_KIND = 2;
const KIND_AT = 5;
const SENDER_AT = 20;
const PATIENCE = 20_000;
/** The journal is written behind. */
const WRITTEN_MS = 3000;

/** Whatever the kernel has: its IPVS table is a value in memory. */
const program = join(dirname(await daemonFile("memory")), "baton.js");
const pretended = fileURLToPath(new URL("../support/programs/ipvs-loaded.cjs", import.meta.url));
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
  version: string;
};

const yaml = (key: string, more = ""): string => `
directors:
  lb1: { address: ${addressOf("lb1")}, priority: 150 }
  lb2: { address: ${addressOf("lb2")}, priority: 100 }
heartbeat: { interval: 250ms, secretFile: ${key} }
instances:
  web: { routerId: 51, interface: eth0, vips: [${VIP}] }
services:
  http:
    listen: tcp ${VIP}:80
    servers: [192.168.60.136:80, 192.168.60.137:80]
${more}`;

interface Stage {
  readonly segment: Segment;
  readonly file: string;
}

const argvOf = ({ segment, file }: Stage, host: Director, words: readonly string[]) => [
  process.execPath,
  "--require",
  pretended,
  program,
  ...words,
  "-c",
  file,
  "--root",
  segment.root(host),
];

async function told(stage: Stage, host: Director, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await stage.segment.network.exec(
    host,
    argvOf(stage, host, words),
    { timeout: PATIENCE },
  );
  if (code !== 0) throw new Error(`${host}: baton ${words.join(" ")}: ${code}\n${stderr}${stdout}`);
  return stdout;
}

const serves = (stage: Stage, host: Director): Promise<unknown> =>
  eventually(
    `${host} serves, and both know`,
    async () => {
      const { network } = stage.segment;
      const all = await Promise.all(
        DIRECTORS.map((one) => network.exec(one, argvOf(stage, one, ["status", "--json"]))),
      );
      return all.every(({ code, stdout }) => {
        if (code !== 0) return false;
        const { instances } = JSON.parse(stdout) as { instances: { master?: string }[] };
        return instances[0]?.master === host;
      });
    },
    { timeout: PATIENCE },
  );

/** Answers of the control socket and of commands, by the name of their file. */
async function live(stage: Stage): Promise<Readonly<Record<string, string>>> {
  for (const host of DIRECTORS) {
    mkdirSync(stage.segment.root(host), { recursive: true });
    stage.segment.network.spawn(host, argvOf(stage, host, ["run", "--as", host]));
    await eventually(`${host} answers`, async () => {
      const words = argvOf(stage, host, ["status"]);
      return (await stage.segment.network.exec(host, words)).code === 0;
    });
  }
  await serves(stage, "lb1");
  await told(stage, "lb1", "drain", "192.168.60.136", "--reason", "new disks", "--for", "2h");
  await told(stage, "lb1", "disable", "192.168.60.137:80");
  await told(stage, "lb2", "enable", "192.168.60.137:80");
  await told(stage, "lb1", "failover", "web");
  await serves(stage, "lb2");
  writeFileSync(stage.file, yaml(`${stage.file}.key`, "startDelay: 1s\n"));
  const plan = await told(stage, "lb2", "plan", "--json");
  await told(stage, "lb2", "reload");
  await told(stage, "lb1", "reload");
  await told(stage, "lb1", "resume");
  await sleep(WRITTEN_MS);
  const history = await told(stage, "lb1", "history", "--json");
  const status = await told(stage, "lb1", "status", "--json");
  const metrics = await told(stage, "lb1", "metrics");
  return { "status.json": status, "plan.json": plan, "history.json": history, metrics };
}

/** What lies on the disk of the one that has lived through all of it. */
function left({ segment, file }: Stage): Readonly<Record<string, string>> {
  const at = places(segment.root("lb1"));
  const [journal = ""] = readdirSync(at.journal).filter((name) => name.endsWith(".jsonl"));
  const text = (path: string): string => readFileSync(path, "utf8");
  return {
    "baton.yaml": text(file),
    "heartbeat.key": SECRET,
    "state.json": text(at.state),
    beat: text(at.beat),
    "config.json": text(at.configCache),
    "admin.json": text(at.admin),
    counter: text(at.counter),
    "configs.json": text(join(at.configs, "index.json")),
    "journal.jsonl": text(join(at.journal, journal)),
  };
}

/** Some of each kind that each director said. */
function chosen(datagrams: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return datagrams.filter((hex) => {
    const bytes = Buffer.from(hex, "hex");
    const key = `${bytes[KIND_AT]} ${bytes.readUInt32BE(SENDER_AT)}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count <= KEPT_A_KIND;
  });
}

const segment = await createSegment();
const file = `${segment.root("lb1")}.yaml`;
const stage: Stage = { segment, file };
const pcap = `${file}.pcap`;
mkdirSync(segment.root("lb1"), { recursive: true });
writeFileSync(`${file}.key`, SECRET, { mode: 0o600 });
writeFileSync(file, yaml(`${file}.key`));
try {
  const capture = ["tcpdump", "-U", "-ni", "eth0", "-w", pcap, `port ${PORT}`];
  const wire = segment.network.spawn("lb1", capture);
  await sleep(1000);
  const answers = await live(stage);
  const remains = left(stage);
  await sleep(1000);
  await wire.stop();
  const { datagrams, streams } = readCapture(readFileSync(pcap));
  const folder = join(ROOT, "test", "fixtures", "versions", version);
  const about = readFileSync(join(folder, "about.json"), "utf8");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const said = {
    "about.json": about,
    "heartbeats.hex": `${chosen(datagrams).join("\n")}\n`,
    "push.json": `${JSON.stringify(Object.values(streams).slice(0, 2), undefined, 1)}\n`,
  };
  for (const [name, text] of Object.entries({ ...answers, ...remains, ...said })) {
    const clean = text.replaceAll(`${file}.key`, "/etc/baton/heartbeat.key");
    writeFileSync(join(folder, name), clean.replaceAll(file, "/etc/baton/baton.yaml"));
  }
  console.log(`${Object.keys({ ...answers, ...remains, ...said }).length} files in ${folder}`);
} finally {
  await segment.close();
}
process.exit(0);

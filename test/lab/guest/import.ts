/** One keepalived.conf, run by keepalived and, beside it, as its import by baton. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Ip } from "../../../src/base/ip.ts";
import { importFiles } from "../../../src/config/import/import.ts";
import { keepalivedArguments } from "../../support/keepalived.ts";
import { buildNetwork, type HostSpecs, type Network } from "../../support/network.ts";
import { type Running, sleep } from "../../support/process.ts";
import { batonFile } from "../../support/programs.ts";
import { emit, main } from "./report.ts";

/** Its servers are LIVE, which answers at PORT, and DEAD, which refuses. */
const [SOURCE = ""] = process.argv.slice(2);
const LIVE = "192.168.60.136";
const DEAD = "192.168.60.137";
const PORT = 80;
const FOLDER = "/run/import";
const ROOT = `${FOLDER}/root`;
/** Both judge their servers, elect a master and are done with it by then. */
const LOOKS = 80;
const CALM_LOOKS = 6;
const LOOK_EVERY = 500;

const DIRECTORS = [
  { name: "lb1", address: "192.168.60.130" as Ip },
  { name: "lb2", address: "192.168.60.131" as Ip },
];
const SERVER = `require("node:net").createServer((socket) => socket.end())
  .listen(${PORT}, "${LIVE}", () => console.log("ready"))`;
const HOSTS: HostSpecs = {
  lb1: { eth0: ["192.168.60.130/24", "fd00:60::130/64"], eth1: ["10.99.0.130/24"] },
  rs1: { eth0: [`${LIVE}/24`, `${DEAD}/24`] },
};

const lines = (text: string): readonly string[] => text.split("\n").filter(Boolean);

interface Observed {
  readonly table: readonly string[];
  readonly timeouts: string;
  readonly daemon: string;
  readonly vips: readonly string[];
}

/** A line for every service, another for every server of it, in an order of their own. */
async function observe(network: Network): Promise<Observed> {
  const say = async (line: string): Promise<string> => await network.must("lb1", line.split(" "));
  const addresses = lines(await say("ip -o addr show dev eth0"));
  return {
    table: lines(await say("ipvsadm -S -n")).toSorted(),
    timeouts: (await say("ipvsadm -L --timeout")).trim(),
    daemon: (await say("ipvsadm -L --daemon")).trim(),
    vips: addresses.map((line) => line.replace(/^\S+\s+\S+\s+|\\.*/g, "").trim()).toSorted(),
  };
}

/** What is there when nothing has changed for some looks and a VIP is up. */
async function settled(network: Network, by: Running): Promise<Observed> {
  let last = await observe(network);
  let calm = 0;
  for (let look = 0; look < LOOKS && calm < CALM_LOOKS; look++) {
    await sleep(LOOK_EVERY);
    const now = await observe(network);
    const serves = now.vips.some((vip) => vip.includes("192.168.60.100"));
    calm = serves && JSON.stringify(now) === JSON.stringify(last) ? calm + 1 : 0;
    last = now;
  }
  if (calm < CALM_LOOKS) throw new Error(`never calm: ${by.stdout()}${by.stderr()}`.slice(-3000));
  return last;
}

async function byKeepalived(network: Network): Promise<void> {
  const [command = "", ...rest] = keepalivedArguments(SOURCE, FOLDER, "-P");
  const daemon = network.spawn("lb1", [command, ...rest.filter((word) => word !== "-P")]);
  emit({ kind: "keepalived", ...(await settled(network, daemon)), log: daemon.stdout() });
  await daemon.stop();
}

async function byBaton(network: Network): Promise<void> {
  const { yaml, account } = importFiles(
    { files: [SOURCE], directors: DIRECTORS, format: undefined, link: undefined },
    { read: (path) => readFileSync(path, "utf8"), list: () => [] },
  );
  emit({ kind: "imported", yaml, account });
  const config = `${FOLDER}/baton.yaml`;
  writeFileSync(config, yaml);
  const program = [
    process.execPath,
    batonFile(),
    "run",
    "-c",
    config,
    "--root",
    ROOT,
    "--as",
    "lb1",
  ];
  const daemon = network.spawn("lb1", program);
  emit({
    kind: "baton",
    ...(await settled(network, daemon)),
    log: daemon.stdout() + daemon.stderr(),
  });
  await daemon.stop();
}

await main(async () => {
  mkdirSync(FOLDER, { recursive: true });
  const beside = async (by: (network: Network) => Promise<void>): Promise<void> => {
    const network = await buildNetwork(HOSTS);
    const server = network.spawn("rs1", [process.execPath, "-e", SERVER]);
    await server.line(/ready/);
    await by(network);
    await network.close();
  };
  await Promise.all([beside(byKeepalived), beside(byBaton)]);
});

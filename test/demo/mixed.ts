/** The demo's act of a keepalived as the peer: baton hands over to it, over VRRP. */
import { mkdirSync, writeFileSync } from "node:fs";
import { failover, INTERVAL_MS, type Pair } from "../lab/guest/pair.ts";
import { SERVERS, SERVICE_PORT, serverAddress, VIP } from "../lab/guest/topology.ts";
import { keepalivedConf, keepalivedWhole } from "../support/keepalived.ts";
import { eventually, type Running } from "../support/process.ts";
import { expectAlone, expectWithin } from "./expect.ts";
import { type Scene, type Stage, say } from "./stage.ts";

const FOLDER = "/run/keepalived-lb2";
const PRIORITY = { baton: 150, keepalived: 100 } as const;
/** Its skew is 156/256 of an interval; one more for a busy machine. */
const HANDOVER_LIMIT = 2;

const servers = SERVERS.map((server) => serverAddress(server));

const BATON = `directors:
  lb1: { address: 192.168.60.130, priority: ${PRIORITY.baton} }
  lb2: { address: 192.168.60.131, priority: ${PRIORITY.keepalived} }
heartbeat: { transport: vrrp, interval: ${INTERVAL_MS}ms }
instances: { web: { routerId: 51, interface: eth0, vips: [${VIP}], preempt: never } }
connectionSync: { interface: eth1, syncId: 51 }
services:
  http:
    listen: tcp ${VIP}:${SERVICE_PORT}
    scheduler: rr
    forward: dr
    servers: [${servers.map((server) => `${server}:${SERVICE_PORT}`).join(", ")}]
    check: none
`;

const REAL = servers.map(
  (server) => `  real_server ${server} ${SERVICE_PORT} {\n    weight 1\n  }`,
);
const SERVICE = `virtual_server ${VIP} ${SERVICE_PORT} {
  lvs_sched rr
  lvs_method DR
  protocol TCP
${REAL.join("\n")}
}`;

function writeKeepalived(): string {
  mkdirSync(FOLDER, { recursive: true });
  const pin = `${FOLDER}/pin`;
  writeFileSync(pin, "0\n");
  const file = `${FOLDER}/keepalived.conf`;
  const options = { version: 3, routerId: 51, interval: INTERVAL_MS, vips: [VIP], pin } as const;
  const text = keepalivedConf({
    ...options,
    priority: PRIORITY.keepalived,
    lines: ["nopreempt"],
    blocks: ["global_defs {\n  lvs_sync_daemon eth1 web id 51\n}", SERVICE],
  });
  writeFileSync(file, text);
  return file;
}

/** Both start anew: lb1 with baton over VRRP, lb2 with keepalived. */
export async function pairWithKeepalived(stage: Stage): Promise<Running> {
  const { pair } = stage;
  say("lb1 starts baton over VRRP, lb2 keepalived, from the same router id");
  for (const host of ["lb2", "lb1"] as const) await stage.reboot(host);
  pair.configure(BATON);
  await pair.start("lb1");
  await pair.settled("lb1");
  const keepalived = pair.network.spawn("lb2", keepalivedWhole(writeKeepalived(), FOLDER));
  await eventually("keepalived has its table", async () => (await table(pair)).includes("Route"), {
    timeout: 15 * INTERVAL_MS,
    interval: 200,
  });
  return keepalived;
}

const table = (pair: Pair): Promise<string> => pair.network.must("lb2", ["ipvsadm", "-Ln"]);

export async function toKeepalived(scene: Scene): Promise<void> {
  const { pair } = scene;
  scene.did("baton failover on lb1");
  const { done, sentence } = await failover(pair, "lb1");
  scene.expect("lb1 hands over", done, sentence);
  expectWithin(scene, "lb2's keepalived has the VIP", await scene.takesOver("lb2"), HANDOVER_LIMIT);
  const alone = async (): Promise<boolean> => (await pair.holders()).join() === "lb2";
  await eventually("lb1 lets go", alone, { timeout: 5 * INTERVAL_MS, interval: 20 });
  await expectAlone(scene, "lb2");
}

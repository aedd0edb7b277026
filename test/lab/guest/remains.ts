/** `baton status` where a dead daemon left services and a sync daemon in a real IPVS table. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { main as baton } from "../../../src/cli/program.ts";
import { emit, main } from "./report.ts";

const ROOT = "/run/remains";
const CONFIG = `directors:
  lb1: { address: 10.0.0.130, priority: 150 }
  lb2: { address: 10.0.0.131 }
instances:
  web: { routerId: 51, interface: dum0, vips: [10.0.0.100] }
connectionSync: { interface: dum0, syncId: 7 }
services:
  http: { listen: tcp 10.0.0.100:80, forward: dr, servers: [10.0.0.136:80] }
`;

const command = (line: string): string => {
  const [program = "", ...args] = line.split(" ");
  return execFileSync(program, args, { encoding: "utf8" });
};

async function status(step: string): Promise<void> {
  let text = "";
  const code = await baton(["--root", ROOT, "status", "--json"], {
    out: (part) => {
      text += part;
    },
    err: (part) => {
      text += part;
    },
    colour: false,
    columns: Number.POSITIVE_INFINITY,
  });
  emit({ kind: step, code, remains: JSON.parse(text) });
}

await main(async () => {
  mkdirSync(`${ROOT}/etc/baton`, { recursive: true });
  writeFileSync(`${ROOT}/etc/baton/baton.yaml`, CONFIG);
  for (const line of ["add dum0 type dummy", "set dum0 up", "set lo up"]) {
    command(`ip link ${line}`);
  }
  command("ip addr add 10.0.0.130/24 dev dum0");
  await status("nothing");
  command("ipvsadm -A -t 10.0.0.100:80");
  command("ipvsadm -A -u 10.0.0.9:53");
  command("ipvsadm --start-daemon master --mcast-interface dum0 --syncid 7");
  await status("left");
  command("ipvsadm --stop-daemon master");
  await status("kept");
});

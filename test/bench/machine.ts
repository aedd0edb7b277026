/** Where and when something was measured: no figure without it. */
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { run } from "../support/process.ts";

export interface Machine {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly system: string;
  readonly node: string;
  readonly keepalived: string;
  readonly ipvsadm: string;
}

export async function describeMachine(): Promise<Machine> {
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    system: /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "unknown",
    node: process.version,
    keepalived: await versionOf("keepalived"),
    ipvsadm: await versionOf("ipvsadm"),
  };
}

/** The package's, because ipvsadm tells its own only where the kernel has IPVS. */
async function versionOf(name: string): Promise<string> {
  const { code, stdout } = await run(["dpkg-query", "-W", "-f", "${Version}", name]);
  return code === 0 ? stdout : "unknown";
}

export const machineLine = (machine: Machine): string =>
  `${machine.date}, ${machine.cores} cores (${machine.processor}), ${machine.memoryGb} GB, ` +
  `${machine.system}, Linux ${machine.kernel}, Node ${machine.node}, ` +
  `keepalived ${machine.keepalived}, ipvsadm ${machine.ipvsadm}. ` +
  "Median [min..max]; takeovers, starts and costs in network namespaces of this host.";

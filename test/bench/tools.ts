/** The two directors that are compared: how each is configured and started, and what it promises. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { OCTET } from "../netns/harness.ts";
import { keepalivedArguments } from "../support/keepalived.ts";
import { batonFile } from "../support/programs.ts";

export const DIRECTORS = ["lb1", "lb2"] as const;
export type Director = (typeof DIRECTORS)[number];
export type ToolName = "baton" | "keepalived";
export const TOOLS: readonly ToolName[] = ["baton", "keepalived"];

/** What both are asked to do. */
export interface Job {
  /** Between two adverts, in milliseconds. */
  readonly interval: number;
  /** The first one holds the VIP of the harness; the others have one of their own each. */
  readonly instances?: number;
  /** baton speaks VRRP. */
  readonly vrrp?: boolean;
}

export interface Tool {
  readonly name: ToolName;
  /** Writes what it needs into the folder and returns the command line. */
  command(host: Director, job: Job, folder: string): readonly string[];
  /** For tcpdump: adverts of a master sent by this host. */
  adverts(host: Director, job: Job): string;
  /** From the last advert that the backup heard to its takeover, in milliseconds. */
  downTime(interval: number): number;
}

/** keepalived's margin grows with the distance of the backup's priority from 256. */
const PRIORITY = { lb1: 200, lb2: 100 } as const;
const MISSED = 3;
export const addressOf = (host: Director): string => `192.168.60.${OCTET[host]}`;

/** Instance 0 has the harness's VIP, the rest 10.60.0.N. */
export const vipOf = (instance: number): string =>
  instance === 0 ? "192.168.60.100" : `10.60.0.${instance}`;

const numbered = <T>(job: Job, make: (instance: number) => T): readonly T[] =>
  Array.from({ length: job.instances ?? 1 }, (_, instance) => make(instance));

/** Of the first instance: octet 1 after the IP header is the router id. */
const vrrpOf = (host: Director): string =>
  `ip proto 112 and src host ${addressOf(host)} and ip[21] = 1`;

const baton: Tool = {
  name: "baton",
  command: (host, job, folder) => {
    mkdirSync(folder, { recursive: true });
    // One file for both, or neither takes the other for fit to take over.
    const shared = dirname(folder);
    const key = join(shared, "heartbeat.key");
    writeFileSync(key, "a secret for the bench, long enough for everybody\n", { mode: 0o600 });
    const file = join(shared, "baton.yaml");
    writeFileSync(file, batonYaml(job, key));
    return [...batonProgram(), "run", "-c", file, "--root", folder, "--as", host];
  },
  // Octet 5 of the envelope is its kind, and 1 is a claim; UDP's header has 8.
  adverts: (host, { vrrp }) =>
    vrrp ? vrrpOf(host) : `udp dst port 8112 and src host ${addressOf(host)} and udp[13] = 1`,
  // The only backup has nobody before it: rank 0.
  downTime: (interval) => MISSED * interval,
};

/** Node with the flags that the program's first line asks for. */
export function batonProgram(): readonly string[] {
  const file = batonFile();
  const [first = ""] = readFileSync(file, "utf8").split("\n", 1);
  const flags = /^#!.*\bnode\b(.*)$/.exec(first)?.[1]?.trim() ?? "";
  return [process.execPath, ...flags.split(" ").filter(Boolean), file];
}

export function batonYaml(job: Job, key: string, services: readonly string[] = []): string {
  const directors = DIRECTORS.map(
    (host) => `  ${host}: { address: ${addressOf(host)}, priority: ${PRIORITY[host]} }`,
  );
  const instances = numbered(
    job,
    (i) => `  i${i}: { routerId: ${i + 1}, interface: eth0, vips: [${vipOf(i)}] }`,
  );
  return [
    "directors:",
    ...directors,
    job.vrrp
      ? `heartbeat: { interval: ${job.interval}ms, transport: vrrp }`
      : `heartbeat: { interval: ${job.interval}ms, secretFile: ${key} }`,
    "instances:",
    ...instances,
    ...(services.length > 0 ? ["services:", ...services] : []),
    "",
  ].join("\n");
}

const PID_FILES = ["pid", "vrrp", "checkers"] as const;

const keepalived: Tool = {
  name: "keepalived",
  command: (host, job, folder) => {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "keepalived.conf");
    writeFileSync(file, keepalivedConf(host, job));
    // One that was killed lives on in them while nobody has waited for it.
    for (const name of PID_FILES) rmSync(join(folder, name), { force: true });
    return keepalivedArguments(file, folder, "-P");
  },
  adverts: vrrpOf,
  // RFC 9568 6.1: three intervals and the skew.
  downTime: (interval) => MISSED * interval + (interval * (256 - PRIORITY.lb2)) / 256,
};

function keepalivedConf(host: Director, job: Job): string {
  const instance = (i: number): string => `
vrrp_instance i${i} {
  state BACKUP
  interface eth0
  virtual_router_id ${i + 1}
  priority ${PRIORITY[host]}
  advert_int ${job.interval / 1000}
  virtual_ipaddress {
    ${vipOf(i)}/32 dev eth0
  }
}`;
  return `global_defs {\n  vrrp_version 3\n}\n${numbered(job, instance).join("\n")}\n`;
}

export const toolOf = (name: ToolName): Tool => ({ baton, keepalived })[name];

/** A keepalived on a host of a test network: its configuration, and what it says. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Network } from "./network.ts";
import type { Running } from "./process.ts";

export interface KeepalivedOptions {
  readonly version: 2 | 3;
  readonly routerId: number;
  readonly priority: number;
  /** Milliseconds. */
  readonly interval: number;
  readonly vips: readonly string[];
  /** Own address, and the peers': unicast. */
  readonly unicast?: { readonly source: string; readonly peers: readonly string[] };
  readonly password?: string;
  /** A file whose number goes to the priority. */
  readonly pin: string;
  /** The VIPs stand on a macvlan with the virtual MAC. */
  readonly vmac?: boolean;
  /** More lines of the instance. */
  readonly lines?: readonly string[];
  /** More blocks of the file. */
  readonly blocks?: readonly string[];
}

const PREFIX = { 4: 32, 6: 128 } as const;

export function keepalivedConf(options: KeepalivedOptions): string {
  const { version, routerId, priority, interval, vips, unicast, password, pin } = options;
  const { lines = [], vmac = false } = options;
  const block = (name: string, inner: readonly string[]): readonly string[] =>
    inner.length === 0 ? [] : [`  ${name} {`, ...inner.map((line) => `    ${line}`), "  }"];
  return [
    "global_defs {",
    `  vrrp_version ${version}`,
    "}",
    `vrrp_track_file pin {\n  file ${pin}\n  weight 1\n}`,
    "vrrp_instance web {",
    "  state BACKUP",
    "  interface eth0",
    `  virtual_router_id ${routerId}`,
    `  priority ${priority}`,
    `  advert_int ${interval / 1000}`,
    ...(unicast ? [`  unicast_src_ip ${unicast.source}`] : []),
    ...block("unicast_peer", unicast?.peers ?? []),
    ...block("authentication", password ? ["auth_type PASS", `auth_pass ${password}`] : []),
    ...block(
      "virtual_ipaddress",
      vips.map((vip) => `${vip}/${PREFIX[vip.includes(":") ? 6 : 4]}${vmac ? "" : " dev eth0"}`),
    ),
    ...block("track_file", ["pin"]),
    ...(vmac ? ["  use_vmac"] : []),
    ...lines.map((line) => `  ${line}`),
    "}",
    ...(options.blocks ?? []),
    "",
  ].join("\n");
}

/** `part` is -P for VRRP alone, -C for the table of IPVS alone. */
export const keepalivedArguments = (
  file: string,
  folder: string,
  part: "-P" | "-C",
): readonly string[] => [...keepalivedWhole(file, folder), part];

/** VRRP as well as the table. */
export const keepalivedWhole = (file: string, folder: string): readonly string[] => [
  "keepalived",
  "--dont-fork",
  "--log-console",
  `--use-file=${file}`,
  `--pid=${join(folder, "pid")}`,
  `--vrrp_pid=${join(folder, "vrrp")}`,
  `--checkers_pid=${join(folder, "checkers")}`,
];

export function startKeepalived(
  network: Network,
  host: string,
  folder: string,
  options: KeepalivedOptions,
): Running {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, "keepalived.conf");
  writeFileSync(file, keepalivedConf(options));
  return network.spawn(host, keepalivedArguments(file, folder, "-P"));
}

/** Rights, modules, files and ports that the daemon needs. */
import type { HostFacts } from "../host.ts";
import { error, type Problem } from "../report.ts";
import type { Config } from "../types.ts";

export const checkReadiness = (config: Config, facts: HostFacts): Problem[] => [
  ...checkRights(facts),
  ...checkIpvs(config, facts),
  ...checkSecret(config, facts),
  ...checkPort(config, facts),
];

function checkRights({ capabilities, uid }: HostFacts): Problem[] {
  const lacking = [
    ...(capabilities.netAdmin ? [] : ["CAP_NET_ADMIN (addresses, IPVS)"]),
    ...(capabilities.netRaw ? [] : ["CAP_NET_RAW (ARP, neighbour advertisements)"]),
  ];
  if (lacking.length === 0) return [];
  const who = uid === 0 ? "root, but without" : `user ${uid}, without`;
  return [error([], `this is ${who} ${lacking.join(" and ")}`, { code: "BATON_ROOT" })];
}

function checkIpvs(config: Config, { ipvs }: HostFacts): Problem[] {
  const needed = config.services.length > 0 || config.connectionSync !== undefined;
  if (ipvs !== false || !needed) return [];
  const place = [config.services.length > 0 ? "services" : "connectionSync"];
  return [error(place, "this kernel has no IPVS: no ip_vs module found", { code: "BATON_IPVS" })];
}

const KEY_LINES = "A line a key: ID:KEY, the id from 0 to 65535, the key of 8 octets at least.";

/** Group and others: r, w or x. */
const OTHERS = 0o077;

function checkSecret({ heartbeat }: Config, { secretFile }: HostFacts): Problem[] {
  const name = heartbeat.secretFile;
  if (name === undefined || secretFile === undefined) return [];
  const refuse = (message: string, remedy?: string): Problem[] => [
    error(["heartbeat", "secretFile"], `${name} ${message}`, { code: "BATON_SECRET", remedy }),
  ];
  const create = "Put the same key into it on both directors.";
  if (secretFile.kind === "missing") return refuse("does not exist", create);
  if (secretFile.kind === "unreadable") return refuse("can not be read", `See: ls -l ${name}`);
  const mode = (secretFile.mode & 0o777).toString(8).padStart(3, "0");
  if ((secretFile.mode & OTHERS) !== 0) {
    return refuse(`has mode ${mode}: others than its owner reach the key`, `chmod 600 ${name}`);
  }
  if (secretFile.size === 0) return refuse("is empty", create);
  if (secretFile.problem === undefined) return [];
  const place = ["heartbeat", "secretFile"];
  return [error(place, secretFile.problem, { code: "BATON_SECRET", remedy: KEY_LINES })];
}

function checkPort({ heartbeat }: Config, { portBusy }: HostFacts): Problem[] {
  if (portBusy !== true) return [];
  const message = `another program has UDP port ${heartbeat.port} of this host`;
  return [error(["heartbeat", "port"], message, { code: "BATON_PORT" })];
}

/** What can be seen from outside: who has the VIP, who answers for it, what doctor says. */
import { setTimeout as sleep } from "node:timers/promises";
import { DIRECTORS, type DirectorName, type Pair, VIP } from "../hosts/pair.ts";
import type { Diagnosis } from "./verdict.ts";

const ANSWER_MS = 1000;
const DOCTOR_LIMIT = 90_000;

/** Who answers, by its MAC: every reply to a question of the client's counts. */
export async function answering(pair: Pair): Promise<readonly string[]> {
  const filter = `arp[6:2] = 2 and arp src host ${VIP}`;
  const wire = pair.network.spawn("client", ["tcpdump", "-lenni", "eth0", filter]);
  await sleep(ANSWER_MS);
  await pair.network.exec("client", ["ip", "neigh", "flush", "to", VIP]);
  await pair.network.exec("client", ["ping", "-c", "1", "-W", "1", VIP]);
  await sleep(ANSWER_MS);
  await wire.stop();
  const macs = new Set(wire.stdout().match(/(?<=^\S+ )[0-9a-f:]{17}(?= >)/gm));
  return [...macs].map(hostOf).sort();
}

const hostOf = (mac: string): string =>
  ({ "02:00:00:0a:01:00": "lb1", "02:00:00:0a:02:00": "lb2" })[mac] ?? mac;

interface Told {
  readonly findings: readonly {
    readonly severity: string;
    readonly code: string;
    readonly seen: string;
  }[];
}

/** On both hosts at the same time. */
export async function diagnose(pair: Pair): Promise<readonly Diagnosis[]> {
  return Promise.all(DIRECTORS.map((name) => diagnoseOn(pair, name)));
}

async function diagnoseOn(pair: Pair, host: DirectorName): Promise<Diagnosis> {
  const { code, stdout, stderr } = await pair.host(host).exec("baton doctor --json", DOCTOR_LIMIT);
  try {
    const { findings } = JSON.parse(stdout) as Told;
    const of = (wanted: string): readonly string[] =>
      findings
        .filter(({ severity }) => severity === wanted)
        .map((one) => `${one.code} (${one.seen})`);
    return { host, code, errors: of("error"), warnings: of("warning") };
  } catch {
    return { host, code, errors: [`no JSON: ${stderr.trim().split("\n").at(-1)}`], warnings: [] };
  }
}

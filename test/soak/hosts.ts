/** A soak of whole hosts: packages made and installed, the faults in their order, the report. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { makePackage } from "../../.ci/deb/make.mjs";
import { describeMachine, machineLine } from "../bench/machine.ts";
import { bootPair, DIRECTORS, type Pair } from "../hosts/pair.ts";
import { must } from "../support/process.ts";
import { FAULTS, type Fault } from "./faults.ts";
import { chosen, planned, type SoakOptions } from "./plan.ts";
import { progress, report } from "./report.ts";
import { type Outcome, settled, suffer } from "./run.ts";
import { batonTool, keepalivedTool, placeOf, type Tool } from "./tools.ts";

/** For two packages, what they unpack to, and the rest of a host. */
const DISK_MB = 700;
const APT_LIMIT = 180_000;

export interface HostsOptions extends SoakOptions {
  /** Where every outcome goes. */
  readonly json: string | undefined;
  /** The folder of baton's packages; one of its own that goes again where none is said. */
  readonly packages: string | undefined;
}

/** Resolves with the exit code: 0 only where every expectation held. */
export async function soakHosts(options: HostsOptions): Promise<number> {
  const began = Date.now();
  const faults = chosen(FAULTS, options.only);
  const say = (text: string): void => {
    const seconds = Math.round((Date.now() - began) / 1000);
    console.log(`${String(seconds).padStart(5)} s  ${text}`);
  };
  const tool = await (options.keepalived ? makeKeepalived() : makeBaton(options.packages, say));
  const outcomes: Outcome[] = [];
  const pair = await boot(tool, say);
  try {
    const end = Date.now() + options.minutes * 60_000;
    say(
      `${faults.length} faults, then random ones for ${options.minutes} min, seed ${options.seed}`,
    );
    for (const fault of planned(faults, options.seed)) {
      if (outcomes.length >= faults.length && Date.now() >= end) break;
      outcomes.push(await endured(pair, { tool, fault, say }));
    }
  } finally {
    await pair.close();
  }
  return told(outcomes, options);
}

interface Next {
  readonly tool: Tool;
  readonly fault: Fault;
  readonly say: (text: string) => void;
}

async function endured(pair: Pair, { tool, fault, say }: Next): Promise<Outcome> {
  const outcome = await suffer(pair, tool, fault);
  say(progress(outcome));
  return outcome;
}

/** A folder that goes with this process. */
function passing(): string {
  const folder = mkdtempSync(join(tmpdir(), "baton-soak-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** As this host's mirror has it; the upgrade installs it again. */
async function makeKeepalived(): Promise<Tool> {
  const folder = passing();
  await must(["apt-get", "download", "-q", "keepalived"], { cwd: folder, timeout: APT_LIMIT });
  return keepalivedTool(join(folder, readdirSync(folder)[0] ?? "no package"));
}

async function makeBaton(folder: string | undefined, say: (text: string) => void): Promise<Tool> {
  const out = folder === undefined ? passing() : resolve(folder);
  mkdirSync(out, { recursive: true });
  const there = readdirSync(out).filter((name) => /^baton_.*\.deb$/.test(name));
  const [first, next] = there.sort().map((name) => join(out, name));
  if (first !== undefined) return batonTool([first, next ?? first]);
  say("two packages are made, with Node inside: Debian 12 has an older one");
  const make = (version: string): Promise<string> => makePackage({ runtime: true, out, version });
  return batonTool([await make("0.0.1"), await make("0.0.2")]);
}

async function boot(tool: Tool, say: (text: string) => void): Promise<Pair> {
  say("two hosts boot (User-Mode Linux, systemd)");
  const pair = await bootPair({ extra: tool.extra, disk: DISK_MB, furnish: tool.furnish });
  try {
    say(`apt installs ${tool.name} in both`);
    const install = `export DEBIAN_FRONTEND=noninteractive
      apt-get install -y -q --reinstall ${placeOf(tool.packages[0])} && \
      systemctl enable --now ${tool.name}`;
    await Promise.all(DIRECTORS.map((name) => pair.host(name).must(install, APT_LIMIT)));
    say(`${await settled(pair, tool)} serves`);
    return pair;
  } catch (error) {
    await pair.close();
    throw error;
  }
}

async function told(outcomes: readonly Outcome[], options: HostsOptions): Promise<number> {
  const machine = await describeMachine();
  const tool = options.keepalived ? "keepalived" : "baton";
  if (options.json !== undefined) {
    const { minutes, seed } = options;
    const all = { machine, tool, minutes, seed, outcomes };
    writeFileSync(options.json, `${JSON.stringify(all, null, 1)}\n`);
  }
  console.log(`\n${machineLine(machine)}\n\n${report(tool, outcomes)}`);
  const broken = outcomes.filter(({ problems }) => problems.length > 0).length;
  console.log(`${outcomes.length} faults, ${broken} with a broken expectation`);
  return broken === 0 ? 0 : 1;
}

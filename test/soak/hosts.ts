/** A soak of whole hosts: packages made and installed, the faults in their order, the report. */
import { readFileSync, writeFileSync } from "node:fs";
import { describeMachine, type Machine, machineLine } from "../bench/machine.ts";
import { bootPair, DIRECTORS, type Pair } from "../hosts/pair.ts";
import { FAULTS } from "./faults.ts";
import { makeBaton, makeKeepalived } from "./packages.ts";
import { chosen, planned, type SoakOptions } from "./plan.ts";
import { progress, report } from "./report.ts";
import { endured, type Outcome, settled } from "./run.ts";
import { furnish, placeOf, type Tool } from "./tools.ts";

/** For two packages, what they unpack to, and the rest of a host. */
const DISK_MB = 700;
const APT_LIMIT = 180_000;

export interface HostsOptions extends SoakOptions {
  /** Where every outcome goes. */
  readonly json: string | undefined;
  /** Where those of another run are, to stand beside. */
  readonly beside: string | undefined;
  /** The folder of baton's packages; one of its own that goes again where none is said. */
  readonly packages: string | undefined;
}

/** What `--json` writes. */
interface Run {
  readonly machine: Machine;
  readonly tool: Tool["name"];
  readonly minutes: number;
  readonly seed: number;
  readonly outcomes: readonly Outcome[];
}

/** Resolves with the exit code: 0 only where every expectation held. */
export async function soakHosts(options: HostsOptions): Promise<number> {
  const { minutes, seed, only, keepalived, json, packages } = options;
  const began = Date.now();
  const faults = chosen(FAULTS, only);
  const beside = options.beside === undefined ? undefined : readRun(options.beside);
  const say = (text: string): void => {
    const seconds = Math.round((Date.now() - began) / 1000);
    console.log(`${String(seconds).padStart(5)} s  ${text}`);
  };
  const machine = await describeMachine();
  const tool = await (keepalived ? makeKeepalived() : makeBaton(packages, say));
  const outcomes: Outcome[] = [];
  const pair = await boot(tool, say);
  // Also where it is interrupted: hours may have gone.
  process.once("exit", () => tell({ machine, tool: tool.name, minutes, seed, outcomes }, beside));
  const end = Date.now() + minutes * 60_000;
  say(`${faults.length} faults; random ones until ${minutes} min have gone, seed ${seed}`);
  for (const fault of planned(faults, seed)) {
    if (outcomes.length >= faults.length && Date.now() >= end) break;
    const outcome = await endured(pair, tool, fault);
    outcomes.push(outcome);
    say(progress(outcome));
    const run: Run = { machine, tool: tool.name, minutes, seed, outcomes };
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(run, null, 1)}\n`);
  }
  await pair.close();
  return outcomes.some(({ problems }) => problems.length > 0) ? 1 : 0;
}

const readRun = (file: string): Run => JSON.parse(readFileSync(file, "utf8")) as Run;

async function boot(tool: Tool, say: (text: string) => void): Promise<Pair> {
  say("two hosts boot (User-Mode Linux, systemd)");
  const pair = await bootPair({
    extra: tool.extra,
    disk: DISK_MB,
    furnish: (guest, name) => furnish(tool, guest, name),
  });
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

function tell({ machine, tool, outcomes }: Run, beside: Run | undefined): void {
  console.log(`\n${machineLine(machine)}\n\n${report({ tool, outcomes }, beside)}`);
  const broken = outcomes.filter(({ problems }) => problems.length > 0).length;
  console.log(`${outcomes.length} faults, ${broken} with a broken expectation`);
}

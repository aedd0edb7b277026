/** Drives the program that holds quiet connections, on the client of a pair. */
import { eventually } from "../../support/process.ts";
import { programFile } from "../../support/programs.ts";
import type { Pair } from "./pair.ts";
import { SERVICE_PORT, VIP } from "./topology.ts";

export interface Answered {
  readonly asked: number;
  readonly answered: number;
  /** What became of connections that broke. */
  readonly lost: readonly string[];
}

export interface Quiet {
  open(count: number): Promise<Answered>;
  ask(): Promise<Answered>;
}

const LIMIT_MS = 20_000;

export async function startQuiet(pair: Pair): Promise<Quiet> {
  const program = await programFile("quiet");
  const argv = [process.execPath, program, VIP, String(SERVICE_PORT)];
  const child = pair.network.spawn("client", argv);
  let told = 0;
  const say = async (line: string): Promise<Answered> => {
    child.write(`${line}\n`);
    const lines = (): readonly string[] => child.stdout().split("\n").slice(0, -1);
    const limits = { timeout: LIMIT_MS, interval: 20 };
    await eventually(line, async () => lines().length > told, limits);
    return JSON.parse(lines()[told++] ?? "{}") as Answered;
  };
  return { open: (count) => say(`open ${count}`), ask: () => say("ask") };
}

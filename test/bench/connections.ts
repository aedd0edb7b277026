/** Connections over handovers, losses and returns, and a table of many, in the lab's kernel. */
import { fileURLToPath } from "node:url";
import { bootLab } from "../lab/boot.ts";

export interface ConnectionRun {
  readonly variant: string;
  readonly fault: string;
  /** What the fault, or the return, took; milliseconds. */
  readonly ms: number;
  readonly asked: number;
  readonly answered: number;
  readonly lost: number;
}

export interface ConnectionResult {
  readonly runs: readonly ConnectionRun[];
  readonly many: {
    readonly planted: number;
    readonly arrived: number;
    /** From the start of the empty director until it is level. */
    readonly ms: number;
    /** How late the master's loop was at worst: before, and with the resync. */
    readonly lag: { readonly before: number; readonly during: number };
    readonly last: string;
  };
}

const TIMEOUT = 480_000;

export async function measureConnections(many: number): Promise<ConnectionResult> {
  const { code, events, output } = await bootLab({
    script: fileURLToPath(new URL("guest/connections.ts", import.meta.url)),
    args: [String(many)],
    timeout: TIMEOUT,
  });
  if (code !== 0) {
    const failure = events.find(({ kind }) => kind === "failed");
    throw new Error(`the guest failed: ${String(failure?.["message"])}\n${output.slice(-2000)}`);
  }
  const found = events.find(({ kind }) => kind === "many");
  return {
    runs: events.filter(({ kind }) => kind === "connections") as unknown as ConnectionRun[],
    many: found as unknown as ConnectionResult["many"],
  };
}

/** Connections over handovers, losses and returns, and a table of many, in the lab's kernel. */
import { fileURLToPath } from "node:url";
import { bootLab } from "../lab/boot.ts";
import { type ManyResult, measureMany } from "./many.ts";

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
  readonly many: ManyResult;
}

const TIMEOUT = 480_000;

export async function measureConnections(many: number): Promise<ConnectionResult> {
  const { code, events, output } = await bootLab({
    script: fileURLToPath(new URL("guest/connections.ts", import.meta.url)),
    timeout: TIMEOUT,
  });
  if (code !== 0) {
    const failure = events.find(({ kind }) => kind === "failed");
    throw new Error(`the guest failed: ${String(failure?.["message"])}\n${output.slice(-2000)}`);
  }
  return {
    runs: events.filter(({ kind }) => kind === "connections") as unknown as ConnectionRun[],
    many: await measureMany(many),
  };
}

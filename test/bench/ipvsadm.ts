/** baton's ipvsadm beside ipvsadm: a large table restored, listed and saved in the lab's kernel. */
import { fileURLToPath } from "node:url";
import { bootLab } from "../lab/boot.ts";

export interface IpvsadmRun {
  readonly tool: "baton" | "ipvsadm" | "node";
  /** `alone` is a start of Node that does nothing. */
  readonly words: string;
  /** From the start of the process to its end; milliseconds. */
  readonly ms: number;
}

const TIMEOUT = 480_000;

export async function measureIpvsadm(runs: number): Promise<readonly IpvsadmRun[]> {
  const { code, events, output } = await bootLab({
    script: fileURLToPath(new URL("guest/ipvsadm.ts", import.meta.url)),
    args: [String(runs)],
    timeout: TIMEOUT,
  });
  if (code !== 0) {
    const failure = events.find(({ kind }) => kind === "failed");
    throw new Error(`the guest failed: ${String(failure?.["message"])}\n${output.slice(-2000)}`);
  }
  return events.filter(({ kind }) => kind === "time") as unknown as IpvsadmRun[];
}

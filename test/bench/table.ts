/** A thousand services from an empty table in the lab's kernel, by three programs in turn. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepareLab } from "../lab/boot.ts";
import type { GuestEvent } from "../lab/marks.ts";
import { readProgramming } from "./netlink-capture.ts";

export interface TableRun {
  readonly tool: "baton" | "keepalived" | "ipvsadm";
  /** First command to last, in milliseconds. */
  readonly commands: number;
  /** From the start of the program to the last command. */
  readonly fromStart: number;
  readonly count: number;
}

export interface OneMore {
  /** Commands that changed the table, and questions asked about it. */
  readonly commands: number;
  readonly dumps: number;
}

export interface TableResult {
  readonly services: number;
  readonly servers: number;
  readonly runs: readonly TableRun[];
  readonly oneMore: OneMore;
}

const SERVICES = 1000;
const SERVERS = 10;
const TIMEOUT = 480_000;

export async function measureTable(runs: number): Promise<TableResult> {
  const lab = await prepareLab({
    script: fileURLToPath(new URL("guest/table.ts", import.meta.url)),
    args: [SERVICES, SERVERS, runs].map(String),
    timeout: TIMEOUT,
  });
  try {
    const { code, events, output } = await lab.run();
    if (code !== 0) {
      const failure = events.find(({ kind }) => kind === "failed");
      throw new Error(`the guest failed: ${String(failure?.["message"])}\n${output.slice(-2000)}`);
    }
    const captures = events.filter(({ kind }) => kind === "capture");
    return {
      services: SERVICES,
      servers: SERVERS,
      runs: captures.filter(({ name }) => name !== "one-more").map((one) => runOf(one, lab.share)),
      oneMore: oneMoreOf(lab.share),
    };
  } finally {
    lab.dispose();
  }
}

function runOf({ name, from }: GuestEvent, share: string): TableRun {
  const { firstAt, duration, total } = readProgramming(join(share, `${String(name)}.pcap`));
  const [tool] = String(name).split("-");
  if (tool !== "baton" && tool !== "keepalived" && tool !== "ipvsadm") throw new Error(tool);
  const fromStart = firstAt + duration - Number(from);
  return { tool, commands: duration, fromStart, count: total };
}

function oneMoreOf(share: string): OneMore {
  const { total, dumps } = readProgramming(join(share, "one-more.pcap"));
  return { commands: total, dumps };
}

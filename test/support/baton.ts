/** One director's daemon on a host of a test network, and what it says of itself. */
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundle } from "../../.ci/bundle.mjs";
import { buildPage } from "../../.ci/page.mjs";
import { type Places, places } from "../../src/base/places.ts";
import { askStatus, command } from "../../src/control/client.ts";
import type { Snapshot } from "../../src/core/director/snapshot-types.ts";
import type { Network } from "./network.ts";
import type { Result, Running } from "./process.ts";

/** Whose IPVS table a daemon programs: not every host's kernel has one. */
type Table = "kernel" | "memory";

const folders = new Map<Table, Promise<string>>();

/** Bundled from the sources as they are, once a test file. */
export async function daemonFile(table: Table = "kernel"): Promise<string> {
  const folder = folders.get(table) ?? build(table);
  folders.set(table, folder);
  return join(await folder, "daemon.js");
}

const program = (name: string): string =>
  fileURLToPath(new URL(`./programs/${name}`, import.meta.url));

async function build(table: Table): Promise<string> {
  const outdir = mkdtempSync(join(tmpdir(), "baton-daemon-"));
  process.on("exit", () => rmSync(outdir, { recursive: true, force: true }));
  const entries = { daemon: program("daemon.ts") };
  if (table === "kernel") await bundle({ entries, outdir, splitting: true });
  else {
    const apart = { "os/ipvs.ts": "./ipvs-in-memory.js" };
    await bundle({ entries, outdir, splitting: true, apart });
    const memory = program("ipvs-in-memory.ts");
    const probe = fileURLToPath(new URL("../../src/probe/worker.ts", import.meta.url));
    await bundle({ entries: { "ipvs-in-memory": memory, probe }, outdir });
    const baton = fileURLToPath(new URL("../../src/bin/baton.ts", import.meta.url));
    const own = { ...apart, "daemon/main.ts": "./daemon.js" };
    await bundle({ entries: { baton }, outdir, splitting: true, apart: own });
  }
  const reader = fileURLToPath(new URL("../../src/daemon/read-thread.ts", import.meta.url));
  await bundle({ entries: { reader }, outdir });
  await buildPage(join(outdir, "page"));
  // Other users may run it as well.
  chmodSync(outdir, 0o755);
  return outdir;
}

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly from?: string;
  readonly to?: string;
  readonly [key: string]: unknown;
}

export interface Daemon {
  readonly host: string;
  readonly running: Running;
  readonly places: Places;
  status(): Promise<Snapshot>;
  /** Undefined while it does not answer. */
  tryStatus(): Promise<Snapshot | undefined>;
  failover(body?: object): Promise<{ readonly done: boolean; readonly sentence: string }>;
  resume(): Promise<{ readonly done: boolean; readonly sentence: string }>;
  log(): readonly LogLine[];
  /** As a crash does it. */
  crash(): Promise<void>;
}

export interface DaemonOptions {
  readonly root: string;
  readonly args?: readonly string[];
  /** In front of Node: `setpriv …`, `sh -c …`. */
  readonly wrapper?: readonly string[];
  /** `kernel` unless said otherwise. */
  readonly table?: Table;
  readonly node?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const argvOf = async (verb: string, options: DaemonOptions): Promise<readonly string[]> => {
  const { table = "kernel", node = [], root, wrapper = [] } = options;
  const found = table === "memory" ? ["--require", program("ipvs-loaded.cjs")] : [];
  const args = [verb, "--root", root, ...(options.args ?? [])];
  return [...wrapper, process.execPath, ...found, ...node, await daemonFile(table), ...args];
};

export async function startDaemon(
  network: Network,
  host: string,
  options: DaemonOptions,
): Promise<Daemon> {
  const argv = await argvOf("run", options);
  const running = network.spawn(host, argv, { env: options.env ?? {} });
  const at = places(options.root);
  const tryStatus = async (): Promise<Snapshot | undefined> => {
    const answer = await askStatus(at.socket).catch(() => undefined);
    return answer?.kind === "running" ? answer.snapshot : undefined;
  };
  return {
    host,
    running,
    places: at,
    tryStatus,
    status: async () => {
      const snapshot = await tryStatus();
      if (!snapshot) throw new Error(`${host} does not answer:\n${running.stdout()}`);
      return snapshot;
    },
    failover: (body = {}) => command(at.socket, "/v1/failover", body, 20_000),
    resume: () => command(at.socket, "/v1/resume", {}, 20_000),
    log: () => running.stdout().split("\n").flatMap(parsed),
    crash: async () => {
      running.kill("SIGKILL");
      await running.ended;
    },
  };
}

/** Runs `baton run` or `baton release` to its end. */
export async function runDaemon(
  network: Network,
  host: string,
  verb: "run" | "release",
  options: DaemonOptions,
): Promise<Result> {
  const argv = await argvOf(verb, options);
  return network.exec(host, argv, { env: options.env ?? {}, timeout: 20_000 });
}

function parsed(line: string): readonly LogLine[] {
  try {
    return [JSON.parse(line) as LogLine];
  } catch {
    return [];
  }
}

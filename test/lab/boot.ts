/** Boots a kernel with IPVS in User-Mode Linux and runs a bundled program in it. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { bundle } from "../../.ci/bundle.mjs";
import { kernelEnvironment } from "../../.ci/xstate.mjs";
import {
  BATON_VARIABLE,
  batonFile,
  PROGRAMS_VARIABLE,
  programEntries,
} from "../support/programs.ts";
import { GUEST_SHARE, initScript } from "./init.ts";
import { EVENT_MARK, EXIT_MARK, type GuestEvent } from "./marks.ts";
import { onOneProcessor } from "./processor.ts";

export interface LabOptions {
  /** A program under test/lab/guest (or anywhere), as a path to its source. */
  readonly script: string;
  readonly args?: readonly string[];
  /** As the kernel's `mem=`. */
  readonly memory?: string;
  /** Milliseconds until the guest's plug is pulled. */
  readonly timeout?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly onEvent?: (event: GuestEvent) => void;
  /** Lines of the guest that are no events: what its programs print. */
  readonly onLine?: (line: string) => void;
}

export interface LabResult {
  /** The program's exit code; undefined where the guest died or was ended before it. */
  readonly code: number | undefined;
  readonly events: readonly GuestEvent[];
  readonly output: string;
  readonly timedOut: boolean;
}

const DEFAULT_TIMEOUT = 120_000;
/** Lines kept of what the guest printed. */
const OUTPUT_LINES = 2000;

const guests = new Set<ChildProcess>();
process.on("exit", () => {
  for (const guest of guests) pullPlug(guest);
});

/** The kernel's processes are a group of their own, so that none is left behind. */
function pullPlug(guest: ChildProcess): void {
  if (guest.pid === undefined) return;
  try {
    process.kill(-guest.pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** The folder that the guest sees as /run/share, for files that go in or come out. */
export interface Lab {
  readonly share: string;
  run(): Promise<LabResult>;
  dispose(): void;
}

export async function bootLab(options: LabOptions): Promise<LabResult> {
  const lab = await prepareLab(options);
  try {
    return await lab.run();
  } finally {
    lab.dispose();
  }
}

/** As `bootLab`, for who needs the shared folder before or after the run. */
export async function prepareLab(options: LabOptions): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), "baton-lab-"));
  const script = options.script.startsWith("/")
    ? options.script
    : fileURLToPath(new URL(options.script, import.meta.url));
  await bundle({ entries: { main: script, ...programEntries() }, outdir: folder });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  const init = join(folder, "init.sh");
  const env = {
    [PROGRAMS_VARIABLE]: GUEST_SHARE,
    [BATON_VARIABLE]: batonFile(),
    ...options.env,
  };
  writeFileSync(init, initScript({ folder, args: options.args ?? [], env }), { mode: 0o755 });
  return {
    share: folder,
    run: () => runGuest(folder, options),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function runGuest(folder: string, options: LabOptions): Promise<LabResult> {
  const kernel = ["linux.uml", ...kernelArguments(folder, options.memory ?? "1G")];
  const [command = "", ...args] = onOneProcessor(kernel);
  const guest = spawn(command, args, {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    // The guest's memory is a file there; on a disk it would be written out.
    env: {
      ...process.env,
      ...kernelEnvironment(),
      TMPDIR: existsSync("/dev/shm") ? "/dev/shm" : tmpdir(),
    },
  });
  guests.add(guest);
  const events: GuestEvent[] = [];
  const output: string[] = [];
  let code: number | undefined;
  let timedOut = false;
  const onLine = (line: string): void => {
    const event = readEvent(line);
    if (event) {
      events.push(event);
      options.onEvent?.(event);
    } else if (line.startsWith(EXIT_MARK)) code = Number(line.slice(EXIT_MARK.length));
    else {
      if (output.push(line) > OUTPUT_LINES) output.shift();
      options.onLine?.(line);
    }
  };
  for (const stream of [guest.stdout, guest.stderr]) {
    createInterface({ input: stream }).on("line", (line) => onLine(line.trimEnd()));
  }
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      timedOut = true;
      pullPlug(guest);
    }, options.timeout ?? DEFAULT_TIMEOUT);
    guest.on("error", reject);
    guest.on("close", () => {
      clearTimeout(timer);
      pullPlug(guest);
      guests.delete(guest);
      resolve({ code, events, output: output.join("\n"), timedOut });
    });
  });
}

const kernelArguments = (folder: string, memory: string): readonly string[] => [
  `mem=${memory}`,
  "rootfstype=hostfs",
  "rootflags=/",
  // The host's files are read only in there; what is written goes to a tmpfs or the share.
  "ro",
  `init=${join(folder, "init.sh")}`,
  `uml_dir=${folder}`,
  "umid=guest",
  "con=null",
  "con0=fd:0,fd:1",
  "con1=fd:0,fd:1",
  "quiet",
  "loglevel=1",
];

function readEvent(line: string): GuestEvent | undefined {
  if (!line.startsWith(EVENT_MARK)) return undefined;
  try {
    return JSON.parse(line.slice(EVENT_MARK.length)) as GuestEvent;
  } catch {
    return { kind: "garbled", line };
  }
}

/** A whole host in User-Mode Linux: power on, commands, reboot, the plug. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { kernelEnvironment } from "../../.ci/xstate.mjs";
import { onOneProcessor } from "../lab/processor.ts";
import { type Result, sleep } from "../support/process.ts";
import { READY, SHARE_OPTION } from "./agent.ts";

export interface GuestOptions {
  readonly name: string;
  /** The folder that the guest's root is made of; it stays as it is. */
  readonly image: string;
  /** The namespace in which the guest's cables end. */
  readonly namespace: string;
  /** Taps in that namespace, in the order of the guest's links vec0, vec1 …, with their MACs. */
  readonly cables: readonly { readonly tap: string; readonly mac: string }[];
  /** Its disk takes no more than so many megabytes: it can be filled. */
  readonly disk?: number | undefined;
}

const MEMORY = "384M";
/** Ten seconds on an idle machine with two of them at once. */
const BOOT_LIMIT_MS = 60_000;
const EXEC_LIMIT_MS = 30_000;
const CONSOLE_LINES = 200;

/** In memory where there is such a place: what a guest writes is small. */
const WORK = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

const guests = new Set<Guest>();
process.on("exit", () => {
  for (const guest of guests) guest.dispose();
});

export class Guest {
  readonly name: string;
  readonly #options: GuestOptions;
  readonly #folder: string;
  readonly #asked = new Map<string, (code: number) => void>();
  readonly #console: string[] = [];
  #kernel: ChildProcess | undefined;
  #agent: Duplex | undefined;
  #boots = 0;
  #commands = 0;

  constructor(options: GuestOptions) {
    this.name = options.name;
    this.#options = options;
    this.#folder = mkdtempSync(join(WORK, `baton-host-${options.name}-`));
    mkdirSync(this.#path("disk"));
    guests.add(this);
    if (options.disk !== undefined) this.#limitDisk(options.disk);
    const parts = ["disk/upper", "disk/work", "root", "share", "uml"];
    for (const part of parts) mkdirSync(this.#path(part));
  }

  /** Puts a file onto the disk of a guest that is switched off. */
  install(path: string, text: string | Uint8Array, mode = 0o644): void {
    const file = join(this.#path("disk/upper"), path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode });
  }

  /** Switches on, and waits until commands can be given. */
  async powerOn(): Promise<void> {
    const [command = "", ...args] = onOneProcessor(["ip", ...this.#command()]);
    const kernel = spawn(command, args, {
      // A group of its own: the kernel's processes end together.
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      env: { ...process.env, ...kernelEnvironment(), TMPDIR: WORK },
    });
    this.#kernel = kernel;
    for (const stream of [kernel.stdout, kernel.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => this.#printed(line));
    }
    const agent = kernel.stdio[3] as Duplex;
    agent.on("error", () => undefined);
    createInterface({ input: agent }).on("line", (line) => this.#answered(line.trim()));
    this.#agent = agent;
    await this.#booted(this.#boots + 1);
  }

  /** Waits until the guest has come up for the nth time. */
  async #booted(nth: number): Promise<void> {
    const end = Date.now() + BOOT_LIMIT_MS;
    while (this.#boots < nth) {
      if (Date.now() > end || this.#kernel?.exitCode !== null) {
        throw new Error(`${this.name} does not come up:\n${this.#console.join("\n")}`);
      }
      await sleep(20);
    }
  }

  /** Runs a shell script; several may run at the same time. */
  async exec(script: string, limit = EXEC_LIMIT_MS): Promise<Result> {
    if (!this.#kernel) return { code: -1, stdout: "", stderr: "switched off" };
    const id = `${this.#boots}-${this.#commands++}`;
    const file = join(this.#path("share"), id);
    writeFileSync(`${file}.sh`, script);
    const code = await this.#ask(id, script, limit);
    const read = (part: string): string =>
      existsSync(`${file}.${part}`) ? readFileSync(`${file}.${part}`, "utf8") : "";
    return { code, stdout: read("out"), stderr: read("err") };
  }

  /** Runs a shell script that has to succeed, and returns what it printed. */
  async must(script: string, limit = EXEC_LIMIT_MS): Promise<string> {
    const { code, stdout, stderr } = await this.exec(script, limit);
    if (code !== 0) throw new Error(`${this.name}: ${script}: exit ${code}\n${stderr}${stdout}`);
    return stdout;
  }

  /** `systemctl reboot`, up to the moment at which commands can be given again. */
  async reboot(): Promise<void> {
    const ended = this.#ended();
    // The agent may be gone before it has answered.
    void this.exec("systemctl --no-block reboot").catch(() => undefined);
    await ended;
    await this.powerOn();
  }

  /** The plug is pulled: no process of the guest gets another turn. Its disk stays. */
  async pullPlug(): Promise<void> {
    const ended = this.#ended();
    this.#kill();
    await ended;
  }

  dispose(): void {
    this.#kill();
    guests.delete(this);
    if (this.#options.disk !== undefined) spawnSync("umount", ["-l", this.#path("disk")]);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #limitDisk(megabytes: number): void {
    const options = ["-t", "tmpfs", "-o", `size=${megabytes}m`];
    const { status } = spawnSync("mount", [...options, "none", this.#path("disk")]);
    if (status !== 0) throw new Error(`${this.name}: no disk of ${megabytes} MB could be made`);
  }

  async #ended(): Promise<void> {
    const kernel = this.#kernel;
    if (kernel) await new Promise((resolve) => kernel.once("close", resolve));
  }

  #kill(): void {
    const pid = this.#kernel?.pid;
    this.#kernel = undefined;
    for (const answer of this.#asked.values()) answer(-1);
    this.#asked.clear();
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }

  #path(part: string): string {
    return join(this.#folder, part);
  }

  /**
   * The overlay is mounted in a namespace of the guest's own: it goes when the guest does. To boot
   * again the kernel would execute its own name, with its taps still open: it finds none, and ends.
   */
  #command(): readonly string[] {
    const { namespace, image } = this.#options;
    const [upper, work, root] = ["disk/upper", "disk/work", "root"].map((part) => this.#path(part));
    const layers = `lowerdir=${image},upperdir=${upper},workdir=${work}`;
    const boot = 'exec -a guest $(command -v linux.uml) "$@"';
    const script = `mount -t overlay none -o ${layers} ${root} && ${boot}`;
    const alone = ["setpriv", "--pdeathsig", "KILL", "--", "unshare", "-m", "bash", "-c", script];
    return ["netns", "exec", namespace, ...alone, "bash", ...this.#kernelArguments()];
  }

  #kernelArguments(): readonly string[] {
    return [
      `mem=${MEMORY}`,
      "rootfstype=hostfs",
      `rootflags=${this.#path("root")}`,
      "rw",
      `uml_dir=${this.#path("uml")}`,
      "umid=guest",
      "con=null",
      "con0=null,fd:1",
      "ssl=null",
      "ssl1=fd:3",
      ...this.#options.cables.map(
        ({ tap, mac }, i) => `vec${i}:transport=tap,ifname=${tap},depth=64,mac=${mac}`,
      ),
      `${SHARE_OPTION}=${this.#path("share")}`,
      "quiet",
      "loglevel=4",
      "systemd.show_status=false",
    ];
  }

  #printed(line: string): void {
    if (this.#console.push(line.trimEnd()) > CONSOLE_LINES) this.#console.shift();
  }

  #answered(line: string): void {
    if (line === READY) {
      this.#boots++;
      return;
    }
    const [id = "", code] = line.split(" ");
    this.#asked.get(id)?.(Number(code));
    this.#asked.delete(id);
  }

  #ask(id: string, script: string, limit: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`${this.name}: no answer to: ${script}\n${this.#console.join("\n")}`));
      }, limit);
      this.#asked.set(id, (code) => {
        clearTimeout(timer);
        resolve(code);
      });
      this.#agent?.write(`${id}\n`);
    });
  }
}

/** Runs commands for tests, and sees to it that none outlives the test. */
import { type ChildProcess, spawn } from "node:child_process";

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly timeout?: number;
}

/** After its end, for what it printed last. */
const LAST_WORDS_MS = 100;
const RUN_TIMEOUT = 30_000;
const STOP_TIMEOUT = 5_000;
/** As a shell reports it. */
const NOT_FOUND = 127;

const running = new Set<ChildProcess>();

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Runs a command to its end. A command that cannot be started has code 127. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Result> {
  const child = start(argv, options);
  child.write(options.input ?? "");
  child.endInput();
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeout ?? RUN_TIMEOUT);
  const code = await child.ended;
  clearTimeout(timer);
  return { code, stdout: child.stdout(), stderr: child.stderr() };
}

/** Runs a command that has to succeed, and returns what it printed. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(argv, options);
  if (code !== 0) throw new Error(`${argv.join(" ")}: exit ${code}\n${stderr}${stdout}`);
  return stdout;
}

export interface Running {
  readonly pid: number;
  /** Exit code; 128 + n after signal n is not told apart: a killed child has -1. */
  readonly ended: Promise<number>;
  stdout(): string;
  stderr(): string;
  /** Resolves with the first line of stdout, past or to come, that matches. */
  line(pattern: RegExp, timeout?: number): Promise<string>;
  write(text: string): void;
  endInput(): void;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, then SIGKILL after a while; resolves with the exit code. */
  stop(): Promise<number>;
}

/** Starts a command whose output is kept. */
export function start(argv: readonly string[], options: RunOptions = {}): Running {
  const [command = "", ...args] = argv;
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  running.add(child);
  const output = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  child.stdin.on("error", () => {});
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      for (const watcher of watchers) watcher();
    });
  }
  const ended = new Promise<number>((resolve) => {
    child.on("error", (error) => {
      output.stderr += error.message;
      resolve(NOT_FOUND);
    });
    child.on("close", (code) => resolve(code ?? -1));
    // What it left running may hold its output open.
    child.on("exit", (code) => setTimeout(() => resolve(code ?? -1), LAST_WORDS_MS));
  }).finally(() => running.delete(child));
  return handle(child, { output, watchers, ended });
}

interface Captured {
  readonly output: { stdout: string; stderr: string };
  readonly watchers: Set<() => void>;
  readonly ended: Promise<number>;
}

function handle(child: ChildProcess, { output, watchers, ended }: Captured): Running {
  return {
    pid: child.pid ?? -1,
    ended,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    line: (pattern, timeout = RUN_TIMEOUT) =>
      waitForLine({ output, watchers, ended }, pattern, timeout),
    write: (text) => void child.stdin?.write(text),
    endInput: () => void child.stdin?.end(),
    kill: (signal) => void child.kill(signal),
    stop: () => {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT);
      return ended.finally(() => clearTimeout(timer));
    },
  };
}

function waitForLine(captured: Captured, pattern: RegExp, timeout: number): Promise<string> {
  const { output, watchers, ended } = captured;
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      watchers.delete(look);
      clearTimeout(timer);
      settle();
    };
    const fail = (why: string): void => {
      const seen = `${output.stdout}${output.stderr}`.slice(-2000);
      finish(() => reject(new Error(`no line like ${pattern} (${why}); last output:\n${seen}`)));
    };
    const look = (): void => {
      const found = output.stdout.split("\n").find((line) => pattern.test(line));
      if (found !== undefined) finish(() => resolve(found));
    };
    const timer = setTimeout(() => fail(`${timeout} ms`), timeout);
    watchers.add(look);
    void ended.then(() => {
      look();
      fail("it ended");
    });
    look();
  });
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** CLOCK_MONOTONIC in milliseconds: the same in every process of a host. */
export const clock = (): number => Number(process.hrtime.bigint()) / 1e6;

const POLL_INTERVAL = 10;

export interface EventuallyOptions {
  readonly timeout?: number;
  readonly interval?: number;
}

/** Asks until the answer is neither undefined nor false. */
export async function eventually<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  options: EventuallyOptions = {},
): Promise<T> {
  const { timeout = 10_000, interval = POLL_INTERVAL } = options;
  const end = clock() + timeout;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (clock() > end) throw new Error(`${what}: not within ${timeout} ms`);
    await sleep(interval);
  }
}

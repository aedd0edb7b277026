/** What a client sees of an address: who answers, and for how long nobody does. */
import type { Network } from "./network.ts";
import type { Running } from "./process.ts";
import { programFile } from "./programs.ts";

export const PROBE_PORT = 7007;

export interface Gap {
  /** Times of `clock()`: the last probe that was answered before, the first that was after. */
  readonly from: number;
  readonly to: number;
  readonly length: number;
}

export interface Report {
  readonly probes: number;
  readonly answered: number;
  /** Who answered, in order, each with the time of its first probe. */
  readonly answers: readonly { readonly at: number; readonly by: string }[];
  /** Every stretch in which at least one probe stayed unanswered. */
  readonly gaps: readonly Gap[];
}

export interface Probe {
  /** Resolves when the named host has answered since the last change. */
  answeredBy(name: string, timeout?: number): Promise<void>;
  stop(): Promise<Report>;
}

/** The length of the longest gap that touches the time span, 0 without one. */
export const longestGap = (report: Report, since = 0, until = Infinity): number =>
  Math.max(
    0,
    ...report.gaps.filter(({ from, to }) => to >= since && from <= until).map((gap) => gap.length),
  );

/** Reads what the prober knows. A probe that waits for its turn to be sent is no gap. */
export function analyse(raw: {
  readonly sent: readonly number[];
  readonly by: readonly (string | null)[];
}): Report {
  const answers: { at: number; by: string }[] = [];
  const gaps: Gap[] = [];
  let before: number | undefined;
  for (const [i, by] of raw.by.entries()) {
    const at = raw.sent[i] ?? 0;
    if (by === null) continue;
    if (by !== answers.at(-1)?.by) answers.push({ at, by });
    if (before !== undefined && before < i - 1) {
      const from = raw.sent[before] ?? 0;
      gaps.push({ from, to: at, length: at - from });
    }
    before = i;
  }
  // Silence up to the end is a gap as well.
  const end = raw.sent.length - 1;
  if (before !== undefined && before < end) {
    const from = raw.sent[before] ?? 0;
    const to = raw.sent[end] ?? 0;
    gaps.push({ from, to, length: to - from });
  }
  const answered = raw.by.filter((by) => by !== null).length;
  return { probes: raw.sent.length, answered, answers, gaps };
}

/** Starts the answering program on a host. */
export async function startEcho(network: Network, host: string): Promise<Running> {
  const program = await programFile("echo");
  const child = network.spawn(host, [process.execPath, program, host, String(PROBE_PORT)]);
  await child.line(/ready/);
  return child;
}

/** Starts to probe an address from a host, a probe every `interval` milliseconds. */
export async function startProbe(
  network: Network,
  host: string,
  { address, interval = 1 }: { readonly address: string; readonly interval?: number },
): Promise<Probe> {
  const program = await programFile("prober");
  const argv = [process.execPath, program, address, String(PROBE_PORT), String(interval)];
  const child = network.spawn(host, argv);
  return {
    answeredBy: async (name, timeout) => {
      await child.line(new RegExp(`"by":"${name}"`), timeout);
    },
    stop: async () => {
      await child.stop();
      const last = child.stdout().trimEnd().split("\n").at(-1) ?? "";
      return analyse(JSON.parse(last) as Parameters<typeof analyse>[0]);
    },
  };
}

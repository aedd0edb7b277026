/** TCP connections of a client: which live on, and what new ones meet. */
import type { Network } from "./network.ts";
import { programFile } from "./programs.ts";

export interface TrafficReport {
  /** Connections that were to live the whole time. */
  readonly held: readonly {
    readonly server?: string;
    readonly answers: number;
    readonly longest: number;
    readonly lost?: { readonly at: number; readonly why: string };
    /** Milliseconds since its last answer, at the end. */
    readonly silence: number;
  }[];
  /** Connections opened, used and closed one after another. */
  readonly short: readonly {
    readonly at: number;
    readonly took: number;
    readonly by?: string;
    readonly error?: string;
  }[];
}

export interface Traffic {
  stop(): Promise<TrafficReport>;
}

export interface TrafficOptions {
  readonly address: string;
  readonly port: number;
  /** Connections that are held open. */
  readonly held: number;
  /** Milliseconds between two lines on each, and between two short connections. */
  readonly interval: number;
}

/** Resolves when every held connection has had its first answer. */
export async function startTraffic(
  network: Network,
  host: string,
  { address, port, held, interval }: TrafficOptions,
): Promise<Traffic> {
  const program = await programFile("client");
  const numbers = [port, held, interval].map(String);
  const child = network.spawn(host, [process.execPath, program, address, ...numbers]);
  await child.line(/ready/);
  return {
    stop: async () => {
      await child.stop();
      const last = child.stdout().trimEnd().split("\n").at(-1) ?? "";
      return JSON.parse(last) as TrafficReport;
    },
  };
}

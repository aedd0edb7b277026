/** The stage of the demo: a pair that is watched, and clients that notice what happens to it. */
import { type AddressWatch, wall, watchAddress } from "../bench/watch.ts";
import { type DirectorName, INTERVAL_MS, other, type Pair, survive } from "../lab/guest/pair.ts";
import { emit } from "../lab/guest/report.ts";
import { DIRECTORS, VIP } from "../lab/guest/topology.ts";
import { longestGap, startEcho, startProbe } from "../support/probe.ts";
import { clock, eventually, type Running, sleep } from "../support/process.ts";
import type { Expectation, Rehearsal } from "./types.ts";

export const PROBE_MS = 10;
/** The kernel keeps what it has to send to the peer for two seconds at most. */
const SYNC_MS = 3 * INTERVAL_MS;

export const say = (text: string): void => emit({ kind: "progress", text });

/** What a rehearsal's body may do and ask while the clients are at work. */
export interface Scene {
  readonly pair: Pair;
  /** Notes what was done to the pair. */
  did(what: string): void;
  /** Waits until this director has the VIP on its interface; resolves with the time it took. */
  takesOver(host: DirectorName): Promise<number>;
  expect(text: string, held: boolean, found: string): void;
}

export class Stage {
  readonly pair: Pair;
  readonly #watches: { readonly host: DirectorName; readonly watch: AddressWatch }[] = [];
  readonly #echoes = new Map<DirectorName, Running>();
  readonly #rehearsals: Rehearsal[] = [];

  constructor(pair: Pair) {
    this.pair = pair;
  }

  get rehearsals(): readonly Rehearsal[] {
    return this.#rehearsals;
  }

  /** Begins to watch a host's VIP, and to answer the client's probes there. */
  async watch(host: DirectorName): Promise<void> {
    this.#watches.push({ host, watch: watchAddress(this.pair.network, host, VIP) });
    this.#echoes.set(host, await startEcho(this.pair.network, host));
  }

  /** Switches a machine off and on; the daemon does not start by itself. */
  async reboot(host: DirectorName): Promise<void> {
    for (const one of this.#watches) if (one.host === host) await one.watch.stop();
    await this.#echoes.get(host)?.stop();
    await this.pair.reboot(host);
    await this.watch(host);
  }

  /** Plays one fault before clients that are at work, and keeps what they and the kernel saw. */
  async rehearse(
    { name, title }: Pick<Rehearsal, "name" | "title">,
    body: (scene: Scene) => Promise<void>,
  ): Promise<void> {
    say(title);
    const { network } = this.pair;
    const probe = await startProbe(network, "client", { address: VIP, interval: PROBE_MS });
    const expectations: Expectation[] = [];
    const events: Rehearsal["events"][number][] = [];
    const found = await survive(this.pair, async () => {
      await sleep(SYNC_MS);
      const [at, probedAt] = [wall(), clock()];
      const before = await this.pair.holders();
      await body(this.#scene(at, { events, expectations }));
      await sleep(INTERVAL_MS);
      return { at, probedAt, before, duration: wall() - at };
    });
    const { at, probedAt, before, duration, held, alive, longest, short, failed } = found;
    const seen = await probe.stop();
    const gap = longestGap(seen, probedAt, probedAt + duration);
    this.#rehearsals.push({
      ...{ name, title, duration, before, gap, expectations },
      vip: this.#vipChanges(at, duration),
      events: [...events, ...this.#transitions(at)].toSorted((a, b) => a.at - b.at),
      answered: seen.answers.map(({ at: when, by }) => ({ at: when - probedAt, by })),
      connections: { held, alive, longest, tried: short, failed },
    });
    say(`  client: at most ${Math.round(gap)} ms unanswered; ${alive} of ${held} connections live`);
  }

  #scene(
    at: number,
    lists: { readonly events: Rehearsal["events"][number][]; readonly expectations: Expectation[] },
  ): Scene {
    return {
      pair: this.pair,
      did: (what) => void lists.events.push({ at: wall() - at, who: "demo", what }),
      takesOver: async (host) => {
        const limit = { timeout: 15 * INTERVAL_MS };
        const started = wall();
        const gained = (): number | undefined =>
          this.#vipChanges(at, Number.POSITIVE_INFINITY).find((one) => one.host === host && one.on)
            ?.at;
        const first = await eventually(`${host} has the VIP`, gained, limit);
        say(`  ${host} has the VIP after ${Math.round(first - (started - at))} ms`);
        return first - (started - at);
      },
      expect: (text, held, found) => void lists.expectations.push({ text, held, found }),
    };
  }

  #vipChanges(at: number, duration: number): Rehearsal["vip"] {
    return this.#watches
      .flatMap(({ host, watch }) =>
        watch.changes.map((change) => ({ at: change.at - at, host, on: change.present })),
      )
      .filter((change) => change.at >= 0 && change.at <= duration)
      .toSorted((a, b) => a.at - b.at);
  }

  /** From the daemons' logs, whose time is the wall clock's. */
  #transitions(at: number): Rehearsal["events"] {
    return DIRECTORS.flatMap((host) =>
      this.pair
        .output(host)
        .split("\n")
        .flatMap((line) => {
          const { time, from, to, msg } = readLog(line);
          return from && to && time && time >= at ? [{ at: time - at, who: host, what: msg }] : [];
        }),
    );
  }
}

interface LogLine {
  readonly time?: number;
  readonly from?: string;
  readonly to?: string;
  readonly msg: string;
}

function readLog(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line };
  }
}

/** Which director is the only one with the VIP. */
export async function master(pair: Pair): Promise<DirectorName> {
  const [first, second] = await pair.holders();
  if (!first || second) throw new Error("there is no single master");
  return first;
}

export { other };

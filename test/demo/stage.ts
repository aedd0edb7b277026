/** The stage of the demo: a pair that is watched, and clients that notice what happens to it. */
import { type AddressWatch, wall, watchAddress } from "../bench/watch.ts";
import { type DirectorName, INTERVAL_MS, type Pair, rootOf } from "../lab/guest/pair.ts";
import { emit } from "../lab/guest/report.ts";
import { OUTAGE_RECOVERY_MS, survive } from "../lab/guest/survival.ts";
import { DIRECTORS, VIP } from "../lab/guest/topology.ts";
import { longestGap, startEcho, startProbe } from "../support/probe.ts";
import { clock, eventually, type Running, sleep } from "../support/process.ts";
import { batonFile } from "../support/programs.ts";
import type { Expectation, Outcome, Rehearsal } from "./types.ts";

const PROBE_MS = 10;
/** The kernel keeps what it has to send to the peer for two seconds at most. */
const SYNC_MS = 3 * INTERVAL_MS;

export const intervals = (count: number): string =>
  count === 1 ? "an interval" : `${count} intervals`;

export const say = (text: string): void => emit({ kind: "progress", text });

/** What a rehearsal's body may do and ask while the clients are at work. */
export interface Scene {
  readonly pair: Pair;
  /** Notes what is about to be done to the pair; the first time is the fault's. */
  did(what: string): void;
  /** Waits until this director has the VIP on its interface; resolves with the time since the
   * fault. */
  takesOver(host: DirectorName): Promise<number>;
  expect(text: string, held: boolean, found: string): void;
}

/** A rehearsal under way. */
interface Play {
  /** The moment of the fault, on the wall clock and on the prober's. */
  at: number;
  probedAt: number;
  begun: boolean;
  readonly events: Rehearsal["events"][number][];
  readonly expected: Expectation[];
}

export class Stage {
  readonly pair: Pair;
  readonly #watches: { readonly host: DirectorName; readonly watch: AddressWatch }[] = [];
  readonly #echoes = new Map<DirectorName, Running>();
  readonly #rehearsals: Rehearsal[] = [];
  /** Machines that were switched off with a VIP: nobody was left to print it. */
  readonly #switchedOff: { readonly host: DirectorName; readonly at: number }[] = [];
  #master = { master: "nobody", status: "", table: "" };

  constructor(pair: Pair) {
    this.pair = pair;
  }

  /** Keeps what the master and its kernel say while clients are at work. */
  async look(host: DirectorName): Promise<void> {
    const { network } = this.pair;
    const argv = [process.execPath, batonFile(), "status", "--root", rootOf(host)];
    const { stdout } = await network.exec(host, argv);
    const table = await network.must(host, ["ipvsadm", "-Ln"]);
    this.#master = { master: host, status: stdout, table };
  }

  outcome(complete: boolean): Outcome {
    const rehearsals = this.#rehearsals;
    const figures = { intervalMs: INTERVAL_MS, probeMs: PROBE_MS };
    return { directors: DIRECTORS, ...figures, rehearsals, complete, ...this.#master };
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
    this.#switchedOff.push({ host, at: wall() });
    await this.pair.reboot(host);
    await this.watch(host);
  }

  /** Plays one fault before clients that are at work, and keeps what they and the kernel saw. */
  async rehearse(
    name: string,
    title: string,
    limits: Limits,
    body: (scene: Scene) => Promise<void>,
  ): Promise<void> {
    say(title);
    const { network } = this.pair;
    const probe = await startProbe(network, "client", { address: VIP, interval: PROBE_MS });
    const play: Play = { at: wall(), probedAt: clock(), begun: false, events: [], expected: [] };
    const found = await survive(
      this.pair,
      async () => {
        await sleep(SYNC_MS);
        const before = await this.pair.holders();
        await body(this.#scene(play));
        await sleep(INTERVAL_MS);
        return { before, duration: wall() - play.at };
      },
      OUTAGE_RECOVERY_MS,
    );
    const { before, duration, held, alive, longest, short, failed } = found;
    const { at, probedAt, events, expected } = play;
    const seen = await probe.stop();
    const gap = longestGap(seen, probedAt, probedAt + duration);
    const connections = { held, alive, longest, tried: short, failed };
    const expectations = [...expected, ...judge(limits, gap, connections)];
    this.#rehearsals.push({
      name,
      title,
      duration,
      before,
      gap,
      expectations,
      vip: this.#vipChanges(at, duration),
      events: [...events, ...this.#transitions(at)].toSorted((a, b) => a.at - b.at),
      answered: seen.answers.map(({ at: when, by }) => ({ at: when - probedAt, by })),
      connections,
    });
    say(`  client: at most ${Math.round(gap)} ms unanswered; ${alive} of ${held} connections live`);
  }

  #scene(play: Play): Scene {
    return {
      pair: this.pair,
      did: (what) => {
        // The first deed is the fault: time begins with it.
        if (!play.begun) Object.assign(play, { at: wall(), probedAt: clock(), begun: true });
        play.events.push({ at: wall() - play.at, who: "demo", what });
      },
      takesOver: async (host) => {
        const gained = (): number | undefined =>
          this.#vipChanges(play.at, Number.POSITIVE_INFINITY).find(
            (change) => change.host === host && change.on,
          )?.at;
        const limit = { timeout: 15 * INTERVAL_MS };
        const took = await eventually(`${host} has the VIP`, gained, limit);
        say(`  ${host} has the VIP after ${Math.round(took)} ms`);
        return took;
      },
      expect: (text, held, found) => void play.expected.push({ text, held, found }),
    };
  }

  #vipChanges(at: number, duration: number): Rehearsal["vip"] {
    const watched = this.#watches.flatMap(({ host, watch }) =>
      watch.changes.map((change) => ({ at: change.at - at, host, on: change.present })),
    );
    const ended = this.#switchedOff.map((one) => ({ at: one.at - at, host: one.host, on: false }));
    return [...watched, ...ended]
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

/** What clients may notice. */
export interface Limits {
  /** Intervals without an answer. */
  readonly gap: number;
  /** Share of the held connections that lives on. */
  readonly alive: number;
  /** New connections that fail; undefined: during an outage nobody can say. */
  readonly failed: number | undefined;
}

function judge(
  limits: Limits,
  gap: number,
  { held, alive, tried, failed }: Rehearsal["connections"],
): readonly Expectation[] {
  const least = Math.ceil(held * limits.alive);
  const all = least === held ? `all ${held}` : `at least ${least} of ${held}`;
  return [
    {
      text: `clients wait for ${intervals(limits.gap)} at most`,
      held: gap <= limits.gap * INTERVAL_MS,
      found: `${Math.round(gap)} ms`,
    },
    { text: `${all} held connections live on`, held: alive >= least, found: String(alive) },
    ...(limits.failed === undefined
      ? []
      : [
          {
            text:
              limits.failed === 0
                ? "every new connection is served"
                : `at most ${limits.failed} new connections fail`,
            held: failed <= limits.failed,
            found: `${failed} of ${tried} failed`,
          },
        ]),
  ];
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

/** The director that is the only one with the VIP. */
export async function master(pair: Pair): Promise<DirectorName> {
  const [first, second] = await pair.holders();
  if (!first || second) throw new Error("there is no single master");
  return first;
}

/** What is counted while the director runs, for metrics: additions only, nothing waits for them. */
import { elapsed, type Instant } from "../../base/units.ts";
import type {
  DirectorEvent,
  DirectorState,
  DirectorStep,
  HeardAdvert,
} from "../../core/director/types.ts";
import type { PassResult } from "../../core/resync/types.ts";
import { createHistogram, type Histogram, type HistogramReading } from "./histogram.ts";

export interface Meters {
  /** After each step of the core. */
  stepped(event: DirectorEvent, before: DirectorState, step: DirectorStep, at: Instant): void;
  /** How late the loop's timer came, in milliseconds. */
  woke(late: number): void;
  repaired(): void;
  read(): MetersReading;
}

export interface MetersReading {
  readonly transitions: readonly Counted<"name" | "to" | "cause">[];
  readonly passes: readonly Counted<"kind" | "outcome">[];
  readonly records: readonly Counted<"kind">[];
  readonly repairs: number;
  /** By director: between two of its adverts, or heartbeats on one path. */
  readonly gaps: readonly { readonly director: string; readonly reading: HistogramReading }[];
  /** Own adverts, after their time. */
  readonly lateness: HistogramReading;
  readonly lag: HistogramReading;
}

export interface Counted<K extends string> {
  readonly labels: Readonly<Record<K, string>>;
  readonly count: number;
}

/** From the shortest interval that there is to the silence after the longest. */
const GAP_BOUNDS = [
  0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, 5, 10, 30, 60,
];
const LATE_BOUNDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/** Who speaks and is not of the pair is counted as one. */
const OTHERS = "other";

export function createMeters(): Meters {
  return new Counters();
}

class Counters implements Meters {
  readonly #transitions = createCounter<"name" | "to" | "cause">();
  readonly #passes = createCounter<"kind" | "outcome">();
  readonly #records = createCounter<"kind">();
  readonly #gaps = new Map<string, Histogram>();
  readonly #lateness = createHistogram(LATE_BOUNDS);
  readonly #lag = createHistogram(LATE_BOUNDS);
  #repairs = 0;

  stepped(event: DirectorEvent, before: DirectorState, step: DirectorStep, at: Instant): void {
    if (event.kind === "datagram") this.#datagram(event, before, step.state);
    else if (event.kind === "adverts") this.#adverts(event.heard, before, step.state);
    else if (event.kind === "deadline") this.#beats(before, at);
    else if (event.kind === "resynced") this.#passed(event.result);
    for (const effect of step.effects) {
      if (effect.kind !== "transition") continue;
      const { to, cause } = effect.transition;
      this.#transitions.add({ name: effect.instance, to, cause: cause.kind });
    }
  }

  woke(late: number): void {
    this.#lag.note(late / 1000);
  }

  repaired(): void {
    this.#repairs++;
  }

  read(): MetersReading {
    return {
      transitions: this.#transitions.read(),
      passes: this.#passes.read(),
      records: this.#records.read(),
      repairs: this.#repairs,
      gaps: [...this.#gaps].map(([director, gaps]) => ({ director, reading: gaps.read() })),
      lateness: this.#lateness.read(),
      lag: this.#lag.read(),
    };
  }

  /** Of what was believed: the path's view is another one then. */
  #datagram(
    { envelope, path }: Extract<DirectorEvent, { kind: "datagram" }>,
    before: DirectorState,
    after: DirectorState,
  ): void {
    const name = before.setup.peersById[envelope.sender]?.name ?? "";
    const [was, is] = [before.peers[name], after.peers[name]];
    const [last, view] = [was?.paths[path], is?.paths[path]];
    if (!last || !view || last === view || was?.session !== is?.session) return;
    // The parts of one utterance arrive together.
    if (last.utterance === view.utterance) return;
    this.#gap(name, elapsed(last.heardAt, view.heardAt));
  }

  #adverts(heard: readonly HeardAdvert[], before: DirectorState, after: DirectorState): void {
    for (const { instance } of heard) {
      const known = before.instances[instance]?.views ?? {};
      for (const view of Object.values(after.instances[instance]?.views ?? {})) {
        const last = known[view.director];
        // Who has let go is silent on purpose.
        if (!last?.report.claim || last === view || last.heardAt === view.heardAt) continue;
        const ours = Object.hasOwn(before.peers, view.director);
        this.#gap(ours ? view.director : OTHERS, elapsed(last.heardAt, view.heardAt));
      }
    }
  }

  #gap(director: string, gap: number): void {
    let gaps = this.#gaps.get(director);
    if (!gaps) this.#gaps.set(director, (gaps = createHistogram(GAP_BOUNDS)));
    gaps.note(gap / 1000);
  }

  #beats({ beats }: DirectorState, at: Instant): void {
    for (const beat of beats) {
      if (beat.at <= at) this.#lateness.note(elapsed(beat.at, at) / 1000);
    }
  }

  #passed({ kind, complete, sent }: PassResult): void {
    this.#passes.add({ kind, outcome: complete ? "complete" : "incomplete" });
    this.#records.add({ kind }, sent);
  }
}

interface Counter<K extends string> {
  add(labels: Readonly<Record<K, string>>, by?: number): void;
  read(): readonly Counted<K>[];
}

function createCounter<K extends string>(): Counter<K> {
  const counts = new Map<string, { labels: Readonly<Record<K, string>>; count: number }>();
  return {
    add: (labels, by = 1) => {
      const key = Object.values(labels).join("\0");
      const entry = counts.get(key) ?? { labels, count: 0 };
      entry.count += by;
      counts.set(key, entry);
    },
    read: () => [...counts.values()].map((entry) => ({ ...entry })),
  };
}

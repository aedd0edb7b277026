/** Looks at the service interfaces: whether anything is heard there, and whether witnesses answer. */
import { closeSync, openSync, readSync } from "node:fs";
import type { Ip } from "../base/ip.ts";
import { type Millis, ms } from "../base/units.ts";
import { shortestInterval } from "../config/intervals.ts";
import type { Config } from "../config/types.ts";
import { directorOf } from "../core/director/setup.ts";
import type { DirectorEvent, DirectorState } from "../core/director/types.ts";
import { openQuestion, type Question } from "../os/packet.ts";
import type { Network } from "./network.ts";
import { lookEvery } from "./rounds.ts";

/** Without a witness nothing is decided within intervals, so a look a second is enough. */
const RELAXED: Millis = ms(1000);
/** With one a takeover asks what was heard within the last interval. */
const LOOKS_AN_INTERVAL = 3;
const MIN_MS = 50;
/** Frames that are no heartbeats and yet the directors' own: they ask each other by ARP. */
const CHATTER = 1;

export interface LookoutOptions {
  readonly self: string;
  readonly config: Config;
  readonly network: Network;
  readonly state: () => DirectorState;
  readonly dispatch: (event: DirectorEvent) => void;
}

export interface Lookout {
  close(): void;
}

export function openLookout(options: LookoutOptions): Lookout {
  const { config } = options;
  const names = [...new Set(config.instances.map((instance) => instance.interface))];
  const posts = names.map((name) => new Post(name, options));
  const watched = config.instances.some(({ witness }) => witness !== undefined);
  const interval = shortestInterval(config);
  const period = watched
    ? Math.max(interval / LOOKS_AN_INTERVAL, MIN_MS)
    : Math.max(interval, RELAXED);
  const endRounds = lookEvery(ms(period), () => {
    for (const post of posts) post.look();
  });
  return {
    close: () => {
      endRounds();
      for (const post of posts) post.close();
    },
  };
}

/** One interface. */
class Post {
  readonly #name: string;
  readonly #options: LookoutOptions;
  readonly #witnesses: readonly Ip[];
  readonly #questions = new Map<Ip, Question>();
  #index: number | undefined;
  readonly #counter: FrameCounter;
  #frames: number | undefined;
  #heartbeats = 0;

  constructor(name: string, options: LookoutOptions) {
    this.#name = name;
    this.#counter = new FrameCounter(name);
    this.#options = options;
    this.#witnesses = [
      ...new Set(
        options.config.instances
          .filter((instance) => instance.interface === name)
          .flatMap(({ witness }) => witness?.addresses ?? []),
      ),
    ];
  }

  /** A link that is down or gone is a fault of its own: nothing is told of it here. */
  look(): void {
    const link = this.#options.network.link(this.#name);
    const frames = link?.running ? this.#counter.read() : undefined;
    if (frames === undefined) return;
    const paths = this.#paths();
    const heartbeats = this.#received(paths);
    const came = frames - (this.#frames ?? frames);
    const own = heartbeats - this.#heartbeats + CHATTER;
    const first = this.#frames === undefined;
    this.#frames = frames;
    this.#heartbeats = heartbeats;
    const witness = this.#witnesses.length === 0 ? undefined : this.#ask();
    if (first) return;
    const anything = paths.length > 0 ? came > 0 : undefined;
    const look = { anything, others: came > own, witness };
    this.#options.dispatch({ kind: "looked", interface: this.#name, look });
  }

  close(): void {
    this.#counter.close();
    this.#hangUp();
  }

  #hangUp(): void {
    for (const question of this.#questions.values()) question.close();
    this.#questions.clear();
  }

  /** Reads the answers to the last questions, and asks again. */
  #ask(): boolean {
    const link = this.#options.network.link(this.#name);
    if (link?.mac === undefined) return false;
    if (this.#index !== link.index) this.#hangUp();
    this.#index = link.index;
    let answered = false;
    for (const address of this.#witnesses) {
      try {
        const question =
          this.#questions.get(address) ??
          openQuestion(address, { index: link.index, mac: link.mac });
        this.#questions.set(address, question);
        question.drain(() => {
          answered = true;
        });
        question.ask();
      } catch {
        // What cannot be asked does not answer.
        this.#questions.get(address)?.close();
        this.#questions.delete(address);
      }
    }
    return answered;
  }

  /** The paths of this director whose address stands on this interface. */
  #paths(): readonly number[] {
    const { config, self, network } = this.#options;
    const here = new Set(
      network.addresses().flatMap((one) => (one.interface === this.#name ? [one.address] : [])),
    );
    return directorOf(config, self).paths.flatMap(({ address }, index) =>
      here.has(address) ? [index] : [],
    );
  }

  /** Heartbeats that came in by these paths so far. */
  #received(paths: readonly number[]): number {
    return Object.values(this.#options.state().peers)
      .flatMap((peer) => paths.map((path) => peer.paths[path]?.received ?? 0))
      .reduce((sum, count) => sum + count, 0);
  }
}

/** Kept open: a read of sysfs is memory, and costs a hundredth of what opening it anew does. */
class FrameCounter {
  readonly #path: string;
  readonly #buffer = Buffer.alloc(24);
  #fd: number | undefined;

  constructor(link: string) {
    this.#path = `/sys/class/net/${link}/statistics/rx_packets`;
  }

  /** Undefined where the link has gone, or is another one under the same name. */
  read(): number | undefined {
    try {
      this.#fd ??= openSync(this.#path, "r");
      const length = readSync(this.#fd, this.#buffer, 0, this.#buffer.length, 0);
      return Number(this.#buffer.toString("latin1", 0, length));
    } catch {
      this.close();
      return undefined;
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

/** Server-sent events: the newest view to everyone who listens, and never an older one later. */
import type { ServerResponse } from "node:http";

export interface EventsOptions {
  /** The newest view, on one line, given when the one after it comes at the latest. */
  readonly view: (nextMs: number) => Promise<string>;
  readonly onProblem: (error: unknown) => void;
  /** Instead of a second. */
  readonly cadenceMs?: number | undefined;
}

export interface Events {
  /** False where there are listeners enough. */
  join(response: ServerResponse): boolean;
  /** Something happened that a listener should not wait for. */
  changed(): void;
  close(): void;
}

export const MAX_LISTENERS = 16;
const CADENCE_MS = 1000;
/** What happens at once is told at once. */
const SOON_MS = 100;
/** Views take this part of the loop's time at most: a large table is told more seldom. */
const SHARE = 20;
/** So many views were made while a listener had not taken the one before: it is gone. */
const MAX_BEHIND = 10;

export function createEvents(options: EventsOptions): Events {
  return new Audience(options);
}

class Audience implements Events {
  readonly #options: EventsOptions;
  readonly #cadence: number;
  /** How many views each one has not been told of, for the one before still waits. */
  readonly #behind = new Map<ServerResponse, number>();
  #timer: NodeJS.Timeout | undefined;
  #due = 0;
  #making = false;
  #again = false;
  /** After the last view, and when that is over. */
  #rest = 0;
  #rested = 0;

  constructor(options: EventsOptions) {
    this.#options = options;
    this.#cadence = options.cadenceMs ?? CADENCE_MS;
  }

  join(response: ServerResponse): boolean {
    if (this.#behind.size >= MAX_LISTENERS) return false;
    this.#behind.set(response, 0);
    response.once("close", () => this.#behind.delete(response));
    this.#within(0);
    return true;
  }

  changed(): void {
    this.#within(SOON_MS);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const response of this.#behind.keys()) response.destroy();
    this.#behind.clear();
  }

  #within(delay: number): void {
    if (this.#behind.size === 0) return;
    if (this.#making) {
      this.#again = true;
      return;
    }
    const due = Math.max(performance.now() + delay, this.#rested);
    if (this.#timer !== undefined && this.#due <= due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => void this.#tell(), due - performance.now()).unref();
  }

  async #tell(): Promise<void> {
    this.#timer = undefined;
    if (this.#behind.size === 0) return;
    this.#making = true;
    this.#again = false;
    const since = performance.now();
    try {
      const line = await this.#options.view(Math.max(this.#cadence, this.#rest));
      this.#send(`data: ${line}\n\n`);
    } catch (error) {
      this.#options.onProblem(error);
    }
    this.#making = false;
    this.#rest = (performance.now() - since) * SHARE;
    this.#rested = performance.now() + this.#rest;
    this.#within(this.#again ? SOON_MS : this.#cadence);
  }

  #send(event: string): void {
    for (const [response, behind] of this.#behind) {
      if (response.writableLength === 0) {
        response.write(event);
        this.#behind.set(response, 0);
      } else if (behind >= MAX_BEHIND) response.destroy();
      else this.#behind.set(response, behind + 1);
    }
  }
}

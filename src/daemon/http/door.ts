/** Where a listener stands: moved by a reload, tried again where a start can not have it yet. */
import { messageOf } from "../../base/errors.ts";
import type { Log } from "../log.ts";
import type { Address } from "./answer.ts";
import type { Listener } from "./listener.ts";

export interface DoorOptions<Wish> {
  /** Its key in baton.yaml. */
  readonly key: "metrics" | "page";
  readonly open: (wish: Wish) => Promise<Listener>;
  readonly log: Pick<Log, "error" | "info">;
  /** Between two trials of an address that could not be had at the start. */
  readonly retryMs?: number | undefined;
}

export interface Door<Wish> {
  /** At a start: what can not be had yet is tried again and again. */
  begin(wish: Wish | undefined): void;
  /** Rejects, and listens where it did before, where the address can not be had. */
  listenOn(wish: Wish | undefined): Promise<void>;
  close(): Promise<void>;
}

/** An address may come up later than the daemon does. */
const RETRY_MS = 5000;

export function createDoor<Wish extends Address>(options: DoorOptions<Wish>): Door<Wish> {
  const doorway = new Doorway(options);
  return {
    begin: (wish) => doorway.begin(wish),
    listenOn: (wish) => doorway.listenOn(wish),
    close: () => doorway.close(),
  };
}

class Doorway<Wish extends Address> {
  readonly #options: DoorOptions<Wish>;
  #listener: Listener | undefined;
  #wish: Wish | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** What was begun for an older wish opens nothing any more. */
  #round = 0;

  constructor(options: DoorOptions<Wish>) {
    this.#options = options;
  }

  begin(wish: Wish | undefined): void {
    const { log } = this.#options;
    this.#open(wish).catch((error: unknown) => {
      log.error(`${messageOf(error)}; it is tried again`);
      this.#again(wish);
    });
  }

  async listenOn(wish: Wish | undefined): Promise<void> {
    const before = this.#wish;
    // Also where it is still being tried: another reload is not refused for it.
    if (JSON.stringify(before) === JSON.stringify(wish)) return;
    // The new one may be another address of the same port.
    await this.#shut();
    try {
      await this.#open(wish);
    } catch (error) {
      await this.#open(before).catch(() => this.#again(before));
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#shut();
  }

  async #open(wish: Wish | undefined): Promise<void> {
    this.#wish = wish;
    if (!wish) return;
    const round = this.#round;
    const { key, open, log } = this.#options;
    const listener = await open(wish);
    if (round !== this.#round) return listener.close();
    this.#listener = listener;
    log.info(`${key}: told on ${wish.address} port ${wish.port}`);
  }

  async #shut(): Promise<void> {
    this.#round++;
    clearTimeout(this.#retry);
    const listener = this.#listener;
    this.#listener = undefined;
    await listener?.close();
  }

  #again(wish: Wish | undefined): void {
    const round = this.#round;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#open(wish).catch(() => {
        if (round === this.#round) this.#again(wish);
      });
    }, this.#options.retryMs ?? RETRY_MS).unref();
  }
}

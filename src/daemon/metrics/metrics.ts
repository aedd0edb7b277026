/** Metrics of a running director: made when somebody asks, and told where the configuration says. */
import { messageOf } from "../../base/errors.ts";
import { elapsed, type Instant } from "../../base/units.ts";
import type { Snapshot } from "../../core/director/snapshot-types.ts";
import { now } from "../../os/clock.ts";
import type { Log } from "../log.ts";
import type { Address, Listener } from "./listener.ts";
import type { Meters } from "./meters.ts";

export interface MetricsOptions {
  readonly running: { snapshotInTurns(): Promise<Snapshot> };
  readonly meters: Pick<Meters, "read">;
  readonly log: Pick<Log, "error" | "info">;
  /** Between two trials of an address that could not be had at the start. */
  readonly retryMs?: number;
}

export interface Metrics {
  /** The text that Prometheus reads. */
  render(): Promise<string>;
  /** At a start: what can not be had yet is tried again and again. */
  begin(address: Address | undefined): void;
  /** Rejects, and listens where it did before, where the address can not be had. */
  listenOn(address: Address | undefined): Promise<void>;
  close(): Promise<void>;
}

/** Whoever asks again within this gets the same answer: a crowd of readers costs one. */
const REUSE_MS = 1000;
/** An address may come up later than the daemon does. */
const RETRY_MS = 5000;

export const createMetrics = (options: MetricsOptions): Metrics => new Teller(options);

class Teller implements Metrics {
  readonly #options: MetricsOptions;
  #listener: Listener | undefined;
  #address: Address | undefined;
  #retry: NodeJS.Timeout | undefined;
  #told: { readonly text: Promise<string>; readonly at: Instant } | undefined;
  #closed = false;

  constructor(options: MetricsOptions) {
    this.#options = options;
  }

  render(): Promise<string> {
    if (this.#told && elapsed(this.#told.at, now()) < REUSE_MS) return this.#told.text;
    const told = { text: this.#make(), at: now() };
    this.#told = told;
    // A text of many servers is not kept for long.
    const forget = (): void => {
      if (this.#told === told) this.#told = undefined;
    };
    told.text.catch(forget);
    setTimeout(forget, REUSE_MS).unref();
    return told.text;
  }

  begin(address: Address | undefined): void {
    this.listenOn(address).catch((error: unknown) => {
      this.#options.log.error(`${messageOf(error)}; it is tried again`);
      this.#again(address);
    });
  }

  async listenOn(address: Address | undefined): Promise<void> {
    const before = this.#address;
    // Also where it is still being tried: another reload is not refused for it.
    if (sameAddress(before, address)) return;
    clearTimeout(this.#retry);
    // The new one may be another address of the same port.
    await this.#shut();
    try {
      await this.#open(address);
    } catch (error) {
      await this.#open(before).catch(() => this.#again(before));
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#shut();
  }

  /** Loaded when it is needed: no start waits for it. */
  async #make(): Promise<string> {
    const { exposition } = await import("./exposition.ts");
    const { running, meters } = this.#options;
    return exposition(await running.snapshotInTurns(), meters.read());
  }

  async #open(address: Address | undefined): Promise<void> {
    this.#address = address;
    if (!address || this.#closed) return;
    const { openListener } = await import("./listener.ts");
    const { log } = this.#options;
    const listener = await openListener(address, () => this.render(), log.error);
    this.#listener = listener;
    log.info(`metrics are told on ${address.address} port ${address.port}`);
    if (this.#closed) await this.#shut();
  }

  async #shut(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    await listener?.close();
  }

  #again(address: Address | undefined): void {
    if (this.#closed) return;
    this.#address = address;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#open(address).catch(() => this.#again(address));
    }, this.#options.retryMs ?? RETRY_MS).unref();
  }
}

const sameAddress = (a: Address | undefined, b: Address | undefined): boolean =>
  a?.address === b?.address && a?.port === b?.port;

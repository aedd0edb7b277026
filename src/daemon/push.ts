/** This configuration for the other directors: offered to them, and taken from them. */
import { BatonError, messageOf } from "../base/errors.ts";
import type { Ip } from "../base/ip.ts";
import { ms } from "../base/units.ts";
import type { Config } from "../config/types.ts";
import type { PlanReply, PushReply, PushRequest } from "../control/api.ts";
import { addressOf, directorOf } from "../core/director/setup.ts";
import { offer, type Receiver, receivePushes } from "../os/push-channel.ts";
import type { Log } from "./log.ts";
import type { Reloads } from "./reloads.ts";
import type { Running } from "./running.ts";
import { readSecrets } from "./voices.ts";

export interface PushOptions {
  readonly running: Pick<Running, "loop">;
  readonly reloads: Reloads;
  readonly self: string;
  readonly log: Log;
}

export interface Pushes {
  /** Offers what runs here to one director, or to all others. */
  push(request: PushRequest): Promise<PushReply>;
  /** Listens as the configuration has it now. */
  refresh(): Promise<void>;
  close(): void;
}

/** What is said on the channel. */
interface Offer {
  readonly cluster: string;
  readonly director: string;
  readonly text: string;
  readonly move: boolean;
  readonly confirmMs: number | undefined;
}

/** An address that is not usable yet will be. */
const AGAIN_MS = 5000;

export function createPushes(options: PushOptions): Pushes {
  return new Channel(options);
}

class Channel implements Pushes {
  readonly #options: PushOptions;
  #receiver: Receiver | undefined;
  #listening: string | undefined;
  #again: NodeJS.Timeout | undefined;
  #closed = false;
  #refreshing: Promise<void> = Promise.resolve();

  constructor(options: PushOptions) {
    this.#options = options;
  }

  async push(request: PushRequest): Promise<PushReply> {
    const { self } = this.#options;
    const others = this.#config.directors.map(({ name }) => name).filter((name) => name !== self);
    const { director } = request;
    if (director !== undefined && !others.includes(director)) {
      const sentence = `there is no other director ${director}; there is ${others.join(", ")}`;
      return { done: false, sentence, replies: [] };
    }
    const to = director === undefined ? others : [director];
    const replies = await Promise.all(to.map((name) => this.#offerTo(name, request)));
    const done = replies.every(({ reply }) => reply.done);
    const said = replies.map((one) => `${one.director}: ${one.reply.sentence}`);
    return { done, sentence: said.join("\n"), replies };
  }

  /** One after the other: the port is one receiver's. */
  refresh(): Promise<void> {
    this.#refreshing = this.#refreshing.then(() => this.#listen());
    return this.#refreshing;
  }

  /** Never rejects. */
  async #listen(): Promise<void> {
    clearTimeout(this.#again);
    const config = this.#config;
    const secrets = await readSecrets(config).catch(() => []);
    const address = addressOf(directorOf(config, this.#options.self));
    const keys = secrets.map(({ id, key }) => [id, Buffer.from(key).toString("hex")]);
    const listening = JSON.stringify([address, config.heartbeat.port, keys, config.directors]);
    if (this.#closed || (listening === this.#listening && this.#receiver)) return;
    this.#receiver?.close();
    this.#receiver = undefined;
    this.#listening = listening;
    // Without a key anybody could configure this host.
    if (secrets.length === 0) return;
    try {
      this.#receiver = await receivePushes({
        address,
        port: config.heartbeat.port,
        secrets,
        peers: peersOf(config, this.#options.self),
        onRequest: (text, from) => this.#taken(text, from),
        onTrouble: (sentence) => this.#options.log.warn(`push: ${sentence}`),
      });
      if (this.#closed) this.#receiver.close();
    } catch (error) {
      this.#options.log.warn(`no configuration can be pushed to this host: ${messageOf(error)}`);
      this.#again = setTimeout(() => void this.refresh(), AGAIN_MS).unref();
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#again);
    this.#receiver?.close();
  }

  get #config(): Config {
    return this.#options.running.loop.state().setup.config;
  }

  async #offerTo(
    name: string,
    { move, confirmMs }: PushRequest,
  ): Promise<PushReply["replies"][number]> {
    const { self, reloads } = this.#options;
    try {
      const config = this.#config;
      const [secret] = await readSecrets(config);
      if (!secret) throw new BatonError("BATON_SECRET", WITHOUT_KEY, { remedy: KEY_REMEDY });
      const text = await reloads.text();
      const said: Offer = { cluster: config.cluster, director: self, text, move, confirmMs };
      const ends = {
        to: { address: addressOf(directorOf(config, name)), port: config.heartbeat.port },
        from: addressOf(directorOf(config, self)),
        secret,
      };
      const answer = JSON.parse(await offer(ends, JSON.stringify(said))) as PlanReply;
      return { director: name, reply: answer };
    } catch (error) {
      const remedy = error instanceof BatonError ? `\n    ${error.remedy}` : "";
      const sentence = `${messageOf(error)}${remedy}`;
      return { director: name, reply: refused(sentence) };
    }
  }

  /** It is signed: whoever knows the key of the pair may. */
  async #taken(text: string, from: string): Promise<string> {
    const { reloads } = this.#options;
    const said = parsed(text);
    if (!said) return JSON.stringify(refused("that is no offer of a configuration"));
    const { cluster } = this.#config;
    if (said.cluster !== cluster) {
      return JSON.stringify(refused(`this is a director of ${cluster}, not of ${said.cluster}`));
    }
    const how = `pushed by ${said.director} (${from})`;
    const confirm = said.confirmMs === undefined ? undefined : ms(said.confirmMs);
    return JSON.stringify(await reloads.take(said.text, how, { move: said.move, confirm }));
  }
}

const refused = (sentence: string): PlanReply => ({
  done: false,
  sentence,
  plan: undefined,
  invalid: false,
});

const WITHOUT_KEY = "nobody is believed on the push channel without a key";
const KEY_REMEDY = "Give both directors one with `heartbeat.secretFile`.";

const peersOf = ({ directors }: Config, self: string): ReadonlySet<Ip> =>
  new Set(
    directors
      .filter(({ name }) => name !== self)
      .flatMap(({ paths }) => paths.map(({ address }) => address)),
  );

function parsed(text: string): Offer | undefined {
  try {
    const { cluster, director, text: file, move, confirmMs } = JSON.parse(text) as Partial<Offer>;
    const texts = [cluster, director, file].every((one) => typeof one === "string");
    const span = confirmMs === undefined || (Number.isFinite(confirmMs) && confirmMs > 0);
    if (!texts || typeof move !== "boolean" || !span) return undefined;
    return { cluster, director, text: file, move, confirmMs } as Offer;
  } catch {
    return undefined;
  }
}

/** What directors say to each other beside heartbeats: offers of a configuration, questions. */
import { BatonError, messageOf } from "../base/errors.ts";
import type { Ip } from "../base/ip.ts";
import type { Places } from "../base/places.ts";
import { ms } from "../base/units.ts";
import type { Config } from "../config/types.ts";
import type {
  PeerAnswer,
  PeerQuestion,
  PeersReply,
  PlanReply,
  PushReply,
  PushRequest,
} from "../control/api.ts";
import { addressOf, directorOf } from "../core/director/setup.ts";
import { offer, type Receiver, receivePushes } from "../os/push-channel.ts";
import type { Chronicle } from "./chronicle.ts";
import { latelyOf } from "./lately.ts";
import type { Log } from "./log.ts";
import { answerTo, type PeerText, questionIn } from "./peer-answer.ts";
import type { Reloads } from "./reloads.ts";
import type { Running } from "./running.ts";
import { readSecrets } from "./voices.ts";

export interface PushOptions {
  readonly running: Pick<Running, "loop">;
  readonly reloads: Reloads;
  readonly self: string;
  readonly places: Places;
  readonly chronicle: Chronicle;
  readonly log: Log;
}

export interface Pushes {
  /** Offers what runs here to one director, or to all others. */
  push(request: PushRequest): Promise<PushReply>;
  /** Asks all others. */
  ask(question: PeerQuestion): Promise<PeersReply>;
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

  async ask(question: PeerQuestion): Promise<PeersReply> {
    const answers = await Promise.all(this.#others().map((name) => this.#asked(name, question)));
    const missing = answers.filter(({ done }) => !done);
    const said = missing.map((one) => `${one.director}: ${one.sentence}`);
    return { done: missing.length === 0, sentence: said.join("\n"), answers };
  }

  async push(request: PushRequest): Promise<PushReply> {
    const others = this.#others();
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

  #others(): readonly string[] {
    return this.#config.directors
      .map(({ name }) => name)
      .filter((name) => name !== this.#options.self);
  }

  get #config(): Config {
    return this.#options.running.loop.state().setup.config;
  }

  async #offerTo(
    name: string,
    { move, confirmMs }: PushRequest,
  ): Promise<PushReply["replies"][number]> {
    try {
      const text = await this.#options.reloads.text();
      const reply = (await this.#tell(name, { text, move, confirmMs })) as PlanReply;
      return { director: name, reply };
    } catch (error) {
      return { director: name, reply: refused(troubleOf(error)) };
    }
  }

  async #asked(director: string, question: PeerQuestion): Promise<PeerAnswer> {
    const began = Date.now();
    try {
      const { done, sentence, text, now } = (await this.#tell(director, question)) as PeerText;
      // One of an older version takes it for an offer, and refuses that.
      const answered = done && typeof text === "string" && typeof now === "number";
      const aheadMs = answered ? now - (began + Date.now()) / 2 : undefined;
      return { director, done: answered, sentence, text: answered ? text : undefined, aheadMs };
    } catch (error) {
      const sentence = troubleOf(error);
      return { director, done: false, sentence, text: undefined, aheadMs: undefined };
    }
  }

  /** Rejects where it could not be said, or nothing of sense was answered. */
  async #tell(name: string, said: Omit<Offer, "cluster" | "director"> | PeerQuestion) {
    const config = this.#config;
    const { self } = this.#options;
    const [secret] = await readSecrets(config);
    if (!secret) throw new BatonError("BATON_SECRET", WITHOUT_KEY, { remedy: KEY_REMEDY });
    const ends = {
      to: { address: addressOf(directorOf(config, name)), port: config.heartbeat.port },
      from: addressOf(directorOf(config, self)),
      secret,
      ...("ask" in said && { limitMs: ANSWER_LIMIT_MS }),
    };
    const text = JSON.stringify({ cluster: config.cluster, director: self, ...said });
    return JSON.parse(await offer(ends, text)) as unknown;
  }

  #answer(question: PeerQuestion): Promise<PeerText> {
    const { places, chronicle } = this.#options;
    return answerTo(question, { places, lately: () => latelyOf(chronicle) });
  }

  /** It is signed: whoever knows the key of the pair may. */
  async #taken(text: string, from: string): Promise<string> {
    const read = recordIn(text);
    const said = questionIn(read) ?? offerIn(read);
    const { cluster } = this.#config;
    if (!said) return JSON.stringify(refused("that is no offer of a configuration"));
    if (read["cluster"] !== cluster) {
      return JSON.stringify(refused(anotherPair(cluster, String(read["cluster"]))));
    }
    if ("ask" in said) return JSON.stringify(await this.#answer(said));
    const how = `pushed by ${said.director} (${from})`;
    const confirm = said.confirmMs === undefined ? undefined : ms(said.confirmMs);
    const { reloads } = this.#options;
    return JSON.stringify(await reloads.take(said.text, how, { move: said.move, confirm }));
  }
}

/** The name is made of the directors' names where the file says none: a renamed one changes it. */
const anotherPair = (here: string, there: string): string =>
  `this is a director of ${here}, not of ${there}: a push can not change the name of the pair. ` +
  `Keep it with \`cluster: ${here}\`, or copy the file here and \`baton reload\``;

const refused = (sentence: string): PlanReply => ({
  done: false,
  sentence,
  plan: undefined,
  invalid: false,
});

const troubleOf = (error: unknown): string =>
  error instanceof BatonError ? `${error.message}\n    ${error.remedy}` : messageOf(error);

/** Some million connections are read in that. */
const ANSWER_LIMIT_MS = 30_000;

const WITHOUT_KEY = "nobody is believed on the push channel without a key";
const KEY_REMEDY = "Give both directors one with `heartbeat.secretFile`.";

const peersOf = ({ directors }: Config, self: string): ReadonlySet<Ip> =>
  new Set(
    directors
      .filter(({ name }) => name !== self)
      .flatMap(({ paths }) => paths.map(({ address }) => address)),
  );

/** Empty where it is none. */
function recordIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return { ...(JSON.parse(text) as object) };
  } catch {
    return {};
  }
}

function offerIn(read: Partial<Offer>): Offer | undefined {
  const { cluster, director, text, move, confirmMs } = read;
  const texts = [cluster, director, text].every((one) => typeof one === "string");
  const span = confirmMs === undefined || (Number.isFinite(confirmMs) && confirmMs > 0);
  if (!texts || typeof move !== "boolean" || !span) return undefined;
  return { cluster, director, text, move, confirmMs } as Offer;
}

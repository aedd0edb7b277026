/** Reloads one after the other, and what ran before. */
import { messageOf } from "../base/errors.ts";
import type { Millis } from "../base/units.ts";
import type { PastConfiguration, PlanReply, Reply } from "../control/api.ts";
import type { ConfigurationFacts, ReloadFact } from "../core/director/observed.ts";
import { now } from "../os/clock.ts";
import { read } from "./configuration.ts";
import { replaceFile } from "./configuration-file.ts";
import type { Journal } from "./journal.ts";
import type { PastConfigurations } from "./past-configurations.ts";
import { plan, type ReloadOptions, refusalOf, reload } from "./reload.ts";
import { awaitedOf, createWayBack, type WayBack } from "./way-back.ts";

export interface ReloadsOptions extends Omit<ReloadOptions, "isEnding"> {
  readonly past: PastConfigurations;
  /** What begins to run. */
  readonly text: string | undefined;
  readonly journal: Journal;
  readonly file: string;
}

export interface ReloadRequest {
  /** Roles may move. */
  readonly move: boolean;
  /** It goes back by itself after so long unless it is confirmed. */
  readonly confirm: Millis | undefined;
}

export interface Reloads {
  plan(file: string | undefined): Promise<PlanReply>;
  reload(request: ReloadRequest): Promise<PlanReply>;
  /** SIGHUP: nobody waits, and no role moves. During another reload it waits for its end. */
  signalled(): void;
  /** Somebody else's text, for the file as well. */
  take(text: string, how: string, request: ReloadRequest): Promise<PlanReply>;
  /** What runs, as it was written. */
  text(): Promise<string>;
  confirm(): Promise<Reply>;
  /** Undefined: the one that ran before. */
  rollback(number: number | undefined, move: boolean): Promise<PlanReply>;
  history(): readonly PastConfiguration[];
  facts(): ConfigurationFacts;
  /** Called when another configuration has begun to run. */
  onTaken(listener: () => void): void;
  close(): void;
}

const REFUSED = { done: false, plan: undefined, invalid: false } as const;
const BUSY: PlanReply = { ...REFUSED, sentence: "another reload is under way" };

export function createReloads(options: ReloadsOptions): Reloads {
  return new Keeper(options);
}

class Keeper implements Reloads {
  readonly #options: ReloadsOptions & ReloadOptions;
  readonly #wayBack: WayBack;
  #busy = false;
  #closed = false;
  #loadedAt = now();
  #last: ReloadFact | undefined;
  /** What runs, as it was written. */
  #text: string | undefined;
  /** A reload that nobody waits for was asked for during another one. */
  #again = false;
  #onTaken: () => void = () => undefined;

  constructor(options: ReloadsOptions) {
    const isEnding = (): boolean => this.#closed || options.running.loop.state().stopping;
    this.#options = { ...options, isEnding };
    this.#text = options.text;
    this.#wayBack = createWayBack({
      past: options.past,
      isBusy: () => this.#busy,
      goBack: (number) => this.#goBack(number),
    });
  }

  /** Alone as well: each takes a thread for as long as the file is large. */
  plan(file: string | undefined): Promise<PlanReply> {
    return this.#alone(async () => {
      try {
        const planned = await plan(this.#options, file ?? this.#options.file);
        const count = planned.operations.length;
        const some = `${count} operation${count === 1 ? "" : "s"}`;
        const sentence = count === 0 ? "nothing would change" : some;
        return { done: true, sentence, plan: planned, invalid: false };
      } catch (error) {
        return { ...REFUSED, ...refusalOf(error) };
      }
    });
  }

  reload(request: ReloadRequest): Promise<PlanReply> {
    return this.#alone(async () => {
      try {
        return await this.#confirmed(await read(this.#options.file), "reload", request);
      } catch (error) {
        return this.#refused("reload", refusalOf(error));
      }
    });
  }

  signalled(): void {
    this.#again = this.#busy;
    if (!this.#busy) void this.reload({ move: false, confirm: undefined });
  }

  take(text: string, how: string, request: ReloadRequest): Promise<PlanReply> {
    return this.#alone(async () => {
      const reply = await this.#confirmed(text, how, request);
      return reply.done ? await this.#written(text, reply) : reply;
    });
  }

  async text(): Promise<string> {
    return this.#text ?? (await read(this.#options.file));
  }

  async confirm(): Promise<Reply> {
    if (this.#busy) return BUSY;
    if (!this.#wayBack.open()) return { done: false, sentence: "nothing waits to be confirmed" };
    await this.#wayBack.shut();
    this.#options.log.info("the configuration is confirmed");
    return { done: true, sentence: "the configuration stays" };
  }

  rollback(number: number | undefined, move: boolean): Promise<PlanReply> {
    return this.#alone(() => this.#rollback(number, move));
  }

  async #rollback(number: number | undefined, move: boolean): Promise<PlanReply> {
    const { past } = this.#options;
    const list = past.list();
    const wanted = number ?? (await this.#before());
    const entry = list.find((one) => one.number === wanted);
    const text = entry && (await past.textOf(entry.number).catch(() => undefined));
    if (entry && text !== undefined) return await this.#back(entry, text, move);
    const known = list.map((one) => one.number).join(", ");
    const sought = wanted === undefined ? "nothing ran before this" : `there is no ${wanted}`;
    const has = `\`baton history --config\` has ${known || "none"}`;
    return this.#refused("rollback", { sentence: `${sought}; ${has}`, invalid: false });
  }

  /** The number of what ran before; the newest itself where what runs could not be kept. */
  async #before(): Promise<number | undefined> {
    const { past } = this.#options;
    const [last, before] = past.list().slice(-2).reverse();
    const text = last && (await past.textOf(last.number).catch(() => undefined));
    return text === this.#text ? before?.number : last?.number;
  }

  history(): readonly PastConfiguration[] {
    return this.#options.past.list();
  }

  facts(): ConfigurationFacts {
    return {
      file: this.#options.file,
      loadedAt: this.#loadedAt,
      lastReload: this.#last,
      confirmUntil: this.#wayBack.open()?.until,
    };
  }

  onTaken(listener: () => void): void {
    this.#onTaken = listener;
  }

  close(): void {
    this.#closed = true;
    this.#wayBack.close();
  }

  async #back({ number }: PastConfiguration, text: string, move: boolean): Promise<PlanReply> {
    const reply = await this.#run(text, `rollback to ${number}`, move);
    if (!reply.done) return reply;
    const written = await this.#written(text, reply);
    await this.#wayBack.shut();
    return written;
  }

  /** The file as well: a restart must not bring back what was taken back. */
  async #written(text: string, reply: PlanReply): Promise<PlanReply> {
    const { file, log } = this.#options;
    try {
      await replaceFile(file, text);
      return reply;
    } catch (error) {
      const sentence = `${file} could not be written (${messageOf(error)}): a restart reads it`;
      log.error(sentence);
      return { ...reply, sentence: `${reply.sentence}; ${sentence}` };
    }
  }

  /** `#run`, and the way back where it is to be confirmed. */
  async #confirmed(
    text: string,
    how: string,
    { move, confirm }: ReloadRequest,
  ): Promise<PlanReply> {
    const { past } = this.#options;
    const back = this.#wayBack.open()?.number ?? past.list().at(-1)?.number;
    const before = past.awaited();
    // Known before it runs: whoever is killed in between goes back as well.
    if (confirm !== undefined && back !== undefined)
      await past.setAwaited(awaitedOf(back, confirm));
    const reply = await this.#run(text, how, move);
    const same = reply.plan?.operations.length === 0;
    // What is the same again confirms nothing, and has nothing to go back to.
    if (!reply.done || (same && (confirm === undefined || !this.#wayBack.open()))) {
      if (past.awaited() !== before) await past.setAwaited(before);
      return reply;
    }
    if (confirm === undefined || back === undefined) {
      await this.#wayBack.shut();
      return reply;
    }
    this.#wayBack.await(back, confirm);
    const more = `it goes back in ${confirm / 1000} s unless somebody says: baton confirm`;
    return { ...reply, sentence: `${reply.sentence}; ${more}` };
  }

  async #run(text: string, how: string, move: boolean): Promise<PlanReply> {
    const { file, log, past } = this.#options;
    const reloaded = await reload(this.#options, { file, text, move });
    const { done, sentence, plan: planned, configuration, invalid } = reloaded;
    if (!configuration) return { ...this.#refused(how, reloaded), plan: planned };
    this.#note(how, done, sentence);
    for (const { subject, what } of planned?.operations ?? []) log.info(`${subject}: ${what}`);
    log.info(`${how}: ${sentence}`, { digest: configuration.digest });
    this.#loadedAt = now();
    this.#text = text;
    this.#onTaken();
    const { digest } = configuration;
    try {
      await past.add(text, { digest, how });
      return { done, sentence, plan: planned, invalid };
    } catch (error) {
      const unkept = `it could not be kept for a rollback: ${messageOf(error)}`;
      log.warn(unkept);
      return { done, sentence: `${sentence}; ${unkept}`, plan: planned, invalid };
    }
  }

  #refused(how: string, { sentence, invalid }: Pick<PlanReply, "sentence" | "invalid">): PlanReply {
    this.#options.log.error(`${how} refused, and nothing has changed: ${sentence}`);
    this.#note(how, false, sentence);
    return { ...REFUSED, sentence, invalid };
  }

  #note(how: string, done: boolean, sentence: string): void {
    this.#last = { at: now(), time: new Date().toISOString(), done, sentence };
    this.#options.journal.note({ kind: "reload", how, done, sentence });
  }

  /** What can not be gone back to is told as a refused reload, and not tried for ever. */
  async #goBack(number: number): Promise<void> {
    this.#options.log.error("nobody confirmed the configuration: it goes back");
    await this.#alone(() => this.#rollback(number, true));
    await this.#wayBack.shut();
  }

  async #alone(work: () => Promise<PlanReply>): Promise<PlanReply> {
    if (this.#busy) return BUSY;
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
      if (this.#again) this.signalled();
    }
  }
}

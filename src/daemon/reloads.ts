/** Reloads one after the other, what ran before, and the way back where nobody confirms. */
import { chown, realpath, stat } from "node:fs/promises";
import { messageOf } from "../base/errors.ts";
import { after, type Instant, type Millis, ms } from "../base/units.ts";
import {
  MAX_CONFIRM_MS,
  type PastConfiguration,
  type PlanReply,
  type Reply,
} from "../control/api.ts";
import type { ConfigurationFacts, ReloadFact } from "../core/director/observed.ts";
import { bootId, bootTime, now } from "../os/clock.ts";
import { writeAtomic } from "../os/files.ts";
import { read } from "./configuration.ts";
import type { PastConfigurations } from "./past-configurations.ts";
import { plan, type ReloadOptions, refusalText, reload } from "./reload.ts";

export interface ReloadsOptions extends ReloadOptions {
  readonly past: PastConfigurations;
  /** What begins to run. */
  readonly text: string | undefined;
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

interface Unconfirmed {
  readonly timer: NodeJS.Timeout;
  readonly until: Instant;
  /** What it goes back to. */
  readonly number: number;
}

const PRIVATE = 0o600;
const BUSY_PAUSE = ms(1000);
const BUSY: PlanReply = { done: false, sentence: "another reload is under way", plan: undefined };

export function createReloads(options: ReloadsOptions): Reloads {
  return new Keeper(options);
}

class Keeper implements Reloads {
  readonly #options: ReloadsOptions;
  #busy = false;
  #loadedAt = now();
  #last: ReloadFact | undefined;
  #unconfirmed: Unconfirmed | undefined;
  /** What runs, as it was written. */
  #text: string | undefined;
  /** A reload that nobody waits for was asked for during another one. */
  #again = false;
  #onTaken: () => void = () => undefined;

  constructor(options: ReloadsOptions) {
    this.#options = options;
    this.#text = options.text;
    const awaited = options.past.awaited();
    if (!awaited) return;
    // Nobody confirmed it before this boot.
    const left = awaited.bootId === bootId() ? awaited.until - bootTime() : 0;
    void this.#awaitConfirmation(awaited.number, ms(Math.max(left, 0)));
  }

  async plan(file: string | undefined): Promise<PlanReply> {
    try {
      const planned = await plan(this.#options, file ?? this.#options.file);
      const count = planned.operations.length;
      const sentence = count === 0 ? "nothing would change" : `${count} operations`;
      return { done: true, sentence, plan: planned };
    } catch (error) {
      return { done: false, sentence: refusalText(error), plan: undefined };
    }
  }

  reload(request: ReloadRequest): Promise<PlanReply> {
    return this.#alone(async () => {
      try {
        return await this.#confirmed(await read(this.#options.file), "reload", request);
      } catch (error) {
        return this.#refused("reload", refusalText(error));
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
    if (!this.#unconfirmed) return { done: false, sentence: "nothing waits to be confirmed" };
    await this.#settled();
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
    return this.#refused("rollback", `${sought}; ${has}`);
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
      confirmUntil: this.#unconfirmed?.until,
    };
  }

  onTaken(listener: () => void): void {
    this.#onTaken = listener;
  }

  close(): void {
    clearTimeout(this.#unconfirmed?.timer);
  }

  async #back({ number }: PastConfiguration, text: string, move: boolean): Promise<PlanReply> {
    const reply = await this.#run(text, `rollback to ${number}`, move);
    if (!reply.done) return reply;
    const written = await this.#written(text, reply);
    await this.#settled();
    return written;
  }

  /** The file as well: a restart must not bring back what was taken back. */
  async #written(text: string, reply: PlanReply): Promise<PlanReply> {
    const { file, log } = this.#options;
    try {
      const path = await realpath(file).catch(() => file);
      const found = await stat(path).catch(() => undefined);
      await writeAtomic(path, text, { mode: found ? found.mode & 0o777 : PRIVATE, durable: true });
      if (found) await chown(path, found.uid, found.gid);
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
    const back = this.#unconfirmed?.number ?? this.#options.past.list().at(-1)?.number;
    const reply = await this.#run(text, how, move);
    if (!reply.done) return reply;
    const same = reply.plan?.operations.length === 0;
    // What is the same again confirms nothing.
    if (same && (confirm === undefined || !this.#unconfirmed)) return reply;
    if (!same) await this.#settled();
    if (confirm === undefined || back === undefined) return reply;
    clearTimeout(this.#unconfirmed?.timer);
    await this.#awaitConfirmation(back, confirm);
    const more = `it goes back in ${confirm / 1000} s unless somebody says: baton confirm`;
    return { ...reply, sentence: `${reply.sentence}; ${more}` };
  }

  async #run(text: string, how: string, move: boolean): Promise<PlanReply> {
    const { file, log, past } = this.#options;
    const reloaded = await reload(this.#options, { file, text, move });
    const { done, sentence, plan: planned, configuration } = reloaded;
    if (!configuration) return { ...this.#refused(how, sentence), plan: planned };
    this.#last = { at: now(), time: new Date().toISOString(), done, sentence };
    for (const { subject, what } of planned?.operations ?? []) log.info(`${subject}: ${what}`);
    log.info(`${how}: ${sentence}`, { digest: configuration.digest });
    this.#loadedAt = now();
    this.#text = text;
    this.#onTaken();
    const { digest } = configuration;
    try {
      await past.add(text, { digest, how });
      return { done, sentence, plan: planned };
    } catch (error) {
      const unkept = `it could not be kept for a rollback: ${messageOf(error)}`;
      log.warn(unkept);
      return { done, sentence: `${sentence}; ${unkept}`, plan: planned };
    }
  }

  #refused(how: string, sentence: string): PlanReply {
    this.#options.log.error(`${how} refused, and nothing has changed: ${sentence}`);
    this.#last = { at: now(), time: new Date().toISOString(), done: false, sentence };
    return { done: false, sentence, plan: undefined };
  }

  /** A restart in between does not forget it. */
  async #awaitConfirmation(number: number, limit: Millis): Promise<void> {
    const timer = setTimeout(
      () => {
        if (this.#busy) return void this.#awaitConfirmation(number, BUSY_PAUSE);
        return void this.#goBack(number);
      },
      Math.min(limit, MAX_CONFIRM_MS),
    );
    this.#unconfirmed = { timer, until: after(now(), limit), number };
    await this.#options.past.await({ number, until: bootTime() + limit, bootId: bootId() });
  }

  /** What can not be gone back to is told as a refused reload, and not tried for ever. */
  async #goBack(number: number): Promise<void> {
    this.#options.log.error("nobody confirmed the configuration: it goes back");
    await this.#alone(() => this.#rollback(number, true));
    await this.#settled();
  }

  async #settled(): Promise<void> {
    if (!this.#unconfirmed) return;
    clearTimeout(this.#unconfirmed.timer);
    this.#unconfirmed = undefined;
    await this.#options.past.await(undefined);
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
